import { describe, expect } from 'vitest';
import { callPixel, denied, granted, person, shareShopPages, strict, waitForPixel } from '../../../pixel/pixel-page.fixture.ts';
import { blockTag, buildShopTag, holdTag, openTagPage as openTag, type TagOptions, type TagScene } from './tag.fixture.ts';

/** Most of the tests' time is waiting, so they run concurrently. */
const it = shareShopPages().extend<{ openTagPage: (options: TagOptions) => Promise<TagScene> }>({
  openTagPage: ({ openShopPage: open, onTestFinished }, use) => use((options) => openTag({ open, onTestFinished, ...options })),
});

const purchase = { value: 125.4001, currency: 'usd', orderId: '1001', items: [{ id: 'sku1', price: 62.7, quantity: 2 }] };
const named = (beacons: readonly Readonly<Record<string, string>>[]) => beacons.map(({ evt, ea }) => ea ?? evt);
/** Waits longer than a page view is held. */
const pause = (ms = 3_500) => new Promise((resolve) => setTimeout(resolve, ms));
const navigate = ({ run }: TagScene, path: string, title: string) =>
  run(`history.pushState(null, '', '${path}'); document.title = '${title}'`);

describe.concurrent('a tag that the pixel loads', () => {
  it('counts the page, and reports each event under the name and id that the collector receives', async ({
    openTagPage,
    expect,
  }) => {
    const scene = await openTagPage({ mode: 'load' });
    await scene.shopper.page.goto(`${scene.shop.url}/?msclkid=dd4afcccb1c94a4cad9544dd7e5006ab`);
    await waitForPixel(scene.shopper);
    await callPixel(scene.shopper, 'identify', person);
    await callPixel(scene.shopper, 'track', 'Purchase', purchase);
    await callPixel(scene.shopper, 'track', 'view_item', { id: 'v-1', items: [{ id: 'a_b' }, { id: 'c-1' }] });
    await callPixel(scene.shopper, 'track', 'Wishlist', { id: 'w-1' });
    const [view, bought, viewed, wished] = await scene.beacons(4);
    expect(view).toMatchObject({ evt: 'pageLoad', asc: 'G', ti: '187012345' });
    expect(bought).toMatchObject({
      ea: 'purchase',
      event_id: 'purchase-1001',
      gv: '125.4',
      gc: 'USD',
      transaction_id: '1001',
      prodid: 'sku1',
      pagetype: 'purchase',
      ecomm_totalvalue: '125.4',
    });
    expect(JSON.parse(bought?.pid ?? '{}')).toEqual({
      em: 'c4d25e9c90ff23e9145397bc6fbd5385ca5fbe78211222ccbecd0b369ebb19a6',
      ph: 'c59475d96e9f01d7d18d06cfad84dd02333207f02c0c2c5663ef2782cda0390e',
    });
    expect(viewed).toMatchObject({ ea: 'view_item', event_id: 'v-1', prodid: 'c-1', pagetype: 'product' });
    expect(wished).toMatchObject({ ea: 'Wishlist', event_id: 'w-1' });
    expect(await scene.views(1)).toEqual(['ran']);
    await expect
      .poll(() => scene.shop.events().map(({ id }) => id))
      .toEqual(expect.arrayContaining(['purchase-1001', 'v-1', 'w-1']));
    const loads = scene.shop.events().map(({ page }) => page.loadId);
    expect([new Set(loads).size, loads.every((load) => /^[\da-f]{8}-[\da-f]{4}-4/.test(load ?? ''))]).toEqual([1, true]);
    expect(scene.shopper.pageErrors).toEqual([]);
  });

  it('receives each page view of a single-page shop, which the collector then does not count', async ({ openTagPage }) => {
    const scene = await openTagPage({ mode: 'load' });
    await scene.shopper.page.goto(`${scene.shop.url}/a`);
    expect(named(await scene.beacons(1))).toEqual(['pageLoad']);
    await navigate(scene, '/b?x=1', 'B');
    const [, second, ...more] = await scene.beacons(2);
    expect(second).toMatchObject({ evt: 'pageLoad', p: `${scene.shop.url}/b?x=1` });
    expect(await scene.views(2)).toEqual(['ran', 'ran']);
    expect(more).toEqual([]);
  });

  it('leaves every page view to the collector when it is blocked, and no event is lost', async ({ openTagPage }) => {
    const scene = await openTagPage({ mode: 'load' });
    await blockTag(scene);
    await scene.shopper.page.goto(scene.shop.url);
    await waitForPixel(scene.shopper);
    await callPixel(scene.shopper, 'track', 'Lead', {});
    expect(await scene.views(1)).toEqual(['blocked']);
    await navigate(scene, '/b', 'B');
    expect(await scene.views(2)).toEqual(['blocked', 'blocked']);
    expect(scene.shop.events().map(({ name }) => name)).toContain('Lead');
    expect(scene.shopper.pageErrors).toEqual([]);
  });

  it('counts as blocked when a content blocker replaced it with an empty script', async ({ openTagPage }) => {
    const scene = await openTagPage({ mode: 'load' });
    await scene.shopper.page.route('**/bat.js', (route) => route.fulfill({ contentType: 'text/javascript', body: '' }));
    await scene.shopper.page.goto(scene.shop.url);
    expect(await scene.views(1)).toEqual(['blocked']);
    expect(scene.shopper.pageErrors).toEqual([]);
  });

  it('reports the events when it is late, but not the page view that the collector already counted', async ({ openTagPage }) => {
    const scene = await openTagPage({ mode: 'load' });
    const release = await holdTag(scene);
    await scene.shopper.page.goto(scene.shop.url, { waitUntil: 'commit' });
    await waitForPixel(scene.shopper);
    await callPixel(scene.shopper, 'track', 'Lead', { id: 'l-1' });
    expect(await scene.views(1)).toEqual(['blocked']);
    release();
    expect(await scene.beacons(1)).toMatchObject([{ ea: 'lead', event_id: 'l-1' }]);
    await navigate(scene, '/b', 'B');
    expect(await scene.views(2)).toEqual(['blocked', 'ran']);
    expect(named(await scene.beacons(2))).toEqual(['lead', 'pageLoad']);
  });

  it('is loaded only after a grant, and then reports earlier events', async ({ openTagPage }) => {
    const scene = await openTagPage({ mode: 'load', site: strict });
    const urls: string[] = [];
    scene.shopper.page.on('request', (request) => urls.push(request.url()));
    await scene.shopper.page.goto(scene.shop.url);
    await waitForPixel(scene.shopper);
    await callPixel(scene.shopper, 'track', 'Search', { id: 's-1', searchTerm: 'wall clock' });
    await pause(700);
    expect(urls.filter((url) => url.includes('bat.js'))).toEqual([]);
    await callPixel(scene.shopper, 'consent', granted);
    expect(await scene.beacons(2)).toMatchObject([
      { evt: 'pageLoad', asc: 'G' },
      { ea: 'search', event_id: 's-1', search_term: 'wall clock', asc: 'G' },
    ]);
    expect(await scene.views(1)).toEqual(['ran']);
    expect(urls.filter((url) => url.includes('bat.js'))).toHaveLength(1);
  });

  it('is not loaded after a denial, and reports nothing earlier after a later grant', async ({ openTagPage }) => {
    const scene = await openTagPage({ mode: 'load', site: strict });
    await scene.shopper.page.goto(scene.shop.url);
    await waitForPixel(scene.shopper);
    await callPixel(scene.shopper, 'consent', denied);
    await callPixel(scene.shopper, 'track', 'Lead', { id: 'l-1' });
    expect(await scene.views(1)).toEqual(['none']);
    await callPixel(scene.shopper, 'consent', granted);
    await callPixel(scene.shopper, 'track', 'Lead', { id: 'l-2' });
    expect(await scene.beacons(1)).toMatchObject([{ ea: 'lead', event_id: 'l-2', asc: 'G' }]);
  });

  it('receives a withdrawal, and later events have neither person nor order nor an id that contains it', async ({
    openTagPage,
  }) => {
    const scene = await openTagPage({ mode: 'load' });
    await scene.shopper.page.goto(scene.shop.url);
    await scene.beacons(1);
    await callPixel(scene.shopper, 'identify', person);
    await callPixel(scene.shopper, 'consent', denied);
    await callPixel(scene.shopper, 'track', 'Purchase', purchase);
    const [, bought] = await scene.beacons(2);
    expect(bought).toMatchObject({ ea: 'purchase', asc: 'D', gv: '125.4' });
    for (const name of ['pid', 'transaction_id', 'event_id', 'vid']) expect(bought).not.toHaveProperty(name);
  });

  it('is not loaded if the page already has one', async ({ openTagPage }) => {
    const scene = await openTagPage({ mode: 'load' });
    scene.shop.bodies['/'] = buildShopTag(scene);
    await scene.shopper.page.goto(scene.shop.url);
    await waitForPixel(scene.shopper);
    await callPixel(scene.shopper, 'track', 'Lead', { id: 'l-1' });
    expect(await scene.views(1)).toEqual(['ran']);
    expect(named(await scene.beacons(2)).toSorted()).toEqual(['lead', 'pageLoad']);
  });
});

describe.concurrent('a tag of the page', () => {
  it('counts the page and reports the events, whether it loads before the pixel or after', async ({ openTagPage }) => {
    for (const isLate of [false, true]) {
      const scene = await openTagPage({ mode: 'attach' });
      scene.shop.bodies['/'] = buildShopTag(scene);
      const release = await holdTag(scene);
      if (!isLate) release();
      await scene.shopper.page.goto(scene.shop.url, { waitUntil: 'commit' });
      await waitForPixel(scene.shopper);
      release();
      await callPixel(scene.shopper, 'track', 'Lead', { id: 'l-1' });
      expect(await scene.views(1)).toEqual(['ran']);
      expect(named(await scene.beacons(2)).toSorted()).toEqual(['lead', 'pageLoad']);
    }
  });

  it('leaves the page view to the collector after three seconds when it is missing or blocked', async ({ openTagPage }) => {
    const unattached = await openTagPage({ mode: 'attach' });
    await unattached.shopper.page.goto(unattached.shop.url);
    expect(await unattached.views(1)).toEqual(['none']);
    const scene = await openTagPage({ mode: 'attach' });
    scene.shop.bodies['/'] = buildShopTag(scene);
    await blockTag(scene);
    await scene.shopper.page.goto(scene.shop.url);
    await pause(1_500);
    expect(scene.shop.events()).toEqual([]);
    expect(await scene.views(1)).toEqual(['blocked']);
  });

  it.for(['attach', 'load'] as const)(
    'leaves the page view to the collector when the shopper leaves without a choice: %s',
    async (mode, { openTagPage, expect }) => {
      const { shop, shopper } = await openTagPage({ mode, site: strict });
      await shopper.page.goto(shop.url);
      await waitForPixel(shopper);
      await callPixel(shopper, 'track', 'AddToCart', {});
      await shopper.page.goto('about:blank');
      await expect.poll(() => shop.events().map(({ name }) => name)).toEqual(['PageView', 'AddToCart']);
      expect(new Set(shop.events().map(({ consent }) => consent.effective))).toEqual(new Set(['denied']));
    },
  );

  it('leaves the page view to the collector when the shopper leaves before it loads', async ({ openTagPage }) => {
    const scene = await openTagPage({ mode: 'attach' });
    scene.shop.bodies['/'] = buildShopTag(scene);
    await holdTag(scene);
    await scene.shopper.page.goto(scene.shop.url, { waitUntil: 'commit' });
    await waitForPixel(scene.shopper);
    await scene.shopper.page.goto('about:blank');
    expect(await scene.views(1)).toEqual(['blocked']);
  });

  it('does not count a page view again when it loads after the view was passed on', async ({ openTagPage }) => {
    const scene = await openTagPage({ mode: 'attach' });
    scene.shop.bodies['/'] = buildShopTag(scene);
    const release = await holdTag(scene);
    await scene.shopper.page.goto(scene.shop.url, { waitUntil: 'commit' });
    await waitForPixel(scene.shopper);
    await callPixel(scene.shopper, 'track', 'Lead', { id: 'l-1' });
    expect(await scene.views(1)).toEqual(['blocked']);
    release();
    expect(named(await scene.beacons(1))).toEqual(['lead']);
    await scene.run("uetq.push('event', 'of_the_shop', {})");
    expect(named(await scene.beacons(2))).toEqual(['lead', 'of_the_shop']);
  });

  it('receives no page view that it counted itself by following the History API', async ({ openTagPage }) => {
    const scene = await openTagPage({ mode: 'attach' });
    scene.shop.bodies['/a'] = buildShopTag(scene, 'enableAutoSpaTracking: true');
    await scene.shopper.page.goto(`${scene.shop.url}/a`);
    await scene.beacons(1);
    await navigate(scene, '/b', 'B');
    expect(await scene.views(2)).toEqual(['ran', 'ran']);
    await navigate(scene, '/c', 'C');
    expect(await scene.views(3)).toEqual(['ran', 'ran', 'ran']);
    await pause();
    expect((await scene.beacons(3)).map(({ p }) => new URL(p ?? '').pathname)).toEqual(['/a', '/b', '/c']);
  });

  it('receives each page view when it does not follow the History API', async ({ openTagPage }) => {
    const scene = await openTagPage({ mode: 'attach' });
    scene.shop.bodies['/a'] = buildShopTag(scene);
    await scene.shopper.page.goto(`${scene.shop.url}/a`);
    await scene.beacons(1);
    await navigate(scene, '/b', 'B');
    expect((await scene.beacons(2))[1]).toMatchObject({ evt: 'pageLoad', p: `${scene.shop.url}/b`, tl: 'B' });
    await navigate(scene, '/c', 'C');
    expect((await scene.beacons(3)).map(({ p }) => new URL(p ?? '').pathname)).toEqual(['/a', '/b', '/c']);
    expect(await scene.views(3)).toEqual(['ran', 'ran', 'ran']);
  });

  it('receives a denied default before its first beacon, and the grant afterwards', async ({ openTagPage }) => {
    const scene = await openTagPage({ mode: 'attach', site: strict });
    scene.shop.bodies['/'] = buildShopTag(scene);
    const release = await holdTag(scene);
    await scene.shopper.page.goto(scene.shop.url, { waitUntil: 'commit' });
    await waitForPixel(scene.shopper);
    expect(await scene.run('JSON.stringify(uetq)')).toBe(
      JSON.stringify(['consent', 'default', { ad_storage: 'denied', wait_for_update: 1_000 }]),
    );
    await callPixel(scene.shopper, 'track', 'Lead', { id: 'l-1' });
    release();
    expect(await scene.beacons(1)).toMatchObject([{ evt: 'pageLoad', asc: 'D' }]);
    await callPixel(scene.shopper, 'consent', granted);
    expect((await scene.beacons(2))[1]).toMatchObject({ ea: 'lead', event_id: 'l-1', asc: 'G' });
    // Microsoft ignores a view that was reported as denied, so the collector counts it.
    expect(await scene.views(1)).toEqual(['none']);
  });

  it('keeps the consent that the page itself sent, and the pixel reads its changes', async ({ openTagPage, expect }) => {
    const scene = await openTagPage({ mode: 'attach', site: strict });
    const pageScript = "<script>window.uetq = []; uetq.push('consent', 'default', { ad_storage: 'denied' })</script>";
    scene.shop.bodies['/'] = pageScript + buildShopTag(scene);
    await scene.shopper.page.goto(scene.shop.url);
    await waitForPixel(scene.shopper);
    await callPixel(scene.shopper, 'track', 'Lead', { id: 'l-1' });
    await scene.beacons(1);
    await scene.run("uetq.push('consent', 'update', { ad_storage: 'granted' })");
    expect((await scene.beacons(2))[1]).toMatchObject({ ea: 'lead', asc: 'G' });
    await scene.views(1);
    await scene.run("uetq.push('consent', 'update', { ad_storage: 'denied' })");
    const readChoices = () => new Set(scene.shop.signals().map(({ consent }) => `${consent.stated} by ${consent.source}`));
    await expect.poll(() => [...readChoices()]).toEqual(['granted by uet', 'denied by uet']);
  });

  it.for([
    [strict, 'denied'],
    [{}, 'granted'],
  ] as const)(
    "is read for the shopper's choice, even if the pixel set it earlier (%j, %s)",
    async ([site, choice], { openTagPage, expect }) => {
      const scene = await openTagPage({ mode: 'attach', site });
      scene.shop.bodies['/'] = buildShopTag(scene);
      await scene.shopper.page.goto(scene.shop.url);
      await scene.beacons(1);
      expect(await scene.run('uetq.uetConfig.consent.adStorageAllowed')).toBe(choice === 'granted');
      await scene.run(`uetq.push('consent', 'update', { ad_storage: '${choice}' })`);
      await scene.views(1);
      await expect
        .poll(() => scene.shop.signals().map(({ consent }) => [consent.stated, consent.source]))
        .toEqual([[choice, 'uet']]);
    },
  );

  it('receives Global Privacy Control despite its default', async ({ openTagPage }) => {
    const scene = await openTagPage({ mode: 'attach', gpc: true });
    scene.shop.bodies['/'] =
      `<script>window.uetq = []; uetq.push('consent', 'default', { ad_storage: 'granted' })</script>${buildShopTag(scene)}`;
    const release = await holdTag(scene);
    await scene.shopper.page.goto(scene.shop.url, { waitUntil: 'commit' });
    await waitForPixel(scene.shopper);
    release();
    expect(await scene.beacons(1)).toMatchObject([{ evt: 'pageLoad', asc: 'D' }]);
  });

  it('is the only one that receives events when it has another queue', async ({ openTagPage }) => {
    const scene = await openTagPage({ mode: 'attach', queue: 'uetq2' });
    scene.shop.bodies['/'] = '<script>window.uetq = []; window.uetq2 = []</script>';
    await scene.shopper.page.goto(scene.shop.url);
    await waitForPixel(scene.shopper);
    await callPixel(scene.shopper, 'track', 'Lead', {});
    expect([await scene.run('uetq.length'), await scene.run('uetq2[4]')]).toEqual([0, 'lead']);
  });

  it('receives nothing of a shopper who withdrew before it loaded', async ({ openTagPage }) => {
    const scene = await openTagPage({ mode: 'attach' });
    scene.shop.bodies['/'] = buildShopTag(scene);
    const release = await holdTag(scene);
    await scene.shopper.page.goto(scene.shop.url, { waitUntil: 'commit' });
    await waitForPixel(scene.shopper);
    await callPixel(scene.shopper, 'identify', person);
    await callPixel(scene.shopper, 'track', 'Purchase', purchase);
    expect(await scene.run('uetq.includes("purchase")')).toBe(true);
    await callPixel(scene.shopper, 'consent', denied);
    release();
    expect(await scene.beacons(1)).toMatchObject([{ evt: 'pageLoad', asc: 'D' }]);
    await scene.run("uetq.push('event', 'of_the_shop', {})");
    expect(named(await scene.beacons(2))).toEqual(['pageLoad', 'of_the_shop']);
  });

  it('receives no other consent when it uses the TCF', async ({ openTagPage }) => {
    const scene = await openTagPage({ mode: 'attach', site: strict });
    scene.shop.bodies['/'] = "<script>window.uetq = []; uetq.push('config', 'tcf', { enabled: true })</script>";
    await scene.shopper.page.goto(scene.shop.url);
    await waitForPixel(scene.shopper);
    await callPixel(scene.shopper, 'consent', granted);
    await callPixel(scene.shopper, 'track', 'Lead', {});
    expect(await scene.run('uetq.filter((word) => typeof word === "string")')).toEqual(['config', 'tcf', 'event', 'lead']);
  });

  it("receives no e-mail address from the page's URL", async ({ openTagPage }) => {
    const scene = await openTagPage({ mode: 'load' });
    await scene.shopper.page.goto(scene.shop.url);
    await scene.beacons(1);
    await navigate(scene, '/b?email=jane%40shop.example', 'B');
    expect((await scene.beacons(2))[1]).toMatchObject({ p: `${scene.shop.url}/b`, tl: 'B' });
  });

  it('does not break a page that clears its queue', async ({ openTagPage }) => {
    const scene = await openTagPage({ mode: 'attach' });
    scene.shop.bodies['/'] = buildShopTag(scene);
    await blockTag(scene);
    await scene.shopper.page.goto(scene.shop.url);
    expect(await scene.views(1)).toEqual(['blocked']);
    await scene.run('window.uetq = undefined');
    expect(scene.shopper.pageErrors).toEqual([]);
  });
});
