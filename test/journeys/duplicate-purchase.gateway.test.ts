import { expect, it } from 'vitest';
import { convey } from '../cli.fixture.ts';
import { type SharedSite, shareGateway } from '../file-gateway.fixture.ts';
import { settleAll } from '../paced-gateway.fixture.ts';

/** One purchase, reported by the page and by the shop's server: Microsoft gets one event with the data of both. */

const takeSite = shareGateway({ plain: { count: 6, settings: { purchaseHoldSeconds: 60 } } });

const origin = 'https://shop.example';
const msclkid = 'dd4afcccb1c94a4cad9544dd7e5006ab';
const em = 'c4d25e9c90ff23e9145397bc6fbd5385ca5fbe78211222ccbecd0b369ebb19a6';
const agent = 'Mozilla/5.0 (X11; Linux x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/147.0.0.0 Safari/537.36';
const consent = { adStorage: 'granted', explicit: true };

interface Shop extends SharedSite {
  /** Sends the report of the thank-you page with the visitor's cookies. Returns the new cookies. */
  sendFromBrowser(orderId: string, more?: object, cookie?: string): Promise<string>;
  sendFromServer(orderId: string, more?: object): Promise<void>;
}

async function open(): Promise<Shop> {
  const site = await takeSite('plain');
  const { writeKey, secretKey, gateway, clock } = site;
  const post = async (path: string, headers: Record<string, string>, body: object) => {
    const response = await fetch(gateway.url + path, { method: 'POST', headers, body: JSON.stringify(body) });
    expect(response.status).toBe(202);
    return response.headers
      .getSetCookie()
      .map((line) => line.split(';', 1)[0])
      .join('; ');
  };
  return {
    ...site,
    sendFromBrowser(orderId, more = {}, cookie = '') {
      const page = { url: `${origin}/thanks?msclkid=${msclkid}` };
      const event = { name: 'Purchase', page, consent, commerce: { orderId, value: 120, currency: 'USD' }, ...more };
      return post('/e', { origin, cookie, 'user-agent': agent }, { writeKey, sentAt: clock.now(), events: [event] });
    },
    async sendFromServer(orderId, more = {}) {
      const commerce = { orderId, value: 125.4, currency: 'USD', items: [{ id: 'sku1', price: 125.4, quantity: 1 }] };
      const event = { name: 'Purchase', user: { email: 'Jane.Doe+x@Example.com' }, consent, commerce, ...more };
      await post('/v1/events', { authorization: `Bearer ${secretKey}`, 'content-type': 'application/json' }, { events: [event] });
    },
  };
}

/** Returns the purchases that Microsoft got once every event has its final outcome. */
async function getPurchases({ id, gateway: { callApi }, clock, journalEvents }: Shop) {
  await settleAll({ callApi, site: id }, clock);
  const all = journalEvents();
  for (const { server } of all) expect(server).toHaveLength(1);
  return new Map(all.map(({ eventId, server }) => [eventId, Object(server[0]?.event)]));
}

const merged = {
  userData: { msclkid: 'dd4afccc-b1c9-4a4c-ad95-44dd7e5006ab', em, clientUserAgent: agent },
  customData: { value: 125.4, currency: 'USD', itemIds: ['sku1'] },
  eventSourceUrl: `${origin}/thanks?msclkid=${msclkid}`,
};

/** Reports a purchase from browser and server, so that the gateway knows that the site has two sources. */
async function sendFromBothSources(shop: Shop): Promise<void> {
  await shop.sendFromBrowser('0');
  await shop.sendFromServer('0');
  await getPurchases(shop);
}

it('a purchase is delivered once with the click of one report and the e-mail address of the other, in either order', async () => {
  const shop = await open();
  await sendFromBothSources(shop);
  await shop.sendFromBrowser('1');
  await shop.sendFromServer('1');
  await shop.sendFromServer('2');
  await shop.sendFromBrowser('2');
  const got = await getPurchases(shop);
  expect(got.get('purchase-1')).toMatchObject(merged);
  expect(got.get('purchase-2')).toMatchObject(merged);
  expect(got.size).toBe(3);
});

it('a purchase is delivered once when the second report comes 20 s after the first', async () => {
  const shop = await open();
  await sendFromBothSources(shop);
  await shop.sendFromBrowser('1');
  shop.clock.jump(20_000);
  expect(shop.journalEvents()).toHaveLength(1);
  await shop.sendFromServer('1');
  expect((await getPurchases(shop)).get('purchase-1')).toMatchObject(merged);
});

it('a purchase is delivered once when the thank-you page is opened again', async () => {
  const shop = await open();
  const cookie = await shop.sendFromBrowser('1');
  await getPurchases(shop);
  await shop.sendFromBrowser('1', {}, cookie);
  await shop.sendFromBrowser('1');
  expect((await getPurchases(shop)).size).toBe(1);
});

it('a purchase of the server gets the click of the visitor that the server identified by e-mail before', async () => {
  const shop = await open();
  const cookie = await shop.sendFromBrowser('', { name: 'Lead', id: 'lead-1', commerce: {} });
  const anonymousId = /_cv_id=([0-9a-f]{32})/.exec(cookie)?.[1];
  await shop.sendFromServer('6', { user: { email: 'Jane.Doe+x@Example.com', anonymousId } });
  await getPurchases(shop);
  await shop.sendFromServer('7');
  const { userData } = (await getPurchases(shop)).get('purchase-7');
  expect(userData).toMatchObject({ ...merged.userData, anonymousId });
  const { stdout } = await convey('event', 'purchase-7', '--site', shop.id, '--config', shop.config);
  expect(stdout).toContain('added      clickIds.msclkid, found by the email');
});

it('a purchase of the server gets nothing from a browser that reported the e-mail address', async () => {
  const shop = await open();
  const lead = { name: 'Lead', id: 'lead-1', user: { email: 'jane.doe@example.com' } };
  await shop.sendFromBrowser('', { ...lead, commerce: {} });
  await getPurchases(shop);
  await shop.sendFromServer('7');
  expect((await getPurchases(shop)).get('purchase-7').userData).toEqual({ em });
});

it('a purchase of another customer in the same browser gets the click, and not the first e-mail address', async () => {
  const shop = await open();
  const cookie = await shop.sendFromBrowser('1', { user: { email: 'jane.doe@example.com' } });
  await shop.sendFromBrowser('2', { user: { email: 'john.roe@example.com' }, page: { url: `${origin}/thanks` } }, cookie);
  const got = await getPurchases(shop);
  expect(got.get('purchase-1').userData.em).toBe(em);
  expect(got.get('purchase-2').userData).toMatchObject({ msclkid: merged.userData.msclkid });
  expect(got.get('purchase-2').userData.em).not.toBe(em);
});
