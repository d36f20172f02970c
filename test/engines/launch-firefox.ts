import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Browser, type BrowserContext, firefox } from 'playwright-core';

/** Launches Firefox ESR by WebDriver BiDi. */
export async function launchFirefox(): Promise<Browser> {
  const browser = await firefox.launch({
    channel: 'moz-firefox',
    executablePath: join(import.meta.dirname, 'firefox.process.ts'),
    // As on a phone, and in headless Chromium: the scroll bars take no width.
    firefoxUserPrefs: { 'ui.useOverlayScrollbars': 1 },
    // The relay runs in the Node.js of the tests.
    env: { ...process.env, PATH: `${dirname(process.execPath)}:${process.env.PATH}` },
  });
  // Firefox accepts commands before its own first window is complete, and fails to open another until then.
  for (let attempt = 0; ; attempt += 1) {
    const context = await browser.newContext();
    try {
      await context.newPage();
      return browser;
    } catch (error) {
      if (attempt === 20) throw error;
      await sleep(250);
    } finally {
      await context.close();
    }
  }
}

/**
 * Lets text be entered as by a person. The driver sets an input's value by its own function on the page, which adds to a number in place of
 * replacing it, and which React takes for no change.
 */
export async function prepareFirefoxInput(context: BrowserContext): Promise<void> {
  await context.addInitScript(() => {
    const get = () => (text: string) => void document.execCommand('insertText', false, text);
    Object.defineProperty(window, '__pw_bidiInsertText', { get, set: () => {} });
  });
}
