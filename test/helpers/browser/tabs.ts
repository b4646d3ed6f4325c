import type { Page } from 'playwright-core';

interface Session {
  send(method: string, params: object): Promise<unknown>;
}

/**
 * Makes these, which are one browser's, tabs of a window: the one that `bringToFront` was called for last is visible, the
 * others are hidden. Else playwright keeps all pages as if they had the focus.
 */
export async function asTabs(...pages: readonly Page[]): Promise<void> {
  for (const page of pages)
    await sessionOf(page).send('Emulation.setFocusEmulationEnabled', { enabled: false });
  await pages.at(-1)?.bringToFront();
}

/** Playwright's own session: as long as it emulates the focus, no other session can end that. */
function sessionOf(page: Page): Session {
  // biome-ignore lint/suspicious/noExplicitAny: it is not public
  const inner = (page as any)._connection.toImpl(page);
  return inner.delegate._mainFrameSession._client;
}
