import { connect, type Socket } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { request } from 'undici';
import { afterEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { Site } from '../../event/site.ts';
import { LogUnavailableError } from '../../storage/log/event-log.ts';
import { buildConnectionInfo, builtPixel, createCollectorDeps, createMemoryLog } from '../collector.fixture.ts';
import { type CollectorDeps, createCollectorApp } from '../collector.ts';
import { type RunningServer, startHttpServer } from '../http/http-server.ts';
import { now, secretKey, shop } from '../site.fixture.ts';

let served: RunningServer | undefined;
afterEach(async () => {
  await served?.close(0);
  served = undefined;
});

const page = 'https://www.shop.example';
const visitorId = '6cb47c00c92011f0a1b2010203040506';
const msclkid = 'dd4afcccb1c94a4cad9544dd7e5006ab';
const answerSchema = z.looseObject({ visitorId: z.string().nullable(), uid: z.string().nullable() });

async function start(parts: Partial<CollectorDeps> = {}) {
  const log = createMemoryLog();
  const app = createCollectorApp({ ...createCollectorDeps(log), ...parts });
  const running = await startHttpServer(app, { host: '127.0.0.1', port: 0 });
  served = running;
  const call = (path: string, init: RequestInit = {}) => fetch(running.url + path, init);
  /** Posts like a page of the shop; `headers` overrides its headers. */
  const post = async (body: object, headers: Record<string, string | undefined> = {}) => {
    const requestHeaders = Object.entries({ origin: page, 'content-type': 'text/plain;charset=UTF-8', ...headers });
    const answer = await call('/e', {
      method: 'POST',
      body: JSON.stringify({ writeKey: shop.writeKey, sentAt: now, ...body }),
      headers: requestHeaders.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as [string, string]])),
    });
    const json: unknown = await answer.json();
    return { status: answer.status, headers: answer.headers, json, cookies: parseCookies(answer.headers) };
  };
  const events = () => log.stored().flatMap(({ partition, body }) => (partition === 'shop' ? [eventSchema.parse(body)] : []));
  return { log, call, post, events };
}

const eventSchema = z.looseObject({
  name: z.string(),
  id: z.string(),
  time: z.number(),
  consent: z.looseObject({ effective: z.string() }),
  identity: z.looseObject({
    anonymousId: z.string().optional(),
    clickIds: z.record(z.string(), z.object({ value: z.string(), at: z.number() })),
  }),
  client: z.looseObject({}),
  page: z.looseObject({}),
  bot: z.boolean(),
});

/** Returns each cookie's value and its attributes, lower-cased and sorted. */
function parseCookies(headers: Headers): Record<string, { value: string; attributes: string[] }> {
  return Object.fromEntries(
    headers.getSetCookie().map((line) => {
      const [pair = '', ...attributes] = line.split('; ');
      const at = pair.indexOf('=');
      return [pair.slice(0, at), { value: pair.slice(at + 1), attributes: attributes.map((one) => one.toLowerCase()).sort() }];
    }),
  );
}

const granted = { adStorage: 'granted', source: 'call', explicit: true };
const denied = { adStorage: 'denied', source: 'call', explicit: true };
const view = (id: string, more: object = {}) => ({ name: 'PageView', id, time: now, consent: granted, ...more });
const failure = (status: number, code: string) => ({ status, json: { error: { code, message: expect.any(String) } } });

describe('POST /e', () => {
  test('responds like the server API, with the visitor and the hashed external id', async () => {
    const { post, events } = await start();
    const { status, json } = await post({
      events: [
        view('a', { user: { externalId: ' cust-7 ' } }),
        view('a'),
        { name: '9', id: 'b' },
        view('c', { page: { url: 1 } }),
      ],
    });
    expect(status).toBe(202);
    expect(json).toEqual({
      accepted: 2,
      duplicates: 1,
      rejected: [{ index: 2, id: 'b', issues: [expect.objectContaining({ field: 'name', code: 'name-invalid' })] }],
      warnings: [
        ...[0, 1, 3].map((index) => expect.objectContaining({ index, field: 'user.ip', code: 'address-not-public' })),
        expect.objectContaining({ index: 3, field: 'page.url' }),
      ].sort((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b))),
      visitorId: expect.stringMatching(/^[0-9a-f]{12}1[0-9a-f]{3}[89ab][0-9a-f]{15}$/),
      uid: 'dcf3a047f36839e9765beb629393fe2a121bd0659f6aa87be352244bfbf666f0',
    });
    expect(events().map(({ id }) => id)).toEqual(['a', 'c']);
  });

  test('accepts JSON as text and as JSON, also from a page of a subdomain', async () => {
    const { post } = await start();
    expect(await post({ events: [view('a')] }, { 'content-type': 'application/json' })).toMatchObject({ status: 202 });
    expect(await post({ events: [view('b')] }, { origin: 'http://shop.example:8080' })).toMatchObject({ status: 202 });
    expect(await post({ events: [view('c')] }, { origin: 'https://shop.example.' })).toMatchObject({ status: 202 });
  });

  test('refuses an invalid body, and the page may read the reason', async () => {
    const { post, call, log } = await start();
    expect(await post({ writeKey: 'wk_other', events: [view('a')] })).toMatchObject(failure(401, 'write-key-unknown'));
    expect(await post({ events: [] })).toMatchObject(failure(400, 'event-count'));
    expect(await post({ events: Array(101).fill({}) })).toMatchObject(failure(400, 'event-count'));
    expect(await post({ events: {} })).toMatchObject(failure(400, 'body-unreadable'));
    expect(await post({ events: [view('a', { pad: 'x'.repeat(65_536) })] })).toMatchObject(failure(413, 'body-too-large'));
    const broken = await call('/e', { method: 'POST', body: '{', headers: { origin: page } });
    expect(broken.status).toBe(400);
    expect(broken.headers.get('access-control-allow-origin')).toBe(page);
    expect((await call('/e')).status).toBe(405);
    expect(log.calls).toEqual([]);
  });

  test('acknowledges nothing and sets no cookie while the event log cannot append', async () => {
    const append = async () => {
      throw new LogUnavailableError('full');
    };
    const woken: string[] = [];
    const { post } = await start({ append, onAppended: (site) => void woken.push(site) });
    const refused = await post({ events: [view('a')] });
    expect(woken, 'the append may be committed later').toEqual(['shop']);
    expect(refused).toMatchObject(failure(503, 'not-accepting'));
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(refused.headers.get('access-control-expose-headers')).toBe('Retry-After');
    expect(refused.cookies).toEqual({});
  });

  test.each([-1e308, 1e308, 1e300])('rejects a time that is no date, for an invalid clock (%j)', async (moment) => {
    const { post, events } = await start();
    const answer = await post({
      sentAt: moment,
      events: [view('a', { time: moment })],
      signals: [{ type: 'reset', id: 'r', time: moment, consent: granted }],
    });
    expect(answer.status).toBe(202);
    expect(events().filter(({ time }) => !Number.isFinite(time))).toEqual([]);
  });

  test('is refused while the disk is reserved for servers, whose events are accepted', async () => {
    const { post, call, events } = await start({ ready: () => ({ ok: true, browsers: false }) });
    const refused = await post({ events: [view('a')] });
    expect(refused).toMatchObject(failure(503, 'not-accepting'));
    expect([refused.headers.get('retry-after'), refused.headers.get('access-control-allow-origin')]).toEqual(['1', page]);
    const body = JSON.stringify({ events: [{ name: 'Lead', id: 'b' }] });
    const answer = await call('/v1/events', { method: 'POST', body, headers: { authorization: `Bearer ${secretKey}` } });
    expect(answer.status).toBe(202);
    expect(events().map(({ id }) => id)).toEqual(['b']);
    expect((await call('/readyz')).status).toBe(200);
  });
});

describe('a page', () => {
  test('gets a credentialed response on a listed domain', async () => {
    const { post, call } = await start();
    const { headers } = await post({ events: [view('a')] });
    expect(headers.get('access-control-allow-origin')).toBe(page);
    expect(headers.get('access-control-allow-credentials')).toBe('true');
    expect(headers.get('vary')).toBe('Origin');
    const preflight = await call('/e', {
      method: 'OPTIONS',
      headers: { origin: page, 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type' },
    });
    expect(preflight.status).toBe(204);
    expect(Object.fromEntries(preflight.headers)).toMatchObject({
      'access-control-allow-origin': page,
      'access-control-allow-credentials': 'true',
      'access-control-allow-methods': 'POST',
      'access-control-allow-headers': 'content-type',
      'access-control-max-age': '86400',
    });
  });

  test.each(['null', undefined])(
    'with the origin %s is accepted by its write key only, without cookies in either direction',
    async (origin) => {
      const { post, events } = await start();
      const { status, headers, cookies, json } = await post(
        { events: [view('a', { user: { anonymousId: 'sandbox-7' } })] },
        { origin, cookie: `_cv_id=${visitorId}` },
      );
      expect(status).toBe(202);
      expect(headers.get('access-control-allow-origin')).toBe('*');
      expect(headers.get('access-control-allow-credentials')).toBeNull();
      expect(cookies).toEqual({});
      expect(json).toMatchObject({ visitorId: 'sandbox-7' });
      expect(events()).toMatchObject([{ identity: { anonymousId: 'sandbox-7' } }]);
    },
  );

  test.each([
    'https://evil.example',
    'https://notshop.example',
    'https://shop.example.evil.example',
    'file://',
    'x',
    'foo://shop.example',
  ])('is refused on %s', async (origin) => {
    const { post, call, log } = await start();
    const { status, headers, json } = await post({ events: [view('a')] }, { origin });
    expect({ status, json }).toMatchObject(failure(403, 'origin-not-listed'));
    expect(headers.get('access-control-allow-origin')).toBeNull();
    expect((await call('/e', { method: 'OPTIONS', headers: { origin } })).status).toBe(403);
    expect(log.calls).toEqual([]);
  });

  test("is refused with another site's key", async () => {
    const other = { ...shop, id: 'other', domains: ['other.example'], writeKey: 'wk_other' };
    const { post } = await start({ sites: () => [shop, other] });
    expect(await post({ writeKey: 'wk_other', events: [view('a')] })).toMatchObject(failure(403, 'origin-not-listed'));
  });

  test('is reported with the site of its key', async () => {
    const refused: string[] = [];
    const { post } = await start({ onRefusedOrigin: (site, origin) => refused.push(`${site} ${origin}`) });
    await post({ events: [view('a')] });
    await post({ events: [view('a')] }, { origin: 'https://other.example' });
    expect(await post({ writeKey: 'wk_unknown' }, { origin: 'https://evil.example' })).toMatchObject(
      failure(403, 'origin-not-listed'),
    );
    expect(refused).toEqual([`${shop.id} https://other.example`]);
  });
});

describe('the cookies of a shopper who consented', () => {
  test('hold the visitor and the click ids, for the whole shop', async () => {
    const behindProxy = { proxies: { trustedProxies: ['127.0.0.1'] } };
    const { post } = await start({ ...behindProxy, sites: () => [{ ...shop, domains: ['example', 'shop.example'] }] });
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
    const using = await start({ sites: () => [{ ...shop, tags }] });
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
    await served?.close(0);
    const other = await start();
    expect(Object.keys((await other.post(click)).cookies)).toEqual(['_cv_id', '_cv_click', '_cv_consent']);
  });

  test('stay on the host when it is on none of the domains, and are insecure only for plain http', async () => {
    const { post } = await start();
    const { cookies } = await post({ events: [view('a')] }, { origin: 'http://shop.example' });
    expect(cookies._cv_id?.attributes).toEqual(['httponly', 'max-age=34560000', 'path=/', 'samesite=lax']);
  });

  test("override the event's visitor, and are set again", async () => {
    const { post, events } = await start();
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
    const { post, events } = await start();
    const { cookies } = await post({ events: [view('a', { user: { anonymousId: visitorId } })] });
    expect(cookies._cv_id?.value).toBe(visitorId);
    expect(events()).toMatchObject([{ identity: { anonymousId: visitorId } }]);
  });

  test('are set when the page itself sends a personal visitor id', async () => {
    const { post, events } = await start();
    const { cookies, json } = await post({ events: [view('a', { user: { anonymousId: 'jane@shop.example' } })] });
    expect(json).toMatchObject({ visitorId: cookies._cv_id?.value });
    expect(events()[0]?.identity.anonymousId).toBe(cookies._cv_id?.value);
  });

  test('count as absent when Convey did not write them', async () => {
    const { post, events } = await start();
    const { json } = await post({ events: [view('a')] }, { cookie: '_cv_id=jane; _cv_click=1~evil.1.zz~msclkid.99999999999.eA' });
    expect(json).toMatchObject({ visitorId: expect.stringMatching(/^[0-9a-f]{32}$/) });
    expect(events()).toMatchObject([{ identity: { clickIds: {} } }]);
  });

  test('hold the click id of the landing page when the shopper chose on a later page', async () => {
    const { post, events } = await start();
    const own = { url: 'https://shop.example/next', referrer: `https://www.shop.example/?msclkid=${msclkid}` };
    const other = { ...own, referrer: `https://other.example/?msclkid=${msclkid}` };
    await post({ events: [view('own', { page: own })] });
    await post({ events: [view('other', { page: other })] });
    expect(events().map(({ identity }) => identity.clickIds.msclkid?.value)).toEqual([msclkid, undefined]);
  });

  test('keep the newest click id of each name', async () => {
    const { post, events } = await start();
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
    const { post, events } = await start();
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
    const { post, events } = await start({ proxies: { trustedProxies: ['127.0.0.1'] } });
    await post({ events: [view('a')] }, { cookie, 'x-forwarded-for': '203.0.113.42' });
    expect(events()[0]?.client).toMatchObject({ ip: '203.0.113.42', cookieAddresses: { _fbi: '2001:db8::7' } });
  });

  test.each([
    ['a body', {}, { cookies: { _fbi: '203.0.113.7' } }],
    ['a sandboxed page', { cookie, origin: 'null' }, {}],
    ['a shopper who denied', { cookie }, { consent: { adStorage: 'denied', explicit: true } }],
  ])('is not stored from %s', async (_, headers, more) => {
    const { post, events } = await start();
    await post({ events: [view('a', more)] }, headers);
    expect(events()).toHaveLength(1);
    expect(JSON.stringify(events())).not.toMatch(/_fbi|2001:db8/);
  });
});

describe('a shopper who did not consent', () => {
  test('gets no cookie without a choice', async () => {
    const { post, events } = await start({ sites: () => [{ ...shop, consent: { policy: 'strict' } }] });
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
    const { post, events } = await start();
    const cookie = `_cv_id=${visitorId}`;
    const { cookies } = await post({ events: [view('a', { consent: { adStorage: 'denied', explicit: false } })] }, { cookie });
    expect(cookies).toEqual({});
    expect(events()).toMatchObject([{ consent: { stated: 'unknown', effective: 'denied' }, identity: { clickIds: {} } }]);
  });

  test('has both cookies expired by a denial, and by Global Privacy Control', async () => {
    const { post } = await start();
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
    const { post } = await start();
    const { cookies } = await post({ events: [view('a')] }, { 'sec-gpc': '1' });
    expect(Object.keys(cookies)).toEqual(['_cv_id', '_cv_consent']);
    expect(cookies._cv_consent).toMatchObject({ value: 'granted', attributes: cookies._cv_id?.attributes });
  });

  test('keeps the cookies of a grant if Global Privacy Control is turned on later', async () => {
    const { post } = await start();
    const { cookies } = await post({ events: [view('a')] });
    const cookie = Object.entries(cookies).map(([name, { value }]) => `${name}=${value}`);
    const later = await post({ events: [{ name: 'PageView', id: 'b' }] }, { cookie: cookie.join('; '), 'sec-gpc': '1' });
    expect(later).toMatchObject({ cookies: {}, json: { visitorId: null } });
  });

  test('keeps the cookies of a grant despite Global Privacy Control, until a denial of their own', async () => {
    const { post, events } = await start();
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

describe('signals', () => {
  const signal = (id: string, type: string, more: object = {}) => ({ id, type, time: now, consent: granted, ...more });

  test('are logged under names of their own, hashed', async () => {
    const { post, log, events } = await start();
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
    const { post, events } = await start();
    const { status, json } = await post({ signals: [signal('s1', 'alias')] });
    expect(status).toBe(202);
    expect(json).toMatchObject({ signalIssues: [{ signal: 0, field: 'type', code: 'signal-unknown' }] });
    expect(events()).toEqual([]);
  });

  test('give the browser a new visitor after a reset', async () => {
    const { post, events } = await start();
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
    const { post, events } = await start();
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
    const { post, events } = await start();
    const url = `https://shop.example/?msclkid=${msclkid}`;
    const { cookies } = await post({
      events: [view('a', { page: { url: 'https://shop.example/p/1' } })],
      signals: [signal('s1', 'consent', { time: now - 5, page: { url } })],
    });
    expect(events()[1]).toMatchObject({ id: 'a', identity: { clickIds: { msclkid: { value: msclkid } } } });
    expect(cookies._cv_click?.value).toContain('msclkid');
  });

  test('hold only the visitor id of a withdrawal', async () => {
    const { post, events } = await start();
    await post(
      { signals: [signal('s1', 'consent', { consent: denied, user: { email: 'jane@example.com' } })] },
      { cookie: `_cv_id=${visitorId}` },
    );
    expect(events()).toMatchObject([
      { name: '$consent', consent: { effective: 'denied' }, identity: { forms: {}, clickIds: {}, anonymousId: visitorId } },
    ]);
  });

  test('hold no visitor id otherwise when the shopper denied or made no choice', async () => {
    const { post, events } = await start();
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
    const { post } = await start();
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
    const { post, events } = await start();
    const behindMs = 3_600_000;
    const events_ = [view('a', { time: now - behindMs - 5_000 }), view('b', { time: new Date(now - behindMs).toISOString() })];
    await post({ sentAt: now - behindMs, events: events_ });
    expect(events().map(({ id, time }) => [id, time])).toEqual([
      ['a', now - 5_000],
      ['b', now],
    ]);
  });

  test('has the address, agent and country of the request, never of the body', async () => {
    const { post, events } = await start({ proxies: { trustedProxies: ['127.0.0.0/8'], countryHeader: 'cf-ipcountry' } });
    const user = { ip: '198.51.100.9', userAgent: 'evil', country: 'FR' };
    const headers = { 'x-forwarded-for': '203.0.113.42', 'user-agent': 'Mozilla/5.0 Plain', 'cf-ipcountry': 'US' };
    await post({ events: [view('a', { user })] }, headers);
    expect(events()).toMatchObject([{ client: { ip: '203.0.113.42', userAgent: 'Mozilla/5.0 Plain', country: 'US' } }]);
  });

  test('is judged by its country, which only a trusted proxy may state', async () => {
    const sites = () => [{ ...shop, consent: { policy: 'regional' } as const }];
    const silent = { events: [{ name: 'PageView', id: 'a' }] };
    const proxied = await start({ sites, proxies: { trustedProxies: ['127.0.0.1'], countryHeader: 'cf-ipcountry' } });
    await proxied.post(silent, { 'cf-ipcountry': 'US', 'x-forwarded-for': '203.0.113.42' });
    expect(proxied.events()).toMatchObject([{ consent: { effective: 'granted' } }]);
    await served?.close(0);
    const direct = await start({ sites, proxies: { trustedProxies: [], countryHeader: 'cf-ipcountry' } });
    await direct.post(silent, { 'cf-ipcountry': 'US' });
    expect(direct.events()).toMatchObject([{ consent: { effective: 'denied' } }]);
  });

  test('is stored and marked when a crawler sent it', async () => {
    const { post, events } = await start();
    await post(
      { events: [view('a')] },
      { 'user-agent': 'Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)' },
    );
    expect(events()).toMatchObject([{ bot: true }]);
  });

  test("is limited to a burst and a rate per address, except for a proxy's address", async () => {
    let time = now;
    const rates = { ...createCollectorDeps(createMemoryLog()).rates, perAddress: { perSecond: 1, burst: 2 } };
    const { post } = await start({ rates, now: () => time, proxies: { trustedProxies: ['127.0.0.1'] } });
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
      const { post, events } = await start({ rates, now: () => time, ...trusting });
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
      const { post, log } = await start({ rates, now: () => time, ...trusting });
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
      const { post } = await start(trusting);
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
      const { post } = await start({ rates: few({ reportsPerAddress: least, bytesPerAddress: least }), ...trusting });
      for (const id of ['a', 'b', 'c']) expect((await post({ events: [view(id)] }, from('10.0.0.1'))).status).toBe(202);
    });
  });
});

describe('a flood', () => {
  test('holds at most 2 MiB from one address, and another address is answered', async () => {
    const app = createCollectorApp(createCollectorDeps(createMemoryLog()));
    const ended: number[] = [];
    const endings: (() => void)[] = [];
    const slow = (address: string) => {
      let isOpen = true;
      const body = new ReadableStream<Uint8Array>({
        start(stream) {
          stream.enqueue(new Uint8Array(65_535));
          endings.push(() => isOpen && stream.close());
        },
        cancel() {
          isOpen = false;
        },
      });
      const request = new Request('http://gateway/e', { method: 'POST', body, ...{ duplex: 'half' } });
      return Promise.resolve(app.request(request, undefined, buildConnectionInfo(address))).then(({ status }) =>
        ended.push(status),
      );
    };
    // Its burst is 100 requests, so these come from four addresses.
    const flood = Array.from({ length: 320 }, (_, index) => slow(`203.0.113.${index % 4}`));
    await expect.poll(() => ended.length).toBe(320 - 4 * 32);
    expect(new Set(ended)).toEqual(new Set([503]));
    const body = JSON.stringify({ writeKey: shop.writeKey, events: [view('a')] });
    const post = async (address: string) =>
      (await app.request('/e', { method: 'POST', body }, buildConnectionInfo(address))).status;
    expect(await post('198.51.100.7')).toBe(202);
    expect(await post('203.0.113.1')).toBe(503);
    for (const end of endings) end();
    await Promise.all(flood);
    expect(await post('203.0.113.1')).toBe(202);
  });

  test('from many networks of one IPv6 prefix has 16 times the rate of one network', async () => {
    const rates = { ...createCollectorDeps(createMemoryLog()).rates, perAddress: { perSecond: 1, burst: 2 } };
    const { post } = await start({ rates, proxies: { trustedProxies: ['127.0.0.1'] } });
    const from = async (address: string) => (await post({ events: [view('a')] }, { 'x-forwarded-for': address })).status;
    const statuses: number[] = [];
    for (let index = 0; index < 100; index += 1) statuses.push(await from(`2001:db8:1:${(index * 256).toString(16)}::1`));
    expect(statuses.filter((status) => status === 202)).toHaveLength(32);
    expect(await from('2001:db8:2::1')).toBe(202);
    // Addresses that embed IPv4 are limited separately.
    for (const embedded of ['::ffff:c633:640d', '::ffff:c633:640e', '64:ff9b::c633:640f'])
      expect([await from(embedded), await from(embedded), await from(embedded)]).toEqual([202, 202, 429]);
  });

  test("with slow bodies holds only bytes that have arrived, and none of the server API's limit", async () => {
    const { call, post } = await start();
    const port = Number(new URL(served?.url ?? '').port);
    const head = `POST /e HTTP/1.1\r\nHost: x\r\nContent-Length: 65000\r\n\r\n`;
    const sockets = Array.from({ length: 300 }, () =>
      connect(port, '127.0.0.1', function (this: Socket) {
        this.write(`${head}{`);
      }),
    );
    await expect.poll(() => sockets.every((socket) => socket.bytesWritten > head.length)).toBe(true);
    expect((await post({ events: [view('a')] })).status).toBe(202);
    const body = JSON.stringify({ events: [view('b')] });
    const answer = await call('/v1/events', { method: 'POST', body, headers: { authorization: `Bearer ${secretKey}` } });
    expect(answer.status).toBe(202);
    for (const socket of sockets) socket.destroy();
  });
});

describe('GET /p.js', () => {
  const tcf = { vendors: [1126], purposes: [1, 7] };
  /** Returns the parts of a site's pixel, and the settings in it. */
  const loadPixel = async (site: Partial<Site>, drivers: Readonly<Record<string, object>> = {}) => {
    const { call } = await start({ sites: () => [{ ...shop, ...site }], getSiteTags: () => ({ drivers, tcf }) });
    const answer = await call(`/p.js?k=${shop.writeKey}`);
    expect(answer.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    const [, settings = '', parts] = /^start\((.*),(\{[^{}]*\})\);$/.exec(await answer.text()) ?? [];
    await served?.close(0);
    return { parts, settings: JSON.parse(settings) };
  };

  test('holds the public settings of the site and none of its secrets', async () => {
    const { settings, parts } = await loadPixel(
      { consent: { policy: 'strict' } },
      { other: { queue: '</script>__CONVEY_PARTS__' } },
    );
    expect(settings).toEqual({
      writeKey: shop.writeKey,
      silence: 'denied',
      purchase: ['purchase', 'purchase', 'checkout_completed', 'order_completed'],
      urgent: expect.arrayContaining(['purchase', 'lead', 'generate_lead', 'signup', 'sign_up']),
      cookies: expect.arrayContaining(['_uetmsclkid', '_gcl_aw', '_fbc', '_uetvid']),
      clicks: expect.arrayContaining(['msclkid', 'gclid', 'irclid']),
      tcf,
      tags: { other: { queue: '</script>__CONVEY_PARTS__' } },
    });
    expect(parts).toBe('{consentTools:readTools,drivers:[["other",driveOther]]}');
  });

  test('may be cached by all, unless the country is part of it', async () => {
    const proxies = { trustedProxies: ['127.0.0.1'], countryHeader: 'cf-ipcountry' };
    const { call } = await start({ proxies, sites: () => [{ ...shop, consent: { policy: 'regional' } }] });
    const get = (country: string) => call(`/p.js?k=${shop.writeKey}`, { headers: { 'cf-ipcountry': country } });
    expect((await get('US')).headers.get('cache-control')).toBe('private, max-age=300');
    expect(await (await get('US')).text()).toContain('"silence":"granted"');
    expect(await (await get('DE')).text()).toContain('"silence":"denied"');
    expect(await (await get('XX')).text()).toContain('"silence":"denied"');
    await served?.close(0);
    const granting = await start();
    expect((await granting.call(`/p.js?k=${shop.writeKey}`)).headers.get('cache-control')).toBe('public, max-age=300');
  });

  test.each([
    ['is the core alone when the shop asks itself and has no browser tag', 'granted', 'custom', {}, 'drivers:[]'],
    ['reads consent tools when the policy asks for a choice', 'regional', 'woocommerce', {}, 'consentTools:readTools,drivers:[]'],
    [
      'drives the browser tags of the site, and reads consent tools for them',
      'granted',
      'custom',
      { microsoft: {}, other: {} },
      'consentTools:readTools,drivers:[["microsoft",driveMicrosoft],["other",driveOther]]',
    ],
    ['writes to the cart of a Shopify shop', 'granted', 'shopify', {}, 'shopifyCart:writeCart,drivers:[]'],
  ] as const)('%s', async (_, policy, platform, drivers, parts) => {
    const pixel = await loadPixel({ consent: { policy }, platform }, drivers);
    expect(pixel.parts).toBe(`{${parts}}`);
    expect('tcf' in pixel.settings).toBe(parts.includes('consentTools'));
  });

  test('responds 304 to a browser that has it', async () => {
    const { call } = await start();
    const etag = (await call(`/p.js?k=${shop.writeKey}`)).headers.get('etag') ?? '';
    const second = await call(`/p.js?k=${shop.writeKey}`, { headers: { 'if-none-match': etag } });
    expect([second.status, await second.text(), second.headers.get('etag')]).toEqual([304, '', etag]);
  });

  test('is compressed for clients that accept it', async () => {
    await start();
    const ask = async (accepted: string) => {
      const { headers, body } = await request(`${served?.url}/p.js?k=${shop.writeKey}`, {
        headers: { 'accept-encoding': accepted },
      });
      const bytes = Buffer.from(await body.arrayBuffer());
      const encoding = headers['content-encoding'];
      return { vary: headers.vary, encoding, text: String(encoding === 'gzip' ? gunzipSync(bytes) : bytes) };
    };
    const plain = await ask('identity');
    expect(plain).toEqual({ vary: 'accept-encoding', encoding: undefined, text: expect.stringContaining(shop.writeKey) });
    for (const accepted of ['gzip', 'gzip, deflate, br, zstd', 'br;q=1.0, gzip;q=0.8'])
      expect(await ask(accepted), accepted).toEqual({ ...plain, encoding: 'gzip' });
    for (const accepted of ['gzip;q=0', 'br', '']) expect(await ask(accepted), accepted).toEqual(plain);
  });

  test('is reported with the site of its key', async () => {
    const loaded: string[] = [];
    const { call } = await start({ onPixelLoad: (site) => loaded.push(site) });
    const headers = { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0' };
    await call('/p.js?k=wk_other', { headers });
    await call(`/p.js?k=${shop.writeKey}`, { headers });
    expect(loaded).toEqual([shop.id]);
  });

  test('is not reported as loaded by a monitor or a crawler', async () => {
    const loaded: string[] = [];
    const { call } = await start({ onPixelLoad: (site) => loaded.push(site) });
    const path = `/p.js?k=${shop.writeKey}`;
    await call(path, { method: 'HEAD' });
    for (const agent of ['curl/8.5.0', 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)'])
      await call(path, { headers: { 'user-agent': agent } });
    expect(loaded).toEqual([]);
  });

  test('explains an unknown key', async () => {
    const { call } = await start();
    expect((await call('/p.js?k=wk_other')).status).toBe(401);
    expect((await call('/p.js')).status).toBe(401);
  });

  test('is served at the configured path, and its events are posted next to it', async () => {
    const { call } = await start({
      pixel: { ...builtPixel, path: '/shop/a.js' },
    });
    expect((await call(`/shop/a.js?k=${shop.writeKey}`)).status).toBe(200);
    expect((await call(`/p.js?k=${shop.writeKey}`)).status).toBe(404);
    const body = JSON.stringify({ writeKey: shop.writeKey, events: [view('a')] });
    for (const path of ['/shop/e', '/e']) expect((await call(path, { method: 'POST', body })).status).toBe(202);
  });
});
