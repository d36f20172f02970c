import { describe, expect, it } from 'vitest';
import type { TiktokSimulator } from '../simulator.ts';
import { createEvent, createPurchase, post, sendBeacon, start } from '../tiktok.fixture.ts';

const hostile = `"'><script>alert(1)</script><img src=x onerror=alert(2)>&\u202e\u2066`;

/** Returns the visible text. */
const plain = (text: string): string =>
  text
    .replaceAll(/<(style|script)[\s\S]*?<\/\1>/g, ' ')
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/ (?=[.,?!])/g, '');

const get = async ({ url }: TiktokSimulator, query = ''): Promise<string> => (await fetch(`${url}/${query}`)).text();

describe('the page', () => {
  it('shows instructions that work while the journal is empty', async () => {
    const running = await start();
    const text = await get(running);
    expect(text).toContain('No events yet');
    expect(text).toContain(`curl ${running.url}/open_api/v1.3/event/track/`);
    expect(text).toContain(`${running.url}/i18n/pixel/events.js`);
    const [, body = ''] = /-d &#39;(.*?)<\/pre>/s.exec(text) ?? [];
    const sent = body
      .replaceAll('&quot;', '"')
      .replace(/&#39;$/, '')
      .replace('&#39;$(date +%s)&#39;', '1790000000');
    expect((await post(running, [], { body: sent })).status).toBe(200);
    expect(plain(await get(running))).toContain('1 event counted');
  });

  it('shows what counts, what was merged or dropped, and what may count twice', async () => {
    const running = await start();
    await sendBeacon(running, {
      event_id: 'purchase-1001',
      properties: { value: 119.9, currency: 'EUR' },
      user: { ttp: '2abc' },
    });
    await post(running, [createPurchase(), createPurchase({ event_id: 'again' })]);
    await post(running, [createPurchase()]);
    await post(running, [createEvent({ event: '' })]);
    const text = plain(await get(running));
    expect(text).toContain('2 events counted');
    expect(text).toContain('1 event reported by browser and server, and counted once.');
    expect(text).toContain('2 events may count twice: see why they were not merged.');
    expect(text).toContain('1 event refused: see the requests.');
    expect(text).toContain('Without code 0 1 Dropped 1');
    expect(text).toContain('Purchase 2 1 from the browser, 1 from the server (1 from both) 249.80 EUR');
    expect(text).toContain('Value differs 119.9 EUR 129.9 EUR');
    expect(text).toContain('40002 Batch.0.event: Missing data for required field.');
    expect(text).toContain('The status is 200, and the code is not 0');
  });

  it('shows the events of one view', async () => {
    const running = await start();
    await post(running, [createEvent({ event_id: 'plain' })]);
    await post(running, [createEvent({ event_id: 'test' })], { root: { test_event_code: 'TEST1' } });
    await sendBeacon(running, { event: '', event_id: 'void' });
    const ids = async (query: string) => [...(await get(running, query)).matchAll(/event id <bdi>([^<]*)/g)].map(([, id]) => id);
    expect(await ids('')).toEqual(['void', 'test', 'plain']);
    expect(await ids('?show=nonsense')).toHaveLength(3);
    expect(await ids('?show=test')).toEqual(['test']);
    expect(await ids('?show=not-counted')).toEqual(['void']);
    expect(await ids('?show=merged')).toEqual([]);
  });

  it('escapes every value, and shows no characters that change the direction of text', async () => {
    const running = await start();
    await sendBeacon(running, { pixel_code: hostile, event: hostile, event_id: hostile });
    await sendBeacon(running, { event: hostile, event_id: hostile, properties: { [hostile]: hostile, value: hostile } });
    const event = createEvent({
      event: hostile,
      event_id: hostile,
      user: { ttclid: hostile, ttp: hostile, [hostile]: hostile },
      properties: { [hostile]: hostile, order_id: hostile },
    });
    expect((await post(running, [event], { root: { test_event_code: hostile } })).status).toBe(200);
    await post(running, [event]);
    await post(running, [createEvent()], { root: { event_source_id: hostile } });
    const text = (await get(running)).replace(/<style[\s\S]*?<\/style>/, '').replace(/<script nonce[\s\S]*?<\/script>/, '');
    expect(text).not.toMatch(/<script|<img|onerror=alert\(2\)>/i);
    expect(text.replaceAll(/<pre[\s\S]*?<\/pre>/g, '')).not.toMatch(/[\u202a-\u202e\u2066-\u2069]/);
    expect(text).toContain('&lt;script&gt;');
  });

  it('shows the active fault', async () => {
    const running = await start();
    running.faults({ mode: 'revoked', count: 2 });
    await post(running, [createEvent()]);
    expect(plain(await get(running))).toContain('Active fault: {&quot;mode&quot;:&quot;revoked&quot;,&quot;count&quot;:1}');
  });
});
