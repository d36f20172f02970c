import { expect, it } from 'vitest';
import { createEvent, createPurchase, nowSeconds, post, sendBeacon, start } from '../pinterest.fixture.ts';
import type { PinterestSimulator } from '../simulator.ts';

/** Returns the visible text. */
const toPlain = (text: string): string =>
  text
    .replaceAll(/<(style|script)[\s\S]*?<\/\1>/g, ' ')
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/ (?=[.,:?!])/g, '');

const get = async ({ url }: PinterestSimulator, query = ''): Promise<string> => (await fetch(`${url}/${query}`)).text();

it('shows instructions that work while the journal is empty', async () => {
  const running = await start();
  const text = await get(running);
  expect(text).toContain(`curl ${running.url}/v5/ad_accounts/549755885175/events`);
  expect(text).toContain(`${running.url}/ct/core.js`);
  const [, body = ''] = /-d &#39;(.*?)<\/pre>/s.exec(text) ?? [];
  const sent = body
    .replaceAll('&quot;', '"')
    .replace(/&#39;$/, '')
    .replace('&#39;$(date +%s)&#39;', String(nowSeconds));
  expect((await post(running, [], { body: sent })).status).toBe(200);
  expect(toPlain(await get(running))).toContain('1 event counted');
});

it('shows what counts, what was merged, what is offline and what may count twice', async () => {
  const running = await start();
  await sendBeacon(running, { event_id: 'ord-1001', value: 119.9, currency: 'EUR', order_id: '1001' });
  await post(running, [createPurchase(), createPurchase({ event_id: 'again' })]);
  await post(running, [createEvent({ event_time: nowSeconds - 3_601 }), createEvent({ event_time: 1 })]);
  await post(running, [createEvent({ x: 1 })]);
  const text = toPlain(await get(running));
  expect(text).toContain('3 events counted');
  expect(text).toContain('1 event reported by browser and server and merged.');
  expect(text).toContain('1 event received over an hour late: counted as offline, and never merged.');
  expect(text).toContain('2 events may count twice: see why they were not merged.');
  expect(text).toContain('2 events refused: see the requests.');
  expect(text).toContain('checkout 2 1 from the browser, 1 from the server (1 from both) 249.80 EUR');
  expect(text).toContain('Value differs 119.9 EUR 129.9 EUR');
  expect(text).toContain('Event 2 failed: Invalid event_time: it is more than 7 days ago.');
  expect(text).toContain('400 Invalid request: Additional properties are not allowed (&#39;x&#39; was unexpected)');
  const ids = [...(await get(running, '?show=offline')).matchAll(/event id <bdi>([^<]*)/g)].map(([, id]) => id);
  expect(ids).toEqual(['lead-1']);
});
