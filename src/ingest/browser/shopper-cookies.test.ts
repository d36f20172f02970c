import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { now, shop } from '../site.fixture.ts';
import { denied, msclkid, startCollector, view, visitorId } from './browser-route.fixture.ts';

const answerSchema = z.looseObject({ visitorId: z.string().nullable(), uid: z.string().nullable() });

describe('the cookies of a shopper who consented', () => {
  test('hold the visitor and the click ids, for the whole shop', async () => {
    const behindProxy = { proxies: { trustedProxies: ['127.0.0.1'] } };
    const { post } = await startCollector({ ...behindProxy, sites: () => [{ ...shop, domains: ['example', 'shop.example'] }] });
    const { cookies, json } = await post(
      { events: [view('a', { page: { url: `https://www.shop.example/?msclkid=${msclkid}` } })] },
      { 'x-forwarded-host': 'data.shop.example:443' },
    );
    const shared = ['domain=shop.example', 'httponly', 'path=/', 'samesite=lax', 'secure'];
    expect(cookies).toEqual({
      _cv_id: { value: answerSchema.parse(json).visitorId, attributes: [...shared, 'max-age=34560000'].sort() },
      _cv_click: {
        value: `1~msclkid.${now / 1_000}.${Buffer.from(msclkid).toString('base64url')}`,
        attributes: [...shared, 'max-age=7776000'].sort(),
      },
      _cv_consent: { value: 'granted', attributes: [...shared, 'max-age=34560000'].sort() },
    });
  });

  test("include a platform's cookie for its click, open to its tag, only on sites that use the platform", async () => {
    const click = { events: [view('a', { page: { url: 'https://www.shop.example/?fbclid=IwAR2x-_y' } })] };
    const tags = { meta: { mode: 'load', pixelId: '1234567890123456' } } as const;
    const using = await startCollector({ sites: () => [{ ...shop, tags }] });
    const first = await using.post(click, { host: 'data.shop.example' });
    expect(first.cookies._fbc?.value).toMatch(/^fb\.\d\.\d{13}\.IwAR2x-_y$/);
    expect(first.cookies._fbc?.attributes.filter((one) => !one.startsWith('domain='))).toEqual([
      'max-age=7776000',
      'path=/',
      'samesite=lax',
      'secure',
    ]);
    const present = { cookies: { _fbc: first.cookies._fbc?.value } };
    const again = await using.post({ events: [view('b', present)] }, { cookie: `_cv_click=${first.cookies._cv_click?.value}` });
    expect(Object.keys(again.cookies)).toEqual(['_cv_id', '_cv_click', '_cv_consent']);
    const left = await using.post({ events: [view('c', { consent: denied, ...present })] });
    expect(left.cookies._fbc).toMatchObject({ value: '', attributes: expect.arrayContaining(['max-age=0']) });
    const sandboxed = await using.post(click, { origin: 'null' });
    expect(sandboxed.cookies).toEqual({});
    const other = await startCollector();
    expect(Object.keys((await other.post(click)).cookies)).toEqual(['_cv_id', '_cv_click', '_cv_consent']);
  });

  test('stay on the host when it is on none of the domains, and are insecure only for plain http', async () => {
    const { post } = await startCollector();
    const { cookies } = await post({ events: [view('a')] }, { origin: 'http://shop.example' });
    expect(cookies._cv_id?.attributes).toEqual(['httponly', 'max-age=34560000', 'path=/', 'samesite=lax']);
  });

  test("override the event's visitor, and are set again", async () => {
    const { post, events } = await startCollector();
    const cookie = `_cv_id=${visitorId}; _cv_click=1~msclkid.${now / 1_000 - 60}.${Buffer.from(msclkid).toString('base64url')}`;
    const { cookies, json } = await post({ events: [view('a', { user: { anonymousId: 'other' } })] }, { cookie });
    expect(json).toMatchObject({ visitorId });
    expect(events()).toMatchObject([
      { identity: { anonymousId: visitorId, clickIds: { msclkid: { value: msclkid, at: now - 60_000 } } } },
    ]);
    expect(cookies._cv_id?.value).toBe(visitorId);
    expect(cookies._cv_click?.value).toContain('msclkid');
  });

  test('adopt the id that a page kept when its cookie was missing', async () => {
    const { post, events } = await startCollector();
    const { cookies } = await post({ events: [view('a', { user: { anonymousId: visitorId } })] });
    expect(cookies._cv_id?.value).toBe(visitorId);
    expect(events()).toMatchObject([{ identity: { anonymousId: visitorId } }]);
  });

  test('are set when the page itself sends a personal visitor id', async () => {
    const { post, events } = await startCollector();
    const { cookies, json } = await post({ events: [view('a', { user: { anonymousId: 'jane@shop.example' } })] });
    expect(json).toMatchObject({ visitorId: cookies._cv_id?.value });
    expect(events()[0]?.identity.anonymousId).toBe(cookies._cv_id?.value);
  });

  test('count as absent when Convey did not write them', async () => {
    const { post, events } = await startCollector();
    const { json } = await post({ events: [view('a')] }, { cookie: '_cv_id=jane; _cv_click=1~evil.1.zz~msclkid.99999999999.eA' });
    expect(json).toMatchObject({ visitorId: expect.stringMatching(/^[0-9a-f]{32}$/) });
    expect(events()).toMatchObject([{ identity: { clickIds: {} } }]);
  });

  test('hold the click id of the landing page when the shopper chose on a later page', async () => {
    const { post, events } = await startCollector();
    const own = { url: 'https://shop.example/next', referrer: `https://www.shop.example/?msclkid=${msclkid}` };
    const other = { ...own, referrer: `https://other.example/?msclkid=${msclkid}` };
    await post({ events: [view('own', { page: own })] });
    await post({ events: [view('other', { page: other })] });
    expect(events().map(({ identity }) => identity.clickIds.msclkid?.value)).toEqual([msclkid, undefined]);
  });

  test('keep the newest click id of each name', async () => {
    const { post, events } = await startCollector();
    const old = Buffer.from(msclkid.replace('d', '0')).toString('base64url');
    const url = `https://shop.example/?MSCLKID=${msclkid.toUpperCase()}&gclid=G-1`;
    const { cookies } = await post(
      { events: [view('later', { time: now - 1_000 }), view('landing', { time: now - 2_000, page: { url } })] },
      { cookie: `_cv_click=1~msclkid.${now / 1_000 - 500}.${old}` },
    );
    const click = { value: msclkid, at: now - 2_000 };
    expect(events().map(({ id, identity }) => [id, identity.clickIds.msclkid])).toEqual([
      ['landing', click],
      ['later', click],
    ]);
    const value = cookies._cv_click?.value ?? '';
    expect(value.split('~').slice(1).sort()).toEqual([
      `gclid.${now / 1_000 - 2}.${Buffer.from('G-1').toString('base64url')}`,
      `msclkid.${now / 1_000 - 2}.${Buffer.from(msclkid).toString('base64url')}`,
    ]);
  });

  test("yield to a submitted click id, and take precedence over the platform's own cookie, which the page may read", async () => {
    const { post, events } = await startCollector();
    const [own, stored, platform] = ['1', '2', '3'].map((digit) => digit.repeat(32));
    const cookie = `_cv_click=1~msclkid.${now / 1_000 - 9}.${Buffer.from(stored ?? '').toString('base64url')}`;
    const cookies = { _uetmsclkid: `_uet${platform}`, _uetvid: `${'a'.repeat(32)}|x`, _cv_id: 'f'.repeat(32), other: 'x' };
    await post({ events: [view('a', { cookies, clickIds: { msclkid: own } })] }, { cookie });
    await post({ events: [view('b', { cookies })] }, { cookie });
    await post({ events: [view('c', { cookies })] });
    expect(events().map(({ identity }) => identity.clickIds.msclkid?.value)).toEqual([own, stored, platform]);
    expect(events().map(({ identity }) => identity.browserIds)).toEqual(Array(3).fill({ _uetvid: 'a'.repeat(32) }));
    expect(events()[2]?.identity.anonymousId).not.toBe('f'.repeat(32));
  });
});

describe('an address that a platform keeps in a cookie', () => {
  const cookie = '_fbi=2001%3Adb8%3A%3A7.AQQCAQAA';

  test('is stored apart from the address of the request', async () => {
    const { post, events } = await startCollector({ proxies: { trustedProxies: ['127.0.0.1'] } });
    await post({ events: [view('a')] }, { cookie, 'x-forwarded-for': '203.0.113.42' });
    expect(events()[0]?.client).toMatchObject({ ip: '203.0.113.42', cookieAddresses: { _fbi: '2001:db8::7' } });
  });

  test.each([
    ['a body', {}, { cookies: { _fbi: '203.0.113.7' } }],
    ['a sandboxed page', { cookie, origin: 'null' }, {}],
    ['a shopper who denied', { cookie }, { consent: { adStorage: 'denied', explicit: true } }],
  ])('is not stored from %s', async (_, headers, more) => {
    const { post, events } = await startCollector();
    await post({ events: [view('a', more)] }, headers);
    expect(events()).toHaveLength(1);
    expect(JSON.stringify(events())).not.toMatch(/_fbi|2001:db8/);
  });
});

describe('a shopper who did not consent', () => {
  test('gets no cookie without a choice', async () => {
    const { post, events } = await startCollector({ sites: () => [{ ...shop, consent: { policy: 'strict' } }] });
    const { cookies, json } = await post({
      events: [{ name: 'PageView', id: 'a', page: { url: 'https://shop.example/?msclkid=x#y' } }],
    });
    expect(cookies).toEqual({});
    expect(json).toMatchObject({ visitorId: null, uid: null });
    expect(events()).toMatchObject([
      { identity: { forms: {}, clickIds: {} }, client: {}, page: { url: 'https://shop.example/' }, deniedId: expect.any(String) },
    ]);
  });

  test("keeps an earlier grant's cookies when only a tool's default denies", async () => {
    const { post, events } = await startCollector();
    const cookie = `_cv_id=${visitorId}`;
    const { cookies } = await post({ events: [view('a', { consent: { adStorage: 'denied', explicit: false } })] }, { cookie });
    expect(cookies).toEqual({});
    expect(events()).toMatchObject([{ consent: { stated: 'unknown', effective: 'denied' }, identity: { clickIds: {} } }]);
  });

  test('has both cookies expired by a denial, and by Global Privacy Control', async () => {
    const { post } = await startCollector();
    const cookie = `_cv_id=${visitorId}`;
    const byChoice = await post({ events: [view('a', { consent: denied })] }, { cookie });
    const byBrowser = await post({ events: [{ name: 'PageView', id: 'b' }] }, { cookie, 'sec-gpc': '1' });
    for (const { cookies, json } of [byChoice, byBrowser]) {
      expect(Object.keys(cookies)).toEqual(['_cv_id', '_cv_click']);
      for (const { value, attributes } of Object.values(cookies)) {
        expect(value).toBe('');
        expect(attributes).toContain('max-age=0');
      }
      expect(json).toMatchObject({ visitorId: null });
    }
  });

  test('gets cookies after an explicit grant despite Global Privacy Control', async () => {
    const { post } = await startCollector();
    const { cookies } = await post({ events: [view('a')] }, { 'sec-gpc': '1' });
    expect(Object.keys(cookies)).toEqual(['_cv_id', '_cv_consent']);
    expect(cookies._cv_consent).toMatchObject({ value: 'granted', attributes: cookies._cv_id?.attributes });
  });

  test('keeps the cookies of a grant if Global Privacy Control is turned on later', async () => {
    const { post } = await startCollector();
    const { cookies } = await post({ events: [view('a')] });
    const cookie = Object.entries(cookies).map(([name, { value }]) => `${name}=${value}`);
    const later = await post({ events: [{ name: 'PageView', id: 'b' }] }, { cookie: cookie.join('; '), 'sec-gpc': '1' });
    expect(later).toMatchObject({ cookies: {}, json: { visitorId: null } });
  });

  test('keeps the cookies of a grant despite Global Privacy Control, until a denial of their own', async () => {
    const { post, events } = await startCollector();
    const headers = { cookie: `_cv_id=${visitorId}; _cv_consent=granted`, 'sec-gpc': '1' };
    const byGpc = { adStorage: 'denied', source: 'gpc' };
    const bodies = [
      { events: [{ name: 'PageView', id: 'a' }] },
      { events: [view('b', { consent: byGpc })], signals: [{ type: 'consent', id: 's1', time: now, consent: byGpc }] },
      { events: [view('c', { consent: { adStorage: 'denied', explicit: false } })] },
      { signals: [{ type: 'consent', id: 'jane@shop.example', time: now, consent: byGpc }] },
    ];
    for (const body of bodies) expect(await post(body, headers)).toMatchObject({ cookies: {}, json: { visitorId: null } });
    expect(events().filter(({ consent }) => consent.effective !== 'denied')).toEqual([]);
    const own = [view('d', { consent: denied, time: now - 1 }), view('e', { consent: byGpc })];
    const { cookies } = await post({ events: own }, headers);
    expect(Object.entries(cookies).map(([name, { value }]) => [name, value])).toEqual([
      ['_cv_id', ''],
      ['_cv_click', ''],
      ['_cv_consent', ''],
    ]);
  });
});
