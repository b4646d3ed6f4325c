/** The `Link` of a list to the page that follows: at the same path, of which a proxy may have taken something away. */
export function nextPage(url: string, cursor: string): string {
  const { searchParams } = new URL(url);
  searchParams.set('cursor', cursor);
  return `<?${searchParams}>; rel="next"`;
}
