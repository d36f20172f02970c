import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createShopper, getSharedBrowser } from '../../../../test/browser.fixture.ts';
import { startTiktokSimulator, type TiktokSimulator } from '../simulator.ts';

const pixel = 'C4ABCDEF0123456789AB';
const other = 'C4OTHER';

let browser: Browser;
let tiktok: TiktokSimulator;
/** The shop's URL, without a slash at its end. */
let shop: string;
const server = createServer((request, response) => {
  const script = decodeURIComponent(new URL(request.url ?? '', 'http://shop').searchParams.get('script') ?? '');
  response.setHeader('content-type', 'text/html');
  response.end(shopPage(script));
});

beforeAll(async () => {
  browser = await getSharedBrowser();
  tiktok = await startTiktokSimulator({ port: 0 });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  shop = `http://www.shop.localhost:${typeof address === 'object' ? address?.port : 0}`;
});
afterAll(async () => {
  await tiktok.close();
  server.closeAllConnections();
  server.close();
});

beforeEach(() => tiktok.clearJournal());

/** Returns a page with the queue that the vendor's snippet creates for two pixels, the calls of a test, and then the tag. */
const shopPage = (calls: string) => `<!doctype html><title>Wall clocks</title>
<script>
(function (w) {
  const defer = (list) => {
    for (const method of ['page', 'track', 'identify', 'holdConsent', 'grantConsent', 'revokeConsent'])
      list[method] = function (...given) { list.push([method, ...given]); };
    return list;
  };
  const ttq = (w.ttq = defer([]));
  ttq._i = { '${pixel}': defer([]), '${other}': defer([]) };
  ttq.instance = (code) => ttq._i[code] ?? defer([]);
})(window);
${calls}
</script>
<script async src="${tiktok.url}/i18n/pixel/events.js"></script>`;

/** Opens a page whose script makes calls before the tag loads, and waits for the tag. */
async function open(calls: string, query = ''): Promise<Page> {
  const { page } = await createShopper(browser);
  await page.goto(`${shop}/?script=${encodeURIComponent(encodeURIComponent(calls))}${query}`);
  await page.waitForFunction(() => Reflect.has(Reflect.get(window, 'ttq'), 'isSimulated'));
  return page;
}

/** Waits for `count` beacons and returns their events as pixel, name and id. */
async function beacons(count: number) {
  await expect.poll(() => tiktok.journalEvents().flatMap((event) => event.browser).length).toBe(count);
  return tiktok.journalEvents().map(({ pixelCode, eventName, eventId }) => [pixelCode, eventName, eventId].join(' '));
}

it('the tag executes the queue and later calls: track at all pixels, an instance at its own', async () => {
  const page = await open(`ttq.page(); ttq.instance('${pixel}').track('ViewContent', {}, { event_id: 'v-1' });`);
  await page.evaluate(`ttq.instance('${other}').track('Lead', { event_id: 'inside' });
ttq.instance('C4UNKNOWN').track('Lead');`);
  const sent = await beacons(4);
  expect(sent.toSorted()).toEqual([`${pixel} Pageview `, `${pixel} ViewContent v-1`, `${other} Lead `, `${other} Pageview `]);
  const lead = tiktok.journalEvents().find(({ eventName }) => eventName === 'Lead');
  expect(lead?.browser[0]?.warnings).toMatchObject([{ field: 'event_id' }]);
});

it('advanced matching is sent as hashes only, with the click and the cookie', async () => {
  const page = await open(
    `ttq.identify({ email: ' Jane+tt@Example.com', phone_number: '+1 (425) 555-0123', external_id: ' Customer-42 ' });
ttq.instance('${pixel}').track('Lead', {}, { event_id: 'l-1' });`,
    '&ttclid=E.C.P.Ci0Kaq9',
  );
  await beacons(1);
  const cookies = new Map((await page.context().cookies()).map(({ name, value }) => [name, value]));
  const [event] = tiktok.journalEvents();
  expect(event?.browser[0]?.event).toMatchObject({
    event: 'Lead',
    event_id: 'l-1',
    user: {
      email: '9042facd1da0a0cccf21100f98a3e63b546a8cc164ec31212e08fe07ffe7ab03',
      phone: '6dee31cf75946e409817e979fe66f9260b44eb804f3c6acc1cff462048efa4b6',
      external_id: '724add28865281f27c0ad0d55ce7a20c5cdfc17706c04f7b2a2ea6693f677aa8',
      ttclid: 'E.C.P.Ci0Kaq9',
      ttp: cookies.get('_ttp'),
    },
    page: { url: page.url() },
  });
  expect(cookies.get('_ttp')).toMatch(/^2[A-Za-z0-9]{26}$/);
  expect(cookies.get('ttclid')).toBe('E.C.P.Ci0Kaq9');
});

it('events wait while consent is held, are sent after a grant, and are forgotten after a revocation', async () => {
  const page = await open(`ttq.holdConsent(); ttq.instance('${pixel}').track('Lead', {}, { event_id: 'held' });`);
  await page.evaluate(`ttq.instance('${pixel}').grantConsent();`);
  expect(await beacons(1)).toEqual([`${pixel} Lead held`]);
  await page.evaluate(`ttq.revokeConsent(); ttq.instance('${pixel}').track('Lead', {}, { event_id: 'denied' });
ttq.grantConsent(); ttq.instance('${pixel}').track('Lead', {}, { event_id: 'granted' });`);
  expect(await beacons(2)).toEqual([`${pixel} Lead held`, `${pixel} Lead granted`]);
});
