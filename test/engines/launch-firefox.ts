import { dirname, join } from 'node:path';
import { type Browser, firefox } from 'playwright-core';

/** Launches Firefox ESR by WebDriver BiDi. */
export function launchFirefox(): Promise<Browser> {
  return firefox.launch({
    channel: 'moz-firefox',
    executablePath: join(import.meta.dirname, 'firefox.process.ts'),
    // The relay runs in the Node.js of the tests.
    // As on a phone, and in headless Chromium: the scroll bars take no width.
    firefoxUserPrefs: { 'ui.useOverlayScrollbars': 1 },
    env: { ...process.env, PATH: `${dirname(process.execPath)}:${process.env.PATH}` },
  });
}
