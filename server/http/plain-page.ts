import { html } from 'hono/html';

/** How soon a browser asks again whether the server is there, seconds. */
const AGAIN_SECONDS = 2;

/** A page of a few words, for a person to whom the pages themselves cannot be shown; with what a browser is told besides. */
export function plainPage(
  status: number,
  title: string,
  text: string,
): { page: string; headers: Record<string, string> } {
  const isForNow = status === 503;
  const page = html`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>${title} - memq</title>
<h1>memq</h1>
<p>${title}: ${text}.</p>
${isForNow ? html`<p>This page asks again by itself.</p>\n` : ''}`;
  const headers: Record<string, string> = { 'content-type': 'text/html; charset=utf-8' };
  if (isForNow) headers.refresh = String(AGAIN_SECONDS);
  return { page: String(page), headers };
}
