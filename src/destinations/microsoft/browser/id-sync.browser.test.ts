import { expect, it } from 'vitest';
import { callPixel, denied, granted, strict, waitForPixel } from '../../../pixel/pixel-page.fixture.ts';
import { openTagPage, type TagOptions } from './tag.fixture.ts';

const settings = { tagId: '187012345', token: 't', customerId: '254610987' };
const connections = [{ id: 'bing', destination: 'microsoft', enabled: true, settings }];
const externalIdHash = 'dcf3a047f36839e9765beb629393fe2a121bd0659f6aa87be352244bfbf666f0';

async function meetSynced({ site, ...options }: Partial<TagOptions> = {}) {
  const scene = await openTagPage({ mode: 'off', site: { connections, ...site }, ...options });
  const synced: Record<string, string>[] = [];
  scene.shopper.page.on('request', (request) => {
    const { pathname, searchParams } = new URL(request.url());
    if (pathname === '/c.gif') synced.push(Object.fromEntries(searchParams));
  });
  return { ...scene, synced };
}

it('ID Sync is sent once per session, with the visitor id of the events', async () => {
  const { shop, shopper, synced, views } = await meetSynced();
  await shopper.page.goto(shop.url);
  await views(1);
  await expect.poll(() => synced.length).toBe(1);
  await shopper.page.goto(`${shop.url}/b`);
  await views(2);
  await shopper.page.goto('about:blank');
  const [{ identity } = { identity: undefined }] = shop.events();
  expect(synced).toEqual([{ Red3: 'BACID_254610987', vid: identity?.anonymousId }]);
});

it('ID Sync is sent again when the shopper is identified, and again for another person', async () => {
  const { shop, shopper, synced, views } = await meetSynced();
  await shopper.page.goto(shop.url);
  await waitForPixel(shopper);
  await views(1);
  await expect.poll(() => synced.length).toBe(1);
  await callPixel(shopper, 'identify', { externalId: 'cust-7' });
  await expect.poll(() => synced.length).toBe(2);
  await callPixel(shopper, 'track', 'Lead', {});
  await callPixel(shopper, 'track', 'SignUp', {});
  // An answer that comes after the reset would sync the earlier visitor once more.
  await shopper.page.waitForFunction(() =>
    Object.entries(localStorage).every(([key, text]) => !key.startsWith('_cv.') || JSON.parse(text).queue.length === 0),
  );
  await callPixel(shopper, 'reset');
  await expect.poll(() => synced.length).toBe(3);
  const [first, second, third] = synced;
  expect(second).toEqual({ ...first, uid: externalIdHash });
  expect(third?.vid).not.toBe(first?.vid);
  expect(third).not.toHaveProperty('uid');
});

it("ID Sync sends the tag's own visitor id if the page has the tag, like the connection", async () => {
  const { shop, shopper, synced, beacons, microsoft } = await meetSynced({ mode: 'load' });
  await shopper.page.goto(shop.url);
  const [beacon] = await beacons(1);
  await expect.poll(() => synced.length).toBe(1);
  expect(synced[0]?.vid).toBe(beacon?.vid?.slice(0, 32));
  expect(microsoft.journalEvents().length).toBe(1);
  await callPixel(shopper, 'track', 'Lead', {});
  await expect.poll(() => shop.events().at(-1)?.identity).toMatchObject({ browserIds: { _uetvid: synced[0]?.vid } });
});

it('ID Sync is sent only after a grant', async () => {
  const { shop, shopper, synced, views } = await meetSynced({ site: strict });
  await shopper.page.goto(shop.url);
  await waitForPixel(shopper);
  await callPixel(shopper, 'consent', denied);
  await views(1);
  await callPixel(shopper, 'track', 'Lead', {});
  await expect.poll(() => shop.events().length).toBe(2);
  expect(synced).toEqual([]);
  await callPixel(shopper, 'consent', granted);
  await expect.poll(() => synced.length).toBe(1);
  await callPixel(shopper, 'consent', denied);
  await expect.poll(() => shopper.page.evaluate(() => sessionStorage.length)).toBe(0);
});
