import { chromium } from 'playwright-core';
import { getLaunchOptions, sharedBrowserVariable } from '../browser.fixture.ts';

/** Starts one Chromium for all browser tests of a run. Each file connects to it, and each test has a browser context of its own. */
export async function startChromium(): Promise<() => Promise<void>> {
  const server = await chromium.launchServer(await getLaunchOptions());
  process.env[sharedBrowserVariable] = server.wsEndpoint();
  return () => server.close();
}
