import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import chromium from '@sparticuz/chromium';
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium as driver,
  type LaunchOptions,
  type Page,
} from 'playwright-core';
import { engine } from './engines/engine.ts';
import { launchFirefox, prepareFirefoxInput } from './engines/launch-firefox.ts';
import { launchWebkit } from './engines/webkit/browser.ts';
import { fileCleanups } from './setup/file-cleanups.ts';

/** Chromium from npm, with a plain browser's user agent: Convey drops the events of the headless agent as a crawler's. */

const plainAgent = 'Mozilla/5.0 (X11; Linux x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/147.0.0.0 Safari/537.36';

// A flag instead of the driver's emulation, because beacons of closing pages are sent without the emulated agent.
// Pages live too briefly for optimized code: to compile it costs a sixth of the CPU time of the dashboard's tests.
const flags = [
  '--no-sandbox',
  '--disable-quic',
  '--disable-gpu',
  '--headless=shell',
  '--js-flags=--no-maglev --no-turbofan',
  `--user-agent=${plainAgent}`,
];

export interface BrowserOptions {
  /** Additional flags of Chromium. */
  readonly flags?: readonly string[];
  /** Flags of the driver to leave out, such as the one that disables the back-forward cache. */
  readonly disabledFlags?: readonly string[];
}

async function getLaunchOptions({ flags: more = [], disabledFlags }: BrowserOptions = {}): Promise<LaunchOptions> {
  return {
    executablePath: await chromium.executablePath(),
    args: [...flags, ...more],
    ...(disabledFlags && { ignoreDefaultArgs: [...disabledFlags] }),
  };
}

/** Unpacks Chromium, once for all workers. */
export async function unpackChromium(): Promise<void> {
  await chromium.executablePath();
}

/** Launches a Chromium of its own, for tests that need special flags. */
export async function launchBrowser(options?: BrowserOptions): Promise<Browser> {
  if (engine === 'firefox') return launchFirefox();
  if (engine === 'webkit') return launchWebkit();
  return driver.launch(await getLaunchOptions(options));
}

let shared: Promise<Browser> | undefined;

/**
 * Launches Chromium, once for all test files of a worker. It ends with the worker. The pages of a file are closed at its end. The driver
 * in the worker costs a tenth less than one for all workers, whose messages pass another process.
 */
export function getSharedBrowser(): Promise<Browser> {
  shared ??= launchBrowser().then((browser) => {
    fileCleanups.add(() => Promise.all(browser.contexts().map((context) => context.close())));
    return browser;
  });
  return shared;
}

/**
 * Starts Chromium without a driver at an address, for tests of features that the driver disables, such as prerendering.
 */
export async function launchUndrivenBrowser(address: string): Promise<{ end(): Promise<void> }> {
  const profile = mkdtempSync(join(tmpdir(), 'convey-browser-'));
  const args = [...flags, '--remote-debugging-port=0', `--user-data-dir=${profile}`, address];
  const child = spawn(await chromium.executablePath(), args, { stdio: 'ignore' });
  const ended = once(child, 'exit');
  return {
    async end() {
      child.kill();
      await ended;
      rmSync(profile, { recursive: true, force: true });
    },
  };
}

/** A shopper with a separate browser profile. */
export interface Shopper {
  readonly context: BrowserContext;
  readonly page: Page;
  /** Uncaught errors and console errors of all pages, except those about requests. */
  readonly pageErrors: readonly string[];
  close(): Promise<void>;
}

/** Messages of the browser itself about requests: Chromium's of a failed one, and Firefox's of a cookie for another domain. */
const loadMessages = /^Failed to load resource|^Cookie “\w+” has been rejected for invalid domain/;

export async function createShopper(browser: Browser, options: BrowserContextOptions = {}): Promise<Shopper> {
  const context = await browser.newContext(options);
  if (engine === 'firefox') await prepareFirefoxInput(context);
  const pageErrors: string[] = [];
  const add = (text: string) => {
    if (!loadMessages.test(text)) pageErrors.push(text);
  };
  context.on('weberror', (error) => add(error.error().message));
  context.on('console', (message) => {
    if (message.type() === 'error') add(message.text());
  });
  return { context, page: await context.newPage(), pageErrors, close: () => context.close() };
}
