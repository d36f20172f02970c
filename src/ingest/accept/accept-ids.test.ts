import { describe, expect, test } from 'vitest';
import { dayMs } from '../../event/units.ts';
import { sha256 } from '../../identity/hashing.ts';
import { clickIdMaxAgeMs } from '../../visitors/profile-lifetimes.ts';
import { browserContext, now, serverContext, shop } from '../site.fixture.ts';
import { accepted, clickId, codes, other, rejected } from './accept.fixture.ts';

describe('the id of an event', () => {
  test('is kept unchanged, also as a number', () => {
    expect(accepted({ id: ' Ord 1 ' }).id).toBe(' Ord 1 ');
    expect(accepted({ id: 1001 }).id).toBe('1001');
    expect(accepted({ id: 'é'.repeat(128) }).id).toHaveLength(128);
  });

  test("is derived from a purchase's order id when absent, with any type of order id", () => {
    expect(accepted({ commerce: { orderId: ' 1001 ' } }).id).toBe('purchase-1001');
    expect(accepted({ name: 'order_completed', id: null, commerce: { orderId: 1001 } }).id).toBe('purchase-1001');
    expect(accepted({ name: 'Lead', commerce: { orderId: '1001' } }).id).toBe('fresh-1');
    expect(accepted({}).id).toBe('fresh-1');
  });

  test.each(['null', 'undefined', '', '  '])('is ignored when a script wrote %j', (id) => {
    const event = accepted({ id, commerce: { orderId: '1001' } });
    expect(event.id).toBe('purchase-1001');
    expect(codes(event)).toEqual(['id id-placeholder']);
  });

  test.each(['x'.repeat(129), 'a\u001fb', 'a\u0085', '\ud800', true, {}, 2 ** 60, Number.POSITIVE_INFINITY])(
    'rejects the event when invalid (%j)',
    (id) => {
      expect(rejected({ name: 'Lead', id }).issues).toMatchObject([{ field: 'id', code: 'id-invalid' }]);
    },
  );

  test.each(['jane@shop.example', 'lead-jane%40shop.example'])('rejects the event when it holds an e-mail address (%s)', (id) => {
    const rejection = rejected({ name: 'Lead', id });
    expect(rejection.issues).toMatchObject([{ field: 'id', code: 'id-is-personal' }]);
    expect(JSON.stringify(rejection)).not.toContain(id);
  });

  const user = { phone: '+1 425 555 1234' };

  test.each(['ord-4255551234', '+1 (425) 555-1234', 4255551234])(
    "is replaced by the same id each time when it holds the shopper's phone (%j)",
    (id) => {
      const event = accepted({ id, user });
      expect(event.id).toBe(`id-${sha256(String(id)).slice(0, 32)}`);
      expect(accepted({ id, user }).id).toBe(event.id);
      expect(codes(event)).toEqual(['id id-is-personal']);
    },
  );

  test("is derived from the replaced order id when that holds the shopper's phone", () => {
    const event = accepted({ user, commerce: { orderId: 'A-425-555-1234' } });
    const orderId = `id-${sha256('A-425-555-1234').slice(0, 32)}`;
    expect(event).toMatchObject({ id: `purchase-${orderId}`, commerce: { orderId } });
    expect(codes(event)).toEqual(['commerce.orderId id-is-personal']);
  });

  test('is not a hash of the phone when the shopper denied', () => {
    const consent = { adStorage: 'denied' };
    expect(accepted({ id: 'ord-4255551234', user, consent }).id).toBe('fresh-1');
    expect(accepted({ user, consent, commerce: { orderId: '4255551234' } }).id).toBe('purchase-fresh-1');
  });

  test.each(['1234567', '+1 1234567890', '+1 000 000 0000', '0123456789', '5551234'])(
    "is kept when it only holds a form's placeholder for a phone (%s)",
    (phone) => {
      const id = 'ord-1234567-11234567890-10000000000-0123456789-5551234';
      expect(accepted({ id, user: { phone } }, { site: { ...shop, defaultCountry: 'US' } }).id).toBe(id);
    },
  );
});

describe('browser ids', () => {
  const warned = (raw: object) => codes(accepted(raw, { requester: { ...serverContext, cookies: { _uetvid: clickId } } }));
  const browserIds = (given: object, cookies = {}) =>
    accepted(given, { requester: { ...serverContext, cookies } }).identity.browserIds;

  test('are read from the event, and before the cookies of the page', () => {
    expect(browserIds({ browserIds: { _uetvid: `${other.toUpperCase()}|x|1` } }, { _uetvid: clickId })).toEqual({
      _uetvid: other,
    });
    expect(browserIds({}, { _uetvid: clickId, _ga: 'GA1.2.3.4' })).toEqual({ _uetvid: clickId });
    expect(browserIds({ browserIds: {} })).toBeUndefined();
  });

  test("are read from `uetVid`, the earlier name of Microsoft's", () => {
    expect(browserIds({ uetVid: other })).toEqual({ _uetvid: other });
    expect(browserIds({ uetVid: other, browserIds: { _uetvid: clickId } })).toEqual({ _uetvid: clickId });
    expect(warned({ uetVid: 'x' })).toEqual(['uetVid browser-id-malformed']);
  });

  test.each([
    ['no object', { browserIds: 'x' }, 'browserIds wrong-type'],
    ['an unknown name', { browserIds: { _ga: 'GA1.2.3.4', __proto__: null } }, 'browserIds browser-id-unknown'],
    ['a value of another form', { browserIds: { _uetvid: '<script>' } }, 'browserIds._uetvid browser-id-malformed'],
    ['a value of another type', { browserIds: { _uetvid: { a: other } } }, 'browserIds._uetvid wrong-type'],
    ['a long value', { browserIds: { _uetvid: 'a'.repeat(10_000) } }, 'browserIds._uetvid too-long'],
  ])('are dropped with a warning if they have %s', (_, given, code) => {
    expect(warned(given)).toEqual([code]);
    expect(browserIds(given)).toBeUndefined();
    expect(browserIds(given, { _uetvid: clickId })).toEqual({ _uetvid: clickId });
  });

  test("are dropped if they hold the shopper's own phone", () => {
    const user = { phone: '+1 425 555 1234' };
    expect(browserIds({ user, browserIds: { _uetvid: `14255551234${'0'.repeat(21)}` } })).toBeUndefined();
  });

  test('are not kept if consent is denied', () => {
    expect(browserIds({ browserIds: { _uetvid: other }, consent: { adStorage: 'denied' } })).toBeUndefined();
  });
});

describe('click ids', () => {
  const page = { url: `https://shop.example/?msclkid=${clickId}&gclid=Cj0` };

  test("are read from the page's URL with the event's time", () => {
    const time = now - dayMs;
    expect(accepted({ page, time }).identity.clickIds).toEqual({
      msclkid: { value: clickId, at: time },
      gclid: { value: 'Cj0', at: time },
    });
  });

  test("are taken from the event before the URL, and from the URL before the tag's cookie, which counts as the oldest", () => {
    const requester = { ...browserContext, cookies: { _uetmsclkid: `_uet${other}` } };
    expect(accepted({ page, clickIds: { MSCLKID: `{${other}}` } }).identity.clickIds.msclkid).toEqual({ value: other, at: now });
    expect(accepted({ page }, { requester }).identity.clickIds.msclkid).toEqual({ value: clickId, at: now });
    expect(accepted({}, { requester }).identity.clickIds.msclkid).toEqual({ value: other, at: now - clickIdMaxAgeMs });
  });

  test("are one if two places name the same click: the platform's cookie counts, else the first sight", () => {
    const landing = { page: { url: 'https://shop.example/?fbclid=IwAR2x-_y' } };
    const first = { fbclid: { value: 'IwAR2x-_y', at: now - dayMs } };
    const cookie = `fb.1.${now - dayMs}.IwAR2x-_y.AQQCAQAA`;
    const ofCookie = { fbclid: { value: cookie, at: now - dayMs } };
    const clicksOf = (more: object) => accepted(landing, { requester: { ...browserContext, ...more } }).identity.clickIds;
    expect(clicksOf({ clicks: first })).toEqual(first);
    expect(clicksOf({ cookies: { _fbc: cookie } })).toEqual(ofCookie);
    expect(clicksOf({ clicks: first, cookies: { _fbc: cookie } })).toEqual(ofCookie);
    expect(clicksOf({ cookies: { _fbc: `fb.1.${now - dayMs}.other` } })).toEqual({ fbclid: { value: 'IwAR2x-_y', at: now } });
  });

  test('are ignored in a cookie that is over 90 days old', () => {
    const aged = (days: number) => ({ ...browserContext, cookies: { _gcl_aw: `GCL.${(now - days * dayMs) / 1000}.x` } });
    expect(accepted({}, { requester: aged(90) }).identity.clickIds).toHaveProperty('gclid');
    expect(accepted({}, { requester: aged(91) }).identity.clickIds).toEqual({});
  });

  test('are dropped with a warning when malformed or personal, and without one when unknown', () => {
    const event = accepted({
      clickIds: { msclkid: 'N', gclid: 'jane@shop.example', fbclid: 'null', utm_source: 'x', ttclid: {} },
    });
    expect(event.identity.clickIds).toEqual({});
    expect(codes(event).sort()).toEqual([
      'clickIds.gclid id-is-personal',
      'clickIds.msclkid click-id-malformed',
      'clickIds.ttclid wrong-type',
    ]);
  });
});
