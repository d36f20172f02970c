import { expect, it, onTestFinished } from 'vitest';
import { eventually } from '../../../../test/gateway.fixture.ts';
import type { Site } from '../../../event/site.ts';
import { sha256 } from '../../../identity/hashing.ts';
import { callPixel, openShopPage, person, waitForPixel } from '../../../pixel/pixel-page.fixture.ts';
import { startMetaSimulator } from '../../../simulators/meta/simulator.ts';

/** Pages with the pixel and the simulator's stand-in for the Meta Pixel. */

const pixelId = '1234567890123456';
const emailHash = '0b6542ea781224b9278a8e16ad86dace01d0e50a68d4c28ceffa991fb474861f';

async function openPage(mode: 'attach' | 'load', site: Partial<Site> = {}) {
  const meta = await startMetaSimulator({ port: 0 });
  onTestFinished(meta.close);
  const script = `${meta.url}/en_US/fbevents.js`;
  const { shop, shopper } = await openShopPage({ tags: { meta: { mode, pixelId, script } }, ...site });
  const beacons = () =>
    meta
      .journalEvents()
      .flatMap(({ browser }) => browser.map(({ parameters = {} }) => parameters))
      .toSorted((a, b) => Number(a.ts) - Number(b.ts));
  const views = () => shop.events().filter(({ name }) => name === 'PageView');
  const waitFor = async <T>(list: () => readonly T[], count: number) => {
    expect(await eventually(() => list().length >= count), JSON.stringify(list())).toBe(true);
    return list();
  };
  return {
    shop,
    shopper,
    script,
    /** Waits for the pixel's beacons, and returns them in order. */
    beacons: (count: number) => waitFor(beacons, count),
    /** Waits for the collector's page views, and returns the pixel's state and the id of each. */
    views: async (count: number) => (await waitFor(views, count)).map(({ id, page }) => ({ id, state: page.browserTags?.meta })),
    run: (code: string) => shopper.page.evaluate(code),
  };
}

type Page = Awaited<ReturnType<typeof openPage>>;

/** Returns the snippet that Meta documents for a shop's pages. */
function buildShopTag(script: string): string {
  return `<script>!function(w,d){var q=w.fbq=function(){q.callMethod?q.callMethod.apply(q,arguments):q.queue.push(arguments)};
w._fbq=q;q.push=q;q.loaded=!0;q.version='2.0';q.queue=[];var s=d.createElement('script');s.async=!0;s.src='${script}';d.head.appendChild(s)}(window,document);
fbq('init','${pixelId}');fbq('track','PageView');</script>`;
}

it("attaches to the page's pixel: its own view counts, and events follow under the collector's ids", async () => {
  const { shop, shopper, script, beacons, views } = await openPage('attach');
  shop.bodies['/'] = buildShopTag(script);
  await shopper.page.goto(shop.url);
  await waitForPixel(shopper);
  expect((await views(1)).map(({ state }) => state)).toEqual(['ran']);
  await callPixel(shopper, 'track', 'Lead', { id: 'l-1' });
  await callPixel(shopper, 'identify', person);
  await callPixel(shopper, 'track', 'SignUp', { id: 's-1', value: 5, currency: 'eur' });
  const [view, lead, signUp, ...more] = await beacons(3);
  expect(more).toEqual([]);
  expect([view?.ev, view?.eid, view?.dpo]).toEqual(['PageView', undefined, undefined]);
  expect(lead).toMatchObject({ ev: 'Lead', eid: 'l-1' });
  expect(lead).not.toHaveProperty('ud[em]');
  expect(signUp).toMatchObject({
    ev: 'CompleteRegistration',
    eid: 's-1',
    'cd[value]': '5',
    'cd[currency]': 'EUR',
    'ud[em]': emailHash,
  });
  // The page learns the hash of the external id from the collector's response.
  await expect
    .poll(
      async () => {
        await callPixel(shopper, 'track', 'Lead');
        return (await beacons(4)).at(-1)?.['ud[external_id]'];
      },
      { interval: 200 },
    )
    .toBe(sha256('cust-7'));
  expect(shopper.pageErrors).toEqual([]);
});

it('reports each view of a single-page shop once, with Limited Data Use if the connection uses it', async () => {
  const settings = { datasetId: pixelId, token: 'EAAtoken', dataProcessing: 'us-states' };
  const { shop, shopper, beacons, views, run } = await openPage('load', {
    connections: [{ id: 'meta', destination: 'meta', enabled: true, settings }],
  });
  await shopper.page.goto(`${shop.url}/a`);
  await beacons(1);
  await run(`history.pushState(null, '', '/b?x=1')`);
  await beacons(2);
  await run(`history.back()`);
  const sent = await beacons(3);
  const received = await views(3);
  expect(received.map(({ state }) => state)).toEqual(['ran', 'ran', 'ran']);
  expect(sent.map(({ eid }) => eid)).toEqual(received.map(({ id }) => id));
  expect(sent.map(({ dl = '' }) => dl.slice(shop.url.length))).toEqual(['/a', '/b?x=1', '/a']);
  for (const beacon of sent) expect(beacon).toMatchObject({ ev: 'PageView', dpo: 'LDU', dpoco: '0', dpost: '0' });
  expect(shopper.pageErrors).toEqual([]);
});

it('loses neither page view nor event when an ad blocker or a content security policy blocks the script', async () => {
  const blockers = {
    adBlocker: ({ shopper }: Page) => shopper.page.route('**/fbevents.js', (route) => route.abort('blockedbyclient')),
    policy({ shop }: Page) {
      const allowed = `script-src 'unsafe-inline' ${new URL(shop.script).origin}`;
      shop.bodies['/'] = `<meta http-equiv="Content-Security-Policy" content="${allowed}">`;
    },
  };
  const visit = async (block: (page: Page) => unknown) => {
    const opened = await openPage('load');
    const { shop, shopper, views } = opened;
    await block(opened);
    await shopper.page.goto(shop.url);
    await waitForPixel(shopper);
    await callPixel(shopper, 'track', 'Lead', { id: 'l-1' });
    expect((await views(1)).map(({ state }) => state)).toEqual(['blocked']);
    await expect.poll(() => shop.events().map(({ id }) => id)).toContain('l-1');
    return shopper.pageErrors;
  };
  const [adBlocker, policy] = await Promise.all([visit(blockers.adBlocker), visit(blockers.policy)]);
  expect(adBlocker).toEqual([]);
  expect(policy).toEqual([expect.stringContaining("Loading the script 'http://127.0.0.1:")]);
});
