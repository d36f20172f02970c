import { chromium } from 'playwright-core';
import { browserOptions, sharedBrowser } from '../browser.fixture.ts';

/** Starts one Chromium for all browser tests of a run. Each file connects to it, and each test has a browser context of its own. */
export async function setup(): Promise<() => Promise<void>> {
  const server = await chromium.launchServer(await browserOptions());
  process.env[sharedBrowser] = server.wsEndpoint();
  return () => server.close();
}
