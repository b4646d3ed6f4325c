import { type Browser, chromium } from 'playwright-core';

/** Where Debian has it. */
export const CHROMIUM = '/usr/bin/chromium';

export function launchChromium(flags: readonly string[] = []): Promise<Browser> {
  const args = ['--no-sandbox', '--disable-background-networking', ...flags];
  return chromium.launch({ executablePath: CHROMIUM, args });
}
