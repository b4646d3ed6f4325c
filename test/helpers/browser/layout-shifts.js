{
  const entries = [];
  const observer = new PerformanceObserver((list) => entries.push(...list.getEntries()));
  observer.observe({ type: 'layout-shift', buffered: true });
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));

  /** Those up to now: what the last frame has shifted is told after it. */
  globalThis.layoutShifts = async () => {
    await frame();
    await frame();
    entries.push(...observer.takeRecords());
    const own = entries.filter(({ hadRecentInput }) => !hadRecentInput);
    const moved = own.flatMap(({ value, sources }) =>
      sources.map(({ node, previousRect, currentRect }) => {
        const element = node?.nodeType === Node.ELEMENT_NODE ? node : node?.parentElement;
        const name = element ? `${element.localName}.${element.className}` : 'what is gone';
        const [from, to] = [previousRect, currentRect].map(({ x, y, width, height }) =>
          [x, y, width, height].map(Math.round),
        );
        return `${name} by ${value.toFixed(4)}: ${from} to ${to}`;
      }),
    );
    return { sum: own.reduce((sum, { value }) => sum + value, 0), moved };
  };
}
