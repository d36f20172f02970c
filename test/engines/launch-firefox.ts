import { dirname, join } from 'node:path';
import { type Browser, firefox } from 'playwright-core';

/** Launches Firefox ESR by WebDriver BiDi. */
export function launchFirefox(): Promise<Browser> {
  return firefox.launch({
    channel: 'moz-firefox',
    executablePath: join(import.meta.dirname, 'firefox.process.ts'),
    // The relay runs in the Node.js of the tests.
    env: { ...process.env, PATH: `${dirname(process.execPath)}:${process.env.PATH}` },
  });
}
