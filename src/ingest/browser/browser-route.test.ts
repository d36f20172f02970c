import { describe, expect, test } from 'vitest';
import { LogUnavailableError } from '../../storage/log/event-log.ts';
import { secretKey, shop } from '../site.fixture.ts';
import { failure, granted, page, startCollector, view, visitorId } from './browser-route.fixture.ts';

describe('POST /e', () => {
  test('responds like the server API, with the visitor and the hashed external id', async () => {
    const { post, events } = await startCollector();
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
    const { post } = await startCollector();
    expect(await post({ events: [view('a')] }, { 'content-type': 'application/json' })).toMatchObject({ status: 202 });
    expect(await post({ events: [view('b')] }, { origin: 'http://shop.example:8080' })).toMatchObject({ status: 202 });
    expect(await post({ events: [view('c')] }, { origin: 'https://shop.example.' })).toMatchObject({ status: 202 });
  });

  test('refuses an invalid body, and the page may read the reason', async () => {
    const { post, call, log } = await startCollector();
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
    const { post } = await startCollector({ append, onAppended: (site) => void woken.push(site) });
    const refused = await post({ events: [view('a')] });
    expect(woken, 'the append may be committed later').toEqual(['shop']);
    expect(refused).toMatchObject(failure(503, 'not-accepting'));
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(refused.headers.get('access-control-expose-headers')).toBe('Retry-After');
    expect(refused.cookies).toEqual({});
  });

  test.each([-1e308, 1e308, 1e300])('rejects a time that is no date, for an invalid clock (%j)', async (moment) => {
    const { post, events } = await startCollector();
    const answer = await post({
      sentAt: moment,
      events: [view('a', { time: moment })],
      signals: [{ type: 'reset', id: 'r', time: moment, consent: granted }],
    });
    expect(answer.status).toBe(202);
    expect(events().filter(({ time }) => !Number.isFinite(time))).toEqual([]);
  });

  test('is refused while the disk is reserved for servers, whose events are accepted', async () => {
    const { post, call, events } = await startCollector({ ready: () => ({ ok: true, browsers: false }) });
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
    const { post, call } = await startCollector();
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
      const { post, events } = await startCollector();
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
    const { post, call, log } = await startCollector();
    const { status, headers, json } = await post({ events: [view('a')] }, { origin });
    expect({ status, json }).toMatchObject(failure(403, 'origin-not-listed'));
    expect(headers.get('access-control-allow-origin')).toBeNull();
    expect((await call('/e', { method: 'OPTIONS', headers: { origin } })).status).toBe(403);
    expect(log.calls).toEqual([]);
  });

  test("is refused with another site's key", async () => {
    const other = { ...shop, id: 'other', domains: ['other.example'], writeKey: 'wk_other' };
    const { post } = await startCollector({ sites: () => [shop, other] });
    expect(await post({ writeKey: 'wk_other', events: [view('a')] })).toMatchObject(failure(403, 'origin-not-listed'));
  });

  test('is reported with the site of its key', async () => {
    const refused: string[] = [];
    const { post } = await startCollector({ onRefusedOrigin: (site, origin) => refused.push(`${site} ${origin}`) });
    await post({ events: [view('a')] });
    await post({ events: [view('a')] }, { origin: 'https://other.example' });
    expect(await post({ writeKey: 'wk_unknown' }, { origin: 'https://evil.example' })).toMatchObject(
      failure(403, 'origin-not-listed'),
    );
    expect(refused).toEqual([`${shop.id} https://other.example`]);
  });
});
