import { describe, expect, it } from 'vitest';
import { createEvent, createPurchase, dataset, post, sendBeacon, start } from '../meta.fixture.ts';
import type { MetaSimulator } from '../simulator.ts';

const hostile = `"'><script>alert(1)</script><img src=x onerror=alert(2)>&\u202e\u2066`;

/** Returns the visible text. */
const plain = (text: string): string =>
  text
    .replaceAll(/<(style|script)[\s\S]*?<\/\1>/g, ' ')
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/ (?=[.,?!])/g, '');

const get = async ({ url }: MetaSimulator, query = ''): Promise<string> => (await fetch(`${url}/${query}`)).text();

describe('the page', () => {
  it('shows instructions that work while the journal is empty', async () => {
    const running = await start();
    const text = await get(running);
    expect(text).toContain('No events yet');
    expect(text).toContain(`curl ${running.url}/v26.0/1234567890123456/events`);
    expect(text).toContain(`${running.url}/en_US/fbevents.js`);
    const [, body = ''] = /-d &#39;(.*?)<\/pre>/s.exec(text) ?? [];
    const sent = body
      .replaceAll('&quot;', '"')
      .replace(/&#39;$/, '')
      .replace('&#39;$(date +%s)&#39;', '1790000000');
    expect((await post(running, [], { body: sent })).status).toBe(200);
    expect(plain(await get(running))).toContain('1 event counted');
  });

  it('shows what counts, what was merged and what may count twice', async () => {
    const running = await start();
    await sendBeacon(running, { eid: 'ord-1001', 'cd[value]': '119.9', 'cd[currency]': 'EUR', fbp: 'fb.1.1.2' });
    await post(running, [createPurchase(), createPurchase({ event_id: 'again' })]);
    await post(running, [createEvent({ event_name: 'Purchase' })]);
    const text = plain(await get(running));
    expect(text).toContain('2 events counted');
    expect(text).toContain('1 event reported by browser and server and merged.');
    expect(text).toContain('2 events may count twice: see why they were not merged.');
    expect(text).toContain('1 event refused: see the requests.');
    expect(text).toContain('Purchase 2 1 from the browser, 1 from the server (1 from both) 249.80 EUR');
    expect(text).toContain('Value differs 119.9 EUR 129.9 EUR');
    expect(text).toContain('Matched by fbp, client_ ip_ address, client_ user_ agent em, client_ user_ agent');
    expect(text).toContain('100 / 2804009 The value of a purchase event is missing or not a number.');
  });

  it('shows the events of one view, and of one test event code', async () => {
    const running = await start();
    await post(running, [createEvent({ event_id: 'plain' })]);
    await post(running, [createEvent({ event_id: 'first' })], { root: { test_event_code: 'TEST1' } });
    await post(running, [createEvent({ event_id: 'second' })], { root: { test_event_code: 'a&b' } });
    await sendBeacon(running, { ev: '' });
    const ids = async (query: string) => [...(await get(running, query)).matchAll(/event id <bdi>([^<]*)/g)].map(([, id]) => id);
    expect(await ids('')).toEqual(['none', 'second', 'first', 'plain']);
    expect(await ids('?show=nonsense')).toHaveLength(4);
    expect(await ids('?show=test')).toEqual(['second', 'first']);
    expect(await ids('?show=test&code=a%26b')).toEqual(['second']);
    expect(await ids('?show=not-counted')).toEqual(['none']);
    expect(await ids('?show=merged')).toEqual([]);
    const [, address = ''] = /href="(\.\/\?show=test&amp;code=a[^"]*)"/.exec(await get(running, '?show=test')) ?? [];
    expect(address).toBe('./?show=test&amp;code=a%26b');
  });

  it('shows a token in the URL as a warning, and the active fault', async () => {
    const running = await start();
    running.faults({ mode: 'permission', count: 2 });
    await post(running, [createEvent()], { authorization: null, path: `/v26.0/${dataset}/events?access_token=EAAsecret` });
    const text = await get(running);
    expect(plain(text)).toContain('Active fault: {&quot;mode&quot;:&quot;permission&quot;,&quot;count&quot;:1}');
    expect(plain(text)).toContain('The token is in the URL.');
    expect(plain(text)).toContain('(#100) Missing Permission');
    expect(text).not.toContain('EAAsecret');
  });

  it('escapes every value, and shows no characters that change the direction of text', async () => {
    const running = await start();
    await sendBeacon(running, { id: hostile, ev: hostile, eid: hostile, 'cd[value]': hostile });
    await sendBeacon(running, { ev: hostile, eid: hostile, [`cd[${hostile}]`]: hostile, fbp: hostile });
    const event = createEvent({
      event_name: hostile,
      event_id: hostile,
      event_source_url: hostile,
      user_data: { external_id: hostile, [hostile]: hostile },
      custom_data: { [hostile]: hostile, value: 1, currency: hostile, order_id: hostile },
    });
    expect((await post(running, [event], { root: { test_event_code: hostile } })).status).toBe(200);
    await post(running, [event], { root: { test_event_code: '\ud800' } });
    await post(running, [createEvent({ [hostile]: 1 })]);
    await post(running, [createEvent()], { path: `/v26.0/${encodeURIComponent(hostile)}/events` });
    for (const query of ['', '?show=test', `?show=test&code=${encodeURIComponent(hostile)}`]) {
      const text = (await get(running, query))
        .replace(/<style[\s\S]*?<\/style>/, '')
        .replace(/<script nonce[\s\S]*?<\/script>/, '');
      expect(text).not.toMatch(/<script|<img|onerror=alert\(2\)>/i);
      expect(text.replaceAll(/<pre[\s\S]*?<\/pre>/g, '')).not.toMatch(/[\u202a-\u202e\u2066-\u2069]/);
      expect(text).toContain('&lt;script&gt;');
    }
  });

  it('allows its own style and script only, and responds 304 until something changes', async () => {
    const running = await start();
    const first = await fetch(running.url);
    const [, nonce = ''] = /'nonce-([^']+)'/.exec(first.headers.get('content-security-policy') ?? '') ?? [];
    expect(first.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(await first.text()).toContain(`<script nonce="${nonce}"`);
    const again = () => fetch(running.url, { headers: { 'if-none-match': first.headers.get('etag') ?? '' } });
    expect((await again()).status).toBe(304);
    await sendBeacon(running, { eid: 'x' });
    expect((await again()).status).toBe(200);
  });
});
