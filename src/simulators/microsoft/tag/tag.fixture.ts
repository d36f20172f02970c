import { once } from 'node:events';
import { createServer } from 'node:http';
import { expect, onTestFinished } from 'vitest';
import type { Shopper } from '../../../../test/browser.fixture.ts';
import { sharePage, startAtNewOrigin } from '../../../../test/reused-page.fixture.ts';
import type { MicrosoftSimulator, MicrosoftSimulatorOptions } from '../simulator.ts';
import { startMicrosoftSimulator } from '../simulator.ts';

/** Opens shop pages with the simulated tag in Chromium. For use in tests. */

export const tagId = '187012345';
export const click = 'dd4afcccb1c94a4cad9544dd7e5006ab';

export interface TagPage {
  readonly microsoft: MicrosoftSimulator;
  readonly shopper: Shopper;
  /** The shop's URL, without a slash at its end. */
  readonly shop: string;
  /** Waits for `count` beacons and returns their parameters in the order of sending. */
  beacons(count: number): Promise<Readonly<Record<string, string>>[]>;
}

interface PageOptions {
  /** The page's script that runs before the tag loads. */
  readonly before?: string;
  /** Members of the constructor's options, in addition to `ti` and `q`. */
  readonly options?: string;
  /** The script that runs when the tag has loaded, instead of the page load. */
  readonly after?: string;
  readonly queue?: string;
}

/** Returns a typical shop page: an array first, then the tag when it has loaded. */
function shopPage(
  home: string,
  { before = '', options = '', after = "window.uetq.push('pageLoad')", queue = 'uetq' }: PageOptions,
) {
  return `<!doctype html><title>Wall clocks</title><meta name="keywords" content="clocks, wall">
<script>window.${queue} = [];${before}</script>
<script src="${home}/bat.js" async onload="window.${queue} = new UET({ ti: '${tagId}', q: window.${queue}, ${options} });${after}"></script>`;
}

type OpenTagPage = (page?: PageOptions, simulated?: MicrosoftSimulatorOptions) => Promise<TagPage>;

/** Returns a function that opens a shop page. The tests of a file share the browser's page: see `sharePage`. */
export function shareTagPages(): OpenTagPage {
  const createSharedShopper = sharePage();
  return (page = {}, simulated = {}) => openTagPage(page, simulated, createSharedShopper);
}

async function openTagPage(
  page: PageOptions,
  simulated: MicrosoftSimulatorOptions,
  createSharedShopper: () => Promise<Shopper>,
): Promise<TagPage> {
  const microsoft = await startMicrosoftSimulator({ port: 0, ...simulated });
  onTestFinished(microsoft.close);
  const { url: shop, close } = await startAtNewOrigin(() => serveShop(microsoft.url, page));
  const shopper = await createSharedShopper();
  onTestFinished(async () => {
    await shopper.close();
    await close();
  });
  const reports = () => microsoft.journalEvents().flatMap(({ browser: sent }) => sent);
  return {
    microsoft,
    shopper,
    shop,
    beacons: async (count) => {
      await expect.poll(() => reports().length).toBeGreaterThanOrEqual(count);
      return reports()
        .map(({ parameters }) => parameters ?? {})
        .toSorted((a, b) => Number(a.bo) - Number(b.bo));
    },
  };
}

async function serveShop(home: string, page: PageOptions) {
  const server = createServer((request, response) => {
    const isFrame = request.url?.startsWith('/around');
    response.setHeader('content-type', 'text/html');
    response.setHeader('referrer-policy', 'unsafe-url');
    response.end(isFrame ? '<!doctype html><iframe src="/inside"></iframe>' : shopPage(home, page));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`,
    async close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Waits for the tag, then runs code in the page. Returns the message if the code throws. */
export async function runInPage({ shopper: { page } }: TagPage, code: string): Promise<unknown> {
  await page.waitForFunction(() => Reflect.has(window, 'UET') && !Array.isArray(Reflect.get(window, 'uetq') ?? []));
  return page.evaluate(`(() => { try { return ${code}; } catch (error) { return error.message; } })()`);
}

export async function readCookies({ shopper }: TagPage): Promise<Record<string, string>> {
  return Object.fromEntries((await shopper.context.cookies()).map(({ name, value }) => [name, value]));
}
