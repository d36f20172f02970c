import { join } from 'node:path';
import type { BrowserContext } from 'playwright-core';
import { z } from 'zod';
import { createShopper, launchBrowser } from '../test/browser.fixture.ts';
import { createAccount } from '../test/dashboard.fixture.ts';
import { type Child, readCpu, startChild, startedReply } from './child.ts';
import { type Bench, compareRounds, interleave, type Pair, type Row } from './interleaved-rounds.ts';
import { fillFolder, measureRun, startOnce, withGateway } from './measured-run.ts';
import { connectionId, shopConfig, siteId, withTemporaryFolder } from './workspace.ts';

const site = `/sites/${siteId}`;
export const pages = {
  overview: '/',
  'overview of a site': `/?site=${siteId}`,
  issues: '/issues',
  activity: '/activity',
  alerts: '/alerts',
  'set up': site,
  'event list': `${site}/events`,
  'event list by name': `${site}/events?event=Purchase`,
  'event list, nothing found': `${site}/events?text=nothing-has-this`,
  'event list, failed': `${site}/events?outcome=dead`,
  connection: `${site}/destinations/${connectionId}`,
  'match quality': `${site}/match-quality`,
  accuracy: `${site}/accuracy`,
  consent: `${site}/consent`,
  rules: `${site}/rules`,
} as const;

/** The most CPU time until the first paint of a page, in milliseconds. */
const aim = { of: 'figure', bound: 'at most', value: 300 } as const;

/** A gateway with a signed-in user. */
interface Desk {
  readonly gateway: Child;
  readonly context: BrowserContext;
  readonly origin: string;
}

/** CPU time of browser and gateway together, in milliseconds. */
interface PageCost {
  /** Until the page shows its heading. */
  readonly firstPaintMs: number;
  /** Until no part of the page loads. */
  readonly contentMs: number;
}

const startedDashboard = startedReply.extend({ setupUrl: z.url() });
const metric = z.object({ name: z.string(), value: z.number() });

/**
 * Measures the CPU time of browser and gateway until each page of the dashboard is painted first, and until it shows all its content, with all
 * events delivered, beside a gateway without events. The browser's cache has the scripts, as on every day but the first.
 */
export function measureDashboard({ size, build, progress }: Bench): Promise<readonly Row[]> {
  return withTemporaryFolder(async (folder) => {
    const vendor = startChild(new URL('./children/vendor.ts', import.meta.url));
    const browser = await launchBrowser();
    try {
      const { url: endpoint } = await vendor.request({ do: 'start' }, startedReply);
      const toWorkspace = (name: string) => ({ dataDir: join(folder, name), endpoint, enabled: true });
      const events = size.shownEvents;
      const lastId = await fillFolder(build, toWorkspace('full'), { from: 0, to: events, data: 'random' });
      await measureRun(toWorkspace('full'), { lastId, events }, build);
      await startOnce(shopConfig(toWorkspace('empty')));
      progress(`dashboard: ${events} events delivered`);

      const withDesk = <T>(name: string, work: (desk: Desk) => Promise<T>) =>
        withGateway(build, async (gateway) => {
          const { setupUrl } = await gateway.request({ do: 'start', ...toWorkspace(name) }, startedDashboard);
          const { context, close } = await createShopper(browser, { viewport: { width: 1280, height: 900 } });
          await context.addCookies([await createAccount({ dashboard: { setupUrl } })]);
          return work({ gateway, context, origin: new URL(setupUrl).origin }).finally(close);
        });
      return await withDesk('full', (full) =>
        withDesk('empty', async (empty) => {
          const rows: Row[] = [];
          for (const [what, path] of Object.entries(pages)) {
            for (const desk of [full, empty]) await showPage(desk, path);
            const pairs = await interleave(
              size.rounds,
              () => showPage(full, path),
              () => showPage(empty, path),
            );
            rows.push(toRow(what, events, pairs));
          }
          progress('dashboard: pages shown');
          return rows;
        }),
      );
    } finally {
      await browser.close();
      await vendor.stop();
    }
  });
}

/** Opens a page, and returns its cost. */
async function showPage({ gateway, context, origin }: Desk, path: string): Promise<PageCost> {
  const page = await context.newPage();
  // The page stays in this process of the browser, whose time is read.
  await page.goto(`${origin}/api/me`);
  const devTools = await context.newCDPSession(page);
  await devTools.send('Performance.enable', { timeDomain: 'threadTicks' });
  const readBrowserMs = async () => {
    const { metrics } = await devTools.send('Performance.getMetrics');
    const seconds = new Map(
      z
        .array(metric)
        .parse(metrics)
        .map(({ name, value }) => [name, value]),
    );
    // The commands of this measurement are no work of the page.
    return 1_000 * ((seconds.get('TaskDuration') ?? Number.NaN) - (seconds.get('DevToolsCommandDuration') ?? 0));
  };
  const readMs = async () => (await readBrowserMs()) + (await readCpu(gateway)) / 1_000;
  const before = await readMs();
  await page.goto(origin + path, { waitUntil: 'commit' });
  await page.getByRole('heading', { level: 1 }).waitFor();
  const firstPaintMs = (await readMs()) - before;
  await page.waitForFunction(() => document.querySelector('[role=status][aria-label=Loading]') === null);
  const contentMs = (await readMs()) - before;
  await page.close();
  return { firstPaintMs, contentMs };
}

function toRow(what: string, events: number, pairs: readonly Pair<PageCost, PageCost>[]): Row {
  const compare = (part: keyof PageCost) =>
    compareRounds(
      'a gateway without events',
      pairs.map(({ subject, reference }) => ({ subject: subject[part], reference: reference[part] })),
    );
  const content = compare('contentMs');
  return {
    what: `first paint with ${events} events: ${what}`,
    unit: 'CPU ms',
    ...compare('firstPaintMs'),
    aim,
    notes: { contentMs: content.convey, contentMsWithoutEvents: content.reference.value },
  };
}
