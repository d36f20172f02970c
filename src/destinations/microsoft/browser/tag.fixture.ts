import { expect, onTestFinished as onOnlyTestFinished } from 'vitest';
import type { Shopper } from '../../../../test/browser.fixture.ts';
import { eventually } from '../../../../test/gateway.fixture.ts';
import type { Site } from '../../../event/site.ts';
import { openShopPage, type Shop } from '../../../pixel/pixel-page.fixture.ts';
import { type MicrosoftSimulator, startMicrosoftSimulator } from '../../../simulators/microsoft/simulator.ts';

/** Pages with the pixel and the simulator's stand-in for the UET tag. */

export const tagId = '187012345';

export interface TagScene {
  readonly shop: Shop;
  readonly shopper: Shopper;
  readonly microsoft: MicrosoftSimulator;
  /** Waits for the tag's beacons, and returns them in order. */
  beacons(count: number): Promise<Readonly<Record<string, string>>[]>;
  /** Waits for the collector's page views, and returns their browser tag states. */
  views(count: number): Promise<(string | undefined)[]>;
  /** Runs a script in the page. */
  run(script: string): Promise<unknown>;
}

export interface TagOptions {
  readonly mode: 'attach' | 'load' | 'off';
  readonly site?: Partial<Site>;
  readonly gpc?: boolean;
  readonly queue?: string;
  /** Opens the shop's page. By default, each scene has a page of its own. */
  readonly open?: typeof openShopPage;
  /** Of a test's context, if tests run concurrently. */
  readonly onTestFinished?: (close: () => Promise<void>) => void;
}

export async function openTagPage({
  mode,
  site,
  gpc,
  queue = 'uetq',
  open = openShopPage,
  onTestFinished = onOnlyTestFinished,
}: TagOptions): Promise<TagScene> {
  const microsoft = await startMicrosoftSimulator({ port: 0 });
  onTestFinished(microsoft.close);
  const microsoftTag = { mode, tagId, script: `${microsoft.url}/bat.js`, queue, idSync: `${microsoft.url}/c.gif` };
  const { shop, shopper } = await open({ tags: { microsoft: microsoftTag }, ...site }, gpc);
  const reports = () => microsoft.journalEvents().flatMap(({ browser }) => browser.map(({ parameters }) => parameters ?? {}));
  const views = () => shop.events().flatMap(({ name, page }) => (name === 'PageView' ? [page.browserTags?.microsoft] : []));
  return {
    shop,
    shopper,
    microsoft,
    async beacons(count) {
      expect(await eventually(() => reports().length >= count), JSON.stringify(reports())).toBe(true);
      return reports().toSorted((a, b) => Number(a.bo) - Number(b.bo));
    },
    async views(count) {
      expect(await eventually(() => views().length >= count), JSON.stringify(views())).toBe(true);
      return views();
    },
    run: (script) => shopper.page.evaluate(script),
  };
}

/** Returns the tag's HTML as Microsoft documents it for a shop's pages. */
export function buildShopTag({ microsoft }: TagScene, options = ''): string {
  return `<script>window.uetq = window.uetq || [];</script>
<script async src="${microsoft.url}/bat.js" onload="window.uetq = new UET({ ti: '${tagId}', q: window.uetq, ${options} }); window.uetq.push('pageLoad')"></script>`;
}

/** Delays the tag's script until the returned function is called. A page that waits for it has not loaded before. */
export async function holdTag({ shopper }: TagScene): Promise<() => void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  await shopper.page.route('**/bat.js', async (route) => {
    await promise;
    await route.continue().catch(() => undefined); // the page may be gone
  });
  return resolve;
}

/** Blocks the tag like a content blocker. */
export async function blockTag({ shopper }: TagScene): Promise<void> {
  await shopper.page.route('**/bat.js', (route) => route.abort('blockedbyclient'));
}
