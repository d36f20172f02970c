import { describe, expect, test } from 'vitest';
import { openPackagedTables } from '../../country/country-table.fixture.ts';
import { createCountryLookup } from '../../country/country-table.ts';
import { createCollectorDeps, createMemoryLog } from '../collector.fixture.ts';
import type { CollectorDeps } from '../collector.ts';
import { now, shop } from '../site.fixture.ts';
import { denied, failure, granted, msclkid, page, startCollector, view, visitorId } from './browser-route.fixture.ts';

describe('signals', () => {
  const signal = (id: string, type: string, more: object = {}) => ({ id, type, time: now, consent: granted, ...more });

  test('are logged under names of their own, hashed', async () => {
    const { post, log, events } = await startCollector();
    const { json } = await post({
      signals: [
        signal('s1', 'identify', { user: { email: 'Jane.Doe+x@Example.com', externalId: 'cust-7' } }),
        signal('s2', 'consent'),
        signal('s3', 'reset'),
      ],
    });
    expect(json).toMatchObject({ accepted: 0, duplicates: 0, rejected: [], warnings: [] });
    expect(events().map(({ name }) => name)).toEqual(['$identify', '$consent', '$reset']);
    expect(JSON.stringify(log.stored())).not.toMatch(/jane/i);
    expect(events()[0]?.identity.forms).toMatchObject({
      emailMicrosoft: 'c4d25e9c90ff23e9145397bc6fbd5385ca5fbe78211222ccbecd0b369ebb19a6',
    });
  });

  test('are rejected and not stored when their kind is unknown', async () => {
    const { post, events } = await startCollector();
    const { status, json } = await post({ signals: [signal('s1', 'alias')] });
    expect(status).toBe(202);
    expect(json).toMatchObject({ signalIssues: [{ signal: 0, field: 'type', code: 'signal-unknown' }] });
    expect(events()).toEqual([]);
  });

  test('give the browser a new visitor after a reset', async () => {
    const { post, events } = await startCollector();
    const { cookies, json } = await post(
      {
        events: [view('before', { time: now - 20 }), view('after', { time: now })],
        signals: [signal('s1', 'reset', { time: now - 10 })],
      },
      { cookie: `_cv_id=${visitorId}` },
    );
    const [before, reset, after] = events();
    expect([before?.identity.anonymousId, reset?.identity.anonymousId]).toEqual([visitorId, visitorId]);
    expect(after?.identity.anonymousId).not.toBe(visitorId);
    expect(cookies._cv_id?.value).toBe(after?.identity.anonymousId);
    expect(json).toMatchObject({ visitorId: after?.identity.anonymousId });
  });

  test('give a repeated reset the same visitor, and a reset comes last of its moment', async () => {
    const { post, events } = await startCollector();
    const time = now - 100;
    const body = { events: [view('before', { time })], signals: [signal('s1', 'reset', { time })] };
    const first = await post(body, { cookie: `_cv_id=${visitorId}` });
    const second = await post({ ...body, sentAt: now - 70 }, { cookie: `_cv_id=${visitorId}` });
    expect(first.cookies._cv_id?.value).toMatch(/^[0-9a-f]{12}1/);
    expect(second.cookies._cv_id?.value).toBe(first.cookies._cv_id?.value);
    expect(events().map(({ name, identity }) => [name, identity.anonymousId])).toEqual([
      ['PageView', visitorId],
      ['$reset', visitorId],
    ]);
  });

  test("report the landing page's click id with a grant", async () => {
    const { post, events } = await startCollector();
    const url = `https://shop.example/?msclkid=${msclkid}`;
    const { cookies } = await post({
      events: [view('a', { page: { url: 'https://shop.example/p/1' } })],
      signals: [signal('s1', 'consent', { time: now - 5, page: { url } })],
    });
    expect(events()[1]).toMatchObject({ id: 'a', identity: { clickIds: { msclkid: { value: msclkid } } } });
    expect(cookies._cv_click?.value).toContain('msclkid');
  });

  test('hold only the visitor id of a withdrawal', async () => {
    const { post, events } = await startCollector();
    await post(
      { signals: [signal('s1', 'consent', { consent: denied, user: { email: 'jane@example.com' } })] },
      { cookie: `_cv_id=${visitorId}` },
    );
    expect(events()).toMatchObject([
      { name: '$consent', consent: { effective: 'denied' }, identity: { forms: {}, clickIds: {}, anonymousId: visitorId } },
    ]);
  });

  test('hold no visitor id otherwise when the shopper denied or made no choice', async () => {
    const { post, events } = await startCollector();
    const byDefault = { adStorage: 'denied', explicit: false };
    const signals = [
      signal('s1', 'identify', { consent: denied }),
      signal('s2', 'reset', { consent: denied }),
      signal('s3', 'consent', { consent: byDefault }),
    ];
    await post({ signals }, { cookie: `_cv_id=${visitorId}` });
    expect(events().map(({ identity }) => identity)).toEqual(Array(3).fill({ forms: {}, clickIds: {} }));
  });

  test('withdraw consent even when rejected, and the last one received applies', async () => {
    const { post } = await startCollector();
    const cookie = `_cv_id=${visitorId}`;
    const rejected = await post({ signals: [signal('jane@shop.example', 'consent', { consent: denied })] }, { cookie });
    expect(rejected.cookies._cv_id?.value).toBe('');
    const ahead = now + 3_600_000;
    const body = {
      sentAt: ahead,
      events: [view('a', { time: ahead - 5 }), { ...view('b', { consent: denied }), time: undefined }],
    };
    expect((await post(body, { cookie })).cookies._cv_id?.value).toBe('');
  });
});

describe("a browser's report", () => {
  test('has its time corrected by the time of sending, and keeps the time of a late event', async () => {
    const { post, events } = await startCollector();
    const behindMs = 3_600_000;
    const events_ = [view('a', { time: now - behindMs - 5_000 }), view('b', { time: new Date(now - behindMs).toISOString() })];
    await post({ sentAt: now - behindMs, events: events_ });
    expect(events().map(({ id, time }) => [id, time])).toEqual([
      ['a', now - 5_000],
      ['b', now],
    ]);
  });

  test('has the address, agent and country of the request, never of the body', async () => {
    const { post, events } = await startCollector({
      proxies: { trustedProxies: ['127.0.0.0/8'], countryHeader: 'cf-ipcountry' },
    });
    const user = { ip: '198.51.100.9', userAgent: 'evil', country: 'FR' };
    const headers = { 'x-forwarded-for': '203.0.113.42', 'user-agent': 'Mozilla/5.0 Plain', 'cf-ipcountry': 'US' };
    await post({ events: [view('a', { user })] }, headers);
    expect(events()).toMatchObject([{ client: { ip: '203.0.113.42', userAgent: 'Mozilla/5.0 Plain', country: 'US' } }]);
  });

  test('is judged by its country, which only a trusted proxy may state', async () => {
    const sites = () => [{ ...shop, consent: { policy: 'regional' } as const }];
    const silent = { events: [{ name: 'PageView', id: 'a' }] };
    const proxied = await startCollector({ sites, proxies: { trustedProxies: ['127.0.0.1'], countryHeader: 'cf-ipcountry' } });
    await proxied.post(silent, { 'cf-ipcountry': 'US', 'x-forwarded-for': '203.0.113.42' });
    expect(proxied.events()).toMatchObject([{ consent: { effective: 'granted' } }]);
    const direct = await startCollector({ sites, proxies: { trustedProxies: [], countryHeader: 'cf-ipcountry' } });
    await direct.post(silent, { 'cf-ipcountry': 'US' });
    expect(direct.events()).toMatchObject([{ consent: { effective: 'denied' } }]);
  });

  test('is judged by the tables of countries when its proxy sends none, and says so', async () => {
    const sites = () => [{ ...shop, consent: { policy: 'regional' } as const }];
    const lookUpCountry = createCountryLookup(openPackagedTables());
    const proxies = { trustedProxies: ['127.0.0.1'], countryHeader: 'cf-ipcountry', lookUpCountry };
    const { post, events } = await startCollector({ sites, proxies });
    const send = (id: string, ip: string, headers = {}) =>
      post({ events: [{ name: 'PageView', id }] }, { 'x-forwarded-for': ip, ...headers });
    await send('us', '18.9.22.69');
    await send('mapped', '::ffff:18.9.22.69');
    await send('us6', '2001:4860:4860::8888');
    await send('de', '217.0.0.1');
    await send('nowhere', '203.0.113.42');
    await send('header', '217.0.0.1', { 'cf-ipcountry': 'US' });
    await send('tor', '18.9.22.69', { 'cf-ipcountry': 'T1' });
    expect(events().map(({ id, consent, client }) => [id, consent.effective, client.country, client.countryFrom])).toEqual([
      ['us', 'granted', 'US', 'table'],
      ['mapped', 'granted', 'US', 'table'],
      ['us6', 'granted', 'US', 'table'],
      ['de', 'denied', undefined, undefined],
      ['nowhere', 'denied', undefined, undefined],
      ['header', 'granted', 'US', undefined],
      ['tor', 'denied', undefined, undefined],
    ]);
    expect(JSON.stringify(events().filter(({ consent }) => consent.effective === 'denied'))).not.toContain('217.0.0.1');
  });

  test('is stored and marked when a crawler sent it', async () => {
    const { post, events } = await startCollector();
    await post(
      { events: [view('a')] },
      { 'user-agent': 'Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)' },
    );
    expect(events()).toMatchObject([{ bot: true }]);
  });

  test("is limited to a burst and a rate per address, except for a proxy's address", async () => {
    let time = now;
    const rates = { ...createCollectorDeps(createMemoryLog()).rates, perAddress: { perSecond: 1, burst: 2 } };
    const { post } = await startCollector({ rates, now: () => time, proxies: { trustedProxies: ['127.0.0.1'] } });
    const from = (address: string) => post({ events: [view('a')] }, { 'x-forwarded-for': address });
    const one = '2001:db8:1:2::1';
    expect([(await from(one)).status, (await from('2001:db8:1:2:ffff::9')).status]).toEqual([202, 202]);
    const limited = await from(one);
    expect(limited).toMatchObject(failure(429, 'rate-limited'));
    expect(limited.headers.get('retry-after')).toBe('1');
    expect(limited.headers.get('access-control-allow-origin')).toBe(page);
    expect((await from('2001:db8:1:3::1')).status).toBe(202);
    time += 1_000;
    expect((await from(one)).status).toBe(202);
    for (let n = 0; n < 4; n++) expect((await from('10.0.0.1')).status).toBe(202);
  });

  describe('the rate of an address', () => {
    const few = (changes: Partial<CollectorDeps['rates']>) => ({ ...createCollectorDeps(createMemoryLog()).rates, ...changes });
    const trusting = { proxies: { trustedProxies: ['127.0.0.1'] } };
    const from = (address: string) => ({ 'x-forwarded-for': address });

    test('counts events and signals, and nothing of a body beyond it', async () => {
      let time = now;
      const rates = few({ reportsPerAddress: { perSecond: 2, burst: 10 } });
      const { post, events } = await startCollector({ rates, now: () => time, ...trusting });
      const six = (name: string) => ({
        events: [1, 2, 3].map((n) => view(`${name}${n}`)),
        signals: [1, 2, 3].map((n) => ({ type: 'identify', id: `${name}s${n}`, time: now, consent: granted })),
      });
      expect((await post(six('a'), from('203.0.113.7'))).status).toBe(202);
      const limited = await post(six('b'), from('203.0.113.7'));
      expect(limited).toMatchObject(failure(429, 'rate-limited'));
      expect([limited.headers.get('retry-after'), limited.headers.get('access-control-allow-origin')]).toEqual(['1', page]);
      expect(limited.cookies).toEqual({});
      expect((await post(six('c'), from('203.0.113.8'))).status, 'another address').toBe(202);
      time += 1_000;
      expect((await post(six('b'), from('203.0.113.7'))).status, 'the same body again').toBe(202);
      expect(events().filter(({ name }) => name === 'PageView')).toHaveLength(9);
    });

    test('counts stored bytes', async () => {
      let time = now;
      const rates = few({ bytesPerAddress: { perSecond: 1_000, burst: 6_000 } });
      const { post, log } = await startCollector({ rates, now: () => time, ...trusting });
      const large = (id: string) => ({ events: [view(id, { properties: { text: 'x'.repeat(4_000) } })] });
      expect((await post(large('a'), from('203.0.113.7'))).status).toBe(202);
      const limited = await post(large('b'), from('203.0.113.7'));
      expect(limited).toMatchObject(failure(429, 'rate-limited'));
      expect(limited.headers.get('retry-after')).toMatch(/^[34]$/);
      expect(log.calls, 'nothing was handed to the log').toHaveLength(1);
      expect((await post(large('c'), from('203.0.113.8'))).status, 'another address').toBe(202);
      time += 4_000;
      expect((await post(large('b'), from('203.0.113.7'))).status).toBe(202);
    });

    test('allows as many purchases as real shoppers behind one address make', async () => {
      const { post } = await startCollector(trusting);
      const purchases = (first: number) => ({
        events: Array.from({ length: 100 }, (_, index) => ({ name: 'checkout_completed', id: `claim-${first + index}` })),
      });
      const caller = from('203.0.113.7');
      for (const first of [0, 100]) expect((await post(purchases(first), caller)).status).toBe(202);
      const limited = await post(purchases(200), caller);
      expect(limited).toMatchObject(failure(429, 'rate-limited'));
      expect(Number(limited.headers.get('retry-after'))).toBeGreaterThan(60);
      expect((await post({ events: [view('a')] }, caller)).status, 'a page view').toBe(202);
      expect((await post(purchases(200), from('203.0.113.8'))).status, 'another address').toBe(202);
    });

    test('does not apply to an address that many share', async () => {
      const least = { perSecond: 1, burst: 1 };
      const { post } = await startCollector({ rates: few({ reportsPerAddress: least, bytesPerAddress: least }), ...trusting });
      for (const id of ['a', 'b', 'c']) expect((await post({ events: [view(id)] }, from('10.0.0.1'))).status).toBe(202);
    });
  });
});
