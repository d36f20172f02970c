import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { launchBrowser, newShopper, type Shopper } from '../../../../test/browser.fixture.ts';
import type { MicrosoftSimulator, MicrosoftSimulatorOptions } from '../simulator.ts';
import { startMicrosoftSimulator } from '../simulator.ts';

/** Pages of a shop that carry the stand-in of the tag, in real Chromium. To be called by a test file's own tests alone. */

export const tagId = '187012345';
export const click = 'dd4afcccb1c94a4cad9544dd7e5006ab';

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

const ending: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end();
});

export interface Scene {
  readonly microsoft: MicrosoftSimulator;
  readonly shopper: Shopper;
  /** Where the shop's pages are, without a slash at its end. */
  readonly shop: string;
  /** The beacons' parameters, waited for and in the order of their arrival. */
  beacons(count: number): Promise<Readonly<Record<string, string>>[]>;
}

interface PageOptions {
  /** Script of the page that runs before the tag is there. */
  readonly before?: string;
  /** Members of the constructor's object, beside `ti` and `q`. */
  readonly options?: string;
  /** Script that runs right after the tag took over, in place of the page load. */
  readonly after?: string;
  readonly queue?: string;
}

/** A page as a shop would write it: a plain array first, the tag when it has come. */
function shopPage(
  home: string,
  { before = '', options = '', after = "window.uetq.push('pageLoad')", queue = 'uetq' }: PageOptions,
) {
  return `<!doctype html><title>Wall clocks</title><meta name="keywords" content="clocks, wall">
<script>window.${queue} = [];${before}</script>
<script src="${home}/bat.js" async onload="window.${queue} = new UET({ ti: '${tagId}', q: window.${queue}, ${options} });${after}"></script>`;
}

export async function open(page: PageOptions = {}, simulated: MicrosoftSimulatorOptions = {}): Promise<Scene> {
  const microsoft = await startMicrosoftSimulator({ port: 0, ...simulated });
  ending.push(microsoft.close);
  const server = createServer((request, response) => {
    const isFrame = request.url?.startsWith('/around');
    response.setHeader('content-type', 'text/html');
    response.setHeader('referrer-policy', 'unsafe-url');
    response.end(isFrame ? '<!doctype html><iframe src="/inside"></iframe>' : shopPage(microsoft.url, page));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const shop = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
  const shopper = await newShopper(browser);
  ending.push(async () => {
    await shopper.leave();
    server.closeAllConnections();
    server.close();
  });
  const reports = () => microsoft.journalEvents().flatMap(({ browser: told }) => told);
  return {
    microsoft,
    shopper,
    shop,
    beacons: async (count) => {
      await expect.poll(() => reports().length, { timeout: 20_000 }).toBeGreaterThanOrEqual(count);
      return reports()
        .map(({ parameters }) => parameters ?? {})
        .toSorted((a, b) => Number(a.bo) - Number(b.bo));
    },
  };
}

/** Waits until the tag is there, then runs code in the page; what it throws comes back as its message. */
export async function run({ shopper: { page } }: Scene, code: string): Promise<unknown> {
  await page.waitForFunction(() => Reflect.has(window, 'UET') && !Array.isArray(Reflect.get(window, 'uetq') ?? []));
  return page.evaluate(`(() => { try { return ${code}; } catch (error) { return error.message; } })()`);
}

export async function cookies({ shopper }: Scene): Promise<Record<string, string>> {
  return Object.fromEntries((await shopper.context.cookies()).map(({ name, value }) => [name, value]));
}
