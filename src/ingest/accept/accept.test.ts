import { describe, expect, test } from 'vitest';
import type { Event } from '../../event/event.ts';
import type { Connection, Site } from '../../event/site.ts';
import { dayMs } from '../../event/units.ts';
import { sha256 } from '../../identity/hashing.ts';
import { clickIdMaxAgeMs } from '../../visitors/profile-lifetimes.ts';
import { browserContext, now, serverContext, shop } from '../site.fixture.ts';
import { acceptEvent, type Rejection, type SubmissionContext } from './accept.ts';

function tryAccept(
  submission: unknown,
  { requester = serverContext, site = shop }: { requester?: SubmissionContext; site?: Site } = {},
) {
  let idCount = 0;
  return acceptEvent(submission, requester, site, now, () => `fresh-${++idCount}`);
}

function accepted(submission: object, as: { requester?: SubmissionContext; site?: Site } = {}): Event {
  const result = tryAccept({ name: 'Purchase', ...submission }, as);
  if ('rejection' in result) throw new Error(JSON.stringify(result.rejection));
  return result.event;
}

function rejected(submission: unknown, as: { requester?: SubmissionContext; site?: Site } = {}): Rejection {
  const result = tryAccept(submission, as);
  if ('event' in result) throw new Error('accepted');
  return result.rejection;
}

const codes = (of: { readonly warnings: Event['warnings'] }) => of.warnings.map(({ field, code }) => `${field} ${code}`);
const clickId = 'dd4afcccb1c94a4cad9544dd7e5006ab';
const other = '292049a17e2413e3a4081719e839afe6';

describe('the body of an event', () => {
  test.each([null, 1, 'x', [], true])('is rejected when it is no object (%j)', (input) => {
    expect(rejected(input).issues).toMatchObject([{ field: '', code: 'not-an-object' }]);
  });

  test('may hold unknown keys, which are reported by their place and the nearest known keys', () => {
    const warnings = (submission: object) => accepted(submission).warnings.map(({ field, message }) => `${field}: ${message}`);
    const ignored = 'Must have known keys, so 1 key was ignored.';
    expect(warnings({ params: { bar: 1 }, user: { mail: 'jane.doe@customer.example' } })).toEqual([
      `: ${ignored} See the event reference for all keys.`,
      `user: ${ignored} Did you mean \`email\`?`,
    ]);
    expect(
      warnings({ commerce: { order_id: '1001', items: [{ cost: 1 }, { cost: 2, item_name: 'Clock', Brand: 'Hour House' }] } }),
    ).toEqual([
      `commerce: ${ignored} Did you mean \`orderId\`?`,
      `commerce.items: ${ignored} See the event reference for all keys.`,
    ]);
    expect(warnings({ browserIDs: {}, clickids: {}, user: { 'jane.doe@customer.example': 1 } })).toEqual([
      ': Must have known keys, so 2 keys were ignored. Did you mean `browserIds`, `clickIds`?',
      `user: ${ignored} See the event reference for all keys.`,
    ]);
  });

  test('with unknown keys from a browser has no warning', () => {
    expect(accepted({ foo: 1, user: { mail: 'x' } }, { requester: browserContext }).warnings).toEqual([]);
  });

  test('is rejected with all reasons at once, and with a valid id and name', () => {
    expect(rejected({ name: '1', id: 'x\u0000', time: 'x' }).issues.map(({ code }) => code)).toEqual([
      'name-invalid',
      'id-invalid',
      'time-unreadable',
    ]);
    expect(rejected({ name: 'page', id: 7, time: 'x' })).toMatchObject({ name: 'PageView', id: '7' });
  });
});

describe('the name of an event', () => {
  test.each([
    ['Order_Completed', 'Purchase'],
    ['PURCHASE', 'Purchase'],
    [' page ', 'PageView'],
    ['MyEvent', 'MyEvent'],
  ])('%j becomes %s', (name, canonical) => {
    expect(accepted({ name }).name).toBe(canonical);
  });

  test.each([
    [undefined, 'name-missing'],
    ['', 'name-missing'],
    [7, 'name-invalid'],
    ['$identify', 'name-invalid'],
    ['a b', 'name-invalid'],
    ['a'.repeat(101), 'name-invalid'],
  ])('%j rejects the event', (name, code) => {
    expect(rejected({ name }).issues).toMatchObject([{ field: 'name', code }]);
  });

  test.each(['Call_14255551234', 'jane_doe_shop_example'])(
    "rejects the event when it is the shopper's, and is not kept (%s)",
    (name) => {
      const rejection = rejected({ name, id: 'a', user: { email: 'jane.doe@shop.example', phone: '+1 425 555 1234' } });
      expect(rejection).toMatchObject({ id: 'a', issues: [{ field: 'name', code: 'name-is-personal' }] });
      expect(JSON.stringify(rejection)).not.toContain(name);
      expect(accepted({ name }).name).toBe(name);
    },
  );

  test('is never personal when it is a standard name', () => {
    expect(accepted({ name: 'page_view', user: { email: 'page@view' } }).name).toBe('PageView');
  });
});

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

describe('a person', () => {
  test('is stored only as hashes', () => {
    const event = accepted({ user: { email: ' Jane.Doe+x@Example.com', phone: '+1 (425) 555-1234', externalId: 'cust-7' } });
    expect(event.identity).toEqual({
      forms: {
        emailMicrosoft: sha256('janedoe@example.com'),
        emailPlain: sha256('jane.doe+x@example.com'),
        emailGoogle: sha256('jane.doe+x@example.com'),
        phoneE164: sha256('+14255551234'),
        phoneDigits: sha256('14255551234'),
      },
      externalId: sha256('cust-7'),
      clickIds: {},
    });
    expect(event.warnings).toEqual([]);
  });

  test('has hashes of name, gender, date of birth and address, and nothing of them that can be read', () => {
    const address = { street: ' 12 Example Street', city: 'St. Louis', state: 'Missouri', zip: '63101-1234', country: 'us' };
    const person = { firstName: 'Valéry', lastName: "O'Brien-Smith", gender: 'Female', dateOfBirth: '1997-02-16' };
    const event = accepted({ user: { ...person, address } });
    expect(event.identity.forms).toEqual({
      firstNameLetters: sha256('valéry'),
      firstNamePlain: sha256('valéry'),
      lastNameLetters: sha256('obriensmith'),
      lastNamePlain: sha256("o'brien-smith"),
      gender: sha256('f'),
      genderPinterest: sha256('f'),
      dateOfBirth: sha256('19970216'),
      street: sha256('12 example street'),
      city: sha256('stlouis'),
      state: sha256('mo'),
      zip: sha256('63101'),
      zipDigits: sha256('63101'),
      country: sha256('us'),
    });
    expect(event.warnings).toEqual([]);
    expect(event.client).toEqual({});
  });

  test("has the country that the shop states, and not that of a browser's request", () => {
    expect(accepted({ user: { country: 'DE' } }).identity.forms).toEqual({ country: sha256('de') });
    const requester: SubmissionContext = { ...browserContext, country: 'US' };
    expect(accepted({ user: { country: 'DE' } }, { requester }).identity.forms).toEqual({});
    expect(accepted({ user: { address: { country: 'DE' } } }, { requester }).identity.forms).toEqual({ country: sha256('de') });
  });

  test.each([
    [{ firstName: { a: 1 } }, 'user.firstName wrong-type'],
    [{ lastName: '---', firstName: 'null' }, undefined],
    [{ gender: 'purple' }, 'user.gender malformed'],
    [{ dateOfBirth: '2/3/1997' }, 'user.dateOfBirth malformed'],
    [{ dateOfBirth: sha256('') }, 'user.dateOfBirth malformed'],
    [{ address: 'Main Street' }, 'user.address wrong-type'],
    [{ address: { city: '!?', zip: 'x'.repeat(9_000) } }, 'user.address.zip too-long', 'user.address.city malformed'],
    [{ address: { country: 'Atlantis' } }, 'user.address.country malformed'],
  ])('loses a value that supports other identifiers if it is malformed: %j', (user, ...warnings) => {
    expect(codes(accepted({ user }))).toEqual(warnings.filter((one) => one !== undefined));
  });

  test('has no hash at all if consent is denied', () => {
    const user = { firstName: 'Jane', address: { city: 'Redmond' }, dateOfBirth: '1997-02-16' };
    expect(accepted({ user, consent: { adStorage: 'denied' } }).identity).toEqual({ forms: {}, clickIds: {} });
  });

  test('is identified by submitted hashes in any of the fields, in lower case', () => {
    const email = sha256('a@shop.example');
    const phone = sha256('+14255551234');
    const forms = { emailGiven: email, phoneGiven: phone };
    expect(accepted({ user: { email: email.toUpperCase(), phone } }).identity.forms).toEqual(forms);
    expect(accepted({ user: { emailSha256: email, phoneSha256: phone.toUpperCase() } }).identity.forms).toEqual(forms);
  });

  test.each(['', '  ', 'null', 'undefined', null])('is unknown, without a warning, when the fields hold %j', (blank) => {
    const user = { email: blank, phone: blank, emailSha256: blank, phoneSha256: blank, externalId: blank, anonymousId: blank };
    const event = accepted({ user });
    expect(event.identity).toEqual({ forms: {}, clickIds: {} });
    expect(event.warnings).toEqual([]);
  });

  test('loses only malformed fields', () => {
    const event = accepted({
      user: {
        email: 'jane',
        phone: '555',
        emailSha256: 'x',
        phoneSha256: 7,
        externalId: {},
        idfa: 'x',
        country: 'USA',
        ip: '1.2.3',
      },
    });
    expect(event.identity).toEqual({ forms: {}, clickIds: {} });
    expect(codes(event).sort()).toEqual([
      'user.country malformed',
      'user.email email-malformed',
      'user.emailSha256 hash-malformed',
      'user.externalId wrong-type',
      'user.idfa malformed',
      'user.ip malformed',
      'user.phone phone-not-possible',
      'user.phoneSha256 hash-malformed',
    ]);
  });

  test("has a national number parsed with the person's country, otherwise with the site's", () => {
    const site = { ...shop, defaultCountry: 'US' };
    expect(accepted({ user: { phone: 4255551234 } }, { site }).identity.forms.phoneE164).toBe(sha256('+14255551234'));
    expect(accepted({ user: { phone: '20123456', country: 'dk' } }, { site }).identity.forms.phoneE164).toBe(
      sha256('+4520123456'),
    );
  });

  test('keeps advertising ids unless they are all zeros', () => {
    const idfa = 'AEBE52E7-03EE-455A-B3C4-E57283966239';
    const event = accepted({ user: { idfa, gaid: '00000000-0000-0000-0000-000000000000' } });
    expect(event.identity.idfa).toBe(idfa.toLowerCase());
    expect(event.identity).not.toHaveProperty('gaid');
    expect(event.identity.forms).toEqual({ idfa: sha256(idfa.toLowerCase()) });
    expect(event.warnings).toEqual([]);
  });

  test('is never identified by a visitor id or an order id that is an e-mail address', () => {
    const event = accepted({
      user: { anonymousId: 'jane@shop.example' },
      commerce: { orderId: 'jane@shop.example', value: 1, currency: 'usd' },
    });
    expect(event.identity).not.toHaveProperty('anonymousId');
    expect(event.commerce).toEqual({ value: 1, currency: 'USD' });
    expect(event.id).toBe('fresh-1');
    expect(codes(event)).toEqual(['commerce.orderId id-is-personal', 'user.anonymousId id-is-personal']);
    expect(JSON.stringify(event)).not.toContain('jane');
  });
});

describe('the client', () => {
  test('is described by a server in `user`', () => {
    const event = accepted({ user: { ip: '::ffff:203.0.113.42', userAgent: 'Mozilla/5.0 (Macintosh) Safari/1', country: 'uk' } });
    expect(event.client).toEqual({ ip: '203.0.113.42', userAgent: 'Mozilla/5.0 (Macintosh) Safari/1', country: 'GB' });
    expect(event.bot).toBe(false);
  });

  test.each([
    '10.0.0.1',
    '127.0.0.1',
    '192.168.1.1',
    '100.64.0.1',
    '169.254.1.1',
    '::1',
    'fd00::1',
    'fe80::1',
    '::ffff:10.0.0.1',
    '198.18.0.1',
    '0.0.0.0',
    '240.0.0.1',
    'ff02::1',
  ])('has no address when the submitted one is private or reserved (%s)', (ip) => {
    const event = accepted({ user: { ip } });
    expect(event.client).toEqual({});
    expect(codes(event)).toEqual(['user.ip address-not-public']);
  });

  test("is a bot when the agent is a crawler's", () => {
    expect(accepted({ user: { userAgent: 'Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)' } }).bot).toBe(
      true,
    );
  });

  test("is the sender of a browser's request, not the client in its body", () => {
    const requester: SubmissionContext = {
      ...browserContext,
      ip: '198.51.100.7',
      userAgent: 'Mozilla/5.0 (X11) Firefox/133.0',
      country: 'US',
      visitor: clickId,
      newVisitor: 'fresh',
      cookies: { _uetvid: `${other}|x` },
    };
    const user = { ip: '203.0.113.42', userAgent: 'Googlebot', country: 'DE', anonymousId: 'from-body' };
    const event = accepted({ user }, { requester });
    expect(event.client).toEqual({ ip: '198.51.100.7', userAgent: 'Mozilla/5.0 (X11) Firefox/133.0', country: 'US' });
    expect(event.identity).toMatchObject({ anonymousId: clickId, browserIds: { _uetvid: other } });
    expect(event.bot).toBe(false);
    expect(accepted({ user }, { requester: browserContext }).client).toEqual({});
    expect(accepted({ user }, { requester: { ...browserContext, newVisitor: 'fresh' } }).identity.anonymousId).toBe('from-body');
    expect(accepted({}, { requester: { ...browserContext, newVisitor: 'fresh' } }).identity.anonymousId).toBe('fresh');
  });
});

describe('the address of a cookie', () => {
  const client = (_fbi: string) => accepted({}, { requester: { ...browserContext, cookies: { _fbi } } }).client;

  test('is public and canonical, and is stored apart from the address of the request', () => {
    expect(client('2001:DB8::7.AQQCAQAA')).toEqual({ cookieAddresses: { _fbi: '2001:db8::7' } });
    for (const cookie of ['10.0.0.1', '192.168.1.9.AQQCAQAA', 'fe80::1', '::1', '999.1.1.1', ':::', 'abcd', '203.0.113.42,x'])
      expect(client(cookie), cookie).toEqual({});
  });
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

describe('money', () => {
  test('is read from numbers and numeric strings', () => {
    const items = [{ id: 7, price: '99.90', quantity: '2' }, { price: 0.1 + 0.2, quantity: 1.5 }, 'x'];
    const event = accepted({ commerce: { value: '125.40', currency: ' eur ', items } });
    expect(event.commerce).toEqual({
      value: 125.4,
      currency: 'EUR',
      items: [{ id: '7', price: 99.9, quantity: 2 }, { price: 0.1 + 0.2 }],
    });
    expect(codes(event)).toEqual(['commerce.items.1.quantity malformed', 'commerce.items.2 wrong-type']);
  });

  test('below zero is kept with a warning on a purchase', () => {
    const commerce = { value: -5, currency: 'USD' };
    expect(codes(accepted({ commerce }))).toEqual(['commerce.value value-negative']);
    expect(accepted({ commerce }).commerce).toEqual(commerce);
    expect(codes(accepted({ name: 'Refund', commerce }))).toEqual([]);
  });

  test("takes the site's currency when it has none", () => {
    const site = { ...shop, defaultCurrency: 'USD' };
    expect(accepted({ commerce: { value: 1 } }, { site }).commerce).toEqual({ value: 1, currency: 'USD' });
    expect(accepted({ commerce: { value: 1, currency: 'EUR' } }, { site }).commerce.currency).toBe('EUR');
    expect(accepted({ commerce: { items: [{ price: 1 }] } }, { site }).commerce.currency).toBe('USD');
    expect(accepted({ commerce: { orderId: '1' } }, { site }).commerce).toEqual({ orderId: '1' });
  });

  test('is dropped with a warning without any currency', () => {
    const event = accepted({ commerce: { value: 1, orderId: '1' } });
    expect(event.commerce).toEqual({ orderId: '1' });
    expect(codes(event)).toEqual(['commerce.currency currency-missing']);
  });

  test.each(['1,50', 'USD 5', {}, true, Number.POSITIVE_INFINITY, '1e5'])(
    'loses only the value when that is no number (%j)',
    (value) => {
      const event = accepted({ commerce: { value, currency: 'USD', orderId: '1' } });
      expect(event.commerce).toEqual({ currency: 'USD', orderId: '1' });
      expect(event.warnings).toHaveLength(1);
    },
  );

  test("is dropped when it is the shopper's phone number in the wrong field", () => {
    const event = accepted({
      user: { phone: '+1 425 555 1234' },
      goal: { value: 14255551234 },
      commerce: {
        value: '4255551234',
        currency: 'USD',
        items: [{ price: 4255551234, quantity: 14255551234 }, { price: 4255551 }],
        hotel: { totalPrice: 4255551234, basePrice: 4255551235 },
      },
    });
    expect(event.goal).toEqual({});
    expect(event.commerce).toEqual({ currency: 'USD', items: [{}, { price: 4255551 }], hotel: { basePrice: 4255551235 } });
    expect(codes(event)).toEqual([
      'commerce.value personal-removed',
      'commerce.items.0.price personal-removed',
      'commerce.items.0.quantity personal-removed',
      'commerce.hotel.totalPrice personal-removed',
      'goal.value personal-removed',
    ]);
  });

  test("includes a hotel's dates and nights", () => {
    const hotel = {
      totalPrice: '250.5',
      basePrice: 200,
      checkinDate: '2026-12-01',
      checkoutDate: '2026-02-30',
      lengthOfStay: '4',
      partnerHotelId: 9,
      bookingHref: 'b1',
    };
    const event = accepted({ commerce: { currency: 'USD', hotel } });
    expect(event.commerce.hotel).toEqual({
      totalPrice: 250.5,
      basePrice: 200,
      checkinDate: '2026-12-01',
      lengthOfStay: 4,
      partnerHotelId: '9',
      bookingHref: 'b1',
    });
    expect(codes(event)).toEqual(['commerce.hotel.checkoutDate malformed']);
  });

  test('has at most 200 items', () => {
    const event = accepted({ commerce: { items: Array.from({ length: 201 }, (_, id) => ({ id })) } });
    expect(event.commerce.items).toHaveLength(200);
    expect(codes(event)).toEqual(['commerce.items too-many']);
  });
});

describe('a page', () => {
  test('is kept without blank fields and without credentials in its URL', () => {
    const loadId = 'BCF3000B-65FA-4CD2-808A-8A6CF2B1D0A5';
    const event = accepted({
      page: {
        url: 'https://jane:pw@shop.example/a?b=1#c',
        referrer: '',
        title: ' Thanks ',
        keywords: 'a,b',
        loadId,
        browserTag: 'Blocked',
      },
    });
    expect(event.page).toEqual({
      url: 'https://shop.example/a?b=1#c',
      title: 'Thanks',
      keywords: 'a,b',
      loadId: loadId.toLowerCase(),
      browserTags: { microsoft: 'blocked' },
    });
    expect(event.warnings).toEqual([]);
  });

  test("has the tag state `none` if the site's tag is off and `ran` otherwise, when it states none", () => {
    expect(accepted({}).page).toEqual({ browserTags: { microsoft: 'none' } });
    expect(accepted({}, { site: { ...shop, tags: { microsoft: { mode: 'attach' } } } }).page).toEqual({
      browserTags: { microsoft: 'ran' },
    });
  });

  test('has the tag state `none` if the pixel does not load the tag of a platform that the gateway simulates', () => {
    const simulated = { id: 'sim', destination: 'microsoft', enabled: true, settings: {}, isSimulated: true } as const;
    const getState = (mode: 'attach' | 'load', connections: readonly Connection[]) =>
      accepted({}, { site: { ...shop, tags: { microsoft: { mode } }, connections } }).page.browserTags?.microsoft;
    expect(getState('load', [simulated])).toBe('none');
    expect(getState('load', [{ ...simulated, enabled: false }])).toBe('ran');
    expect(getState('load', [simulated, { id: 'real', destination: 'microsoft', enabled: true, settings: {} }])).toBe('ran');
    // The page itself loads an attached tag.
    expect(getState('attach', [simulated])).toBe('ran');
  });

  test("has each tag's state by destination, and Microsoft's also by its earlier name", () => {
    const tags = (page: object) => accepted({ page }).page.browserTags;
    expect(tags({ browserTags: { microsoft: 'RAN', unheard: 'ran' } })).toEqual({ microsoft: 'ran' });
    expect(tags({ browserTag: 'ran', browserTags: { microsoft: 'blocked' } })).toEqual({ microsoft: 'blocked' });
    expect(tags({ browserTag: 'ran', browserTags: {} })).toEqual({ microsoft: 'ran' });
    expect(tags(JSON.parse('{"browserTags": {"__proto__": "ran", "constructor": "ran"}}'))).toEqual({ microsoft: 'none' });
    const event = accepted({ page: { browserTags: { microsoft: '<img>' } } });
    expect(event.page.browserTags).toEqual({ microsoft: 'none' });
    expect(codes(event)).toEqual(['page.browserTags.microsoft malformed']);
    expect(codes(accepted({ page: { browserTags: 'ran' } }))).toEqual(['page.browserTags wrong-type']);
  });

  test('loses only wrong fields, and the event is kept', () => {
    const event = accepted({
      page: { url: '/thanks', title: 7, keywords: ['a'], loadId: 'x', browserTag: 'maybe', referrer: 'x'.repeat(9_000) },
    });
    expect(event.page).toEqual({ browserTags: { microsoft: 'none' } });
    expect(codes(event)).toEqual([
      'page.url malformed',
      'page.referrer too-long',
      'page.title wrong-type',
      'page.keywords wrong-type',
      'page.loadId malformed',
      'page.browserTag malformed',
    ]);
  });

  test.each([
    ['https://shop.example/a b', 'https://shop.example/a%20b'],
    ['https:/shop.example/a', 'https://shop.example/a'],
    ['https:///shop.example/a', 'https://shop.example/a'],
    ['https:\\\\shop.example', 'https://shop.example/'],
    ['https://shop.example/ü?q=a%zz', 'https://shop.example/ü?q=a%zz'],
    ['android-app://com.example', 'android-app://com.example'],
  ])('has its URL rewritten when parsers read it differently (%j)', (url, plain) => {
    const event = accepted({ page: { url, referrer: url } });
    expect(event.page).toMatchObject({ url: plain, referrer: plain });
    expect(event.warnings).toEqual([]);
  });

  test.each(['https://shop.example\\', 'app://shop.example\\', 'app://shop.example/\\'])(
    'has no personal data after a backslash in its URL (%j)',
    (start) => {
      const user = { email: 'jane.doe@shop.example', phone: '+1 425 555 1234' };
      for (const secret of ['jane.doe@shop.example', '425-555-1234']) {
        const url = start + secret;
        const { page } = accepted({ user, page: { url, referrer: url } });
        expect(JSON.stringify(page)).not.toMatch(/jane|1234/);
      }
    },
  );

  test('may be on a host that looks like the e-mail address with a dot for the at sign', () => {
    expect(accepted({ user: { email: 'hello@shop.example' }, page: { url: 'https://hello.shop.example/' } }).page.url).toBe(
      'https://hello.shop.example/',
    );
  });
});

test('personal data is removed from every string, and the warnings name the fields', () => {
  const event = accepted({
    user: { email: 'Jane.Doe@Shop.example', phone: '+1 425 555 1234', userAgent: 'App/1 jane.doe@shop.example' },
    page: { url: 'https://shop.example/t/jane.doe%40shop.example?phone=9&a=1#email=z', title: 'Thanks 425-555-1234' },
    commerce: { searchTerm: 'joe@shop.example', items: [{ name: 'For JANE.DOE@shop.example', id: '14255551234' }] },
    goal: { label: 'jane doe shop example' },
    properties: {
      note: 'call (425) 5551234',
      contact: { email: 'x', telephone: 4255551234, Mobile: ['1'] },
      isMobile: true,
      'jane.doe@shop.example': 1,
    },
  });
  expect(event.page).toMatchObject({
    url: 'https://shop.example/t/[removed]?phone=[removed]&a=1#email=[removed]',
    title: 'Thanks [removed]',
  });
  expect(event.client.userAgent).toBe('App/1 [removed]');
  expect(event.commerce).toMatchObject({ searchTerm: '[removed]', items: [{ name: 'For [removed]', id: '[removed]' }] });
  expect(event.goal.label).toBe('[removed]');
  expect({ ...event.properties }).toEqual({
    note: 'call ([removed]',
    contact: { email: '[removed]', telephone: '[removed]', Mobile: '[removed]' },
    isMobile: true,
    '[removed]': 1,
  });
  expect(JSON.stringify(event).toLowerCase()).not.toMatch(/jane|joe|5551234/);
  expect(codes(event)).toContain('page.url personal-removed');
});

describe('properties', () => {
  test('lose keys that reach a prototype, and entries beyond a bound', () => {
    const input: unknown = JSON.parse(
      '{"__proto__":{"polluted":1},"constructor":1,"a":{"prototype":1,"b":[1,null,1e400]},"big":1}',
    );
    const event = accepted({ properties: Object.assign(Object(input), { big: 'x'.repeat(9_000), ['k'.repeat(129)]: 1 }) });
    expect(JSON.stringify(event.properties)).toBe('{"a":{"b":[1,null,null]}}');
    expect(codes(event)).toEqual(['properties over-bounds']);
    expect({}).not.toHaveProperty('polluted');
  });

  test('hold at most 2,000 keys', () => {
    const event = accepted({ properties: Object.fromEntries(Array.from({ length: 2_500 }, (_, n) => [`k${n}`, n])) });
    expect(Object.keys(event.properties)).toHaveLength(2_000);
    expect(codes(event)).toEqual(['properties over-bounds']);
  });

  test('hold lists and numbers within the same allowance as texts', () => {
    const sizes = [Array(300_000).fill(1), Array(300_000).fill([])].map((list: unknown[]) => {
      const event = accepted({ properties: { list } });
      expect(codes(event)).toEqual(['properties over-bounds']);
      return JSON.stringify(event.properties).length;
    });
    expect(Math.max(...sizes)).toBeLessThan(400_000);
    expect(accepted({ properties: { list: Array(1_000).fill(123.45) } }).warnings).toEqual([]);
  });

  test('share one allowance with all other texts of the event', () => {
    const event = accepted({
      properties: Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`k${n}`, 'x'.repeat(8_000)])),
    });
    expect(JSON.stringify(event).length).toBeLessThan(140_000);
    expect(codes(event)).toEqual(['properties over-bounds']);
  });

  test('are dropped when they are no object', () => {
    expect(codes(accepted({ properties: [1] }))).toEqual(['properties wrong-type']);
  });
});

describe('a denied event', () => {
  const full = {
    id: 'ord-1',
    user: {
      email: 'jane@shop.example',
      externalId: 'c',
      anonymousId: 'v',
      ip: '203.0.113.42',
      userAgent: 'Mozilla/5.0 (X11) Firefox/133.0',
      country: 'DE',
      idfa: 'AEBE52E7-03EE-455A-B3C4-E57283966239',
    },
    page: {
      url: `https://shop.example/a?msclkid=${clickId}#x`,
      referrer: 'https://www.bing.com/?q=x',
      title: 'T',
      browserTag: 'ran',
    },
    clickIds: { gclid: 'x' },
    commerce: { value: 5, currency: 'EUR', orderId: '1001', items: [{ id: 'a' }], hotel: { lengthOfStay: 2, bookingHref: 'b1' } },
    goal: { label: 'l' },
    properties: { a: 1 },
  };

  test("keeps that it happened, its page, its value and the tag's state, and nothing of the shopper", () => {
    expect(accepted({ ...full, consent: { adStorage: 'denied', source: 'tcf', explicit: true } })).toEqual({
      v: 1,
      site: 'shop',
      reporter: 'server',
      name: 'Purchase',
      id: 'ord-1',
      time: now,
      receivedAt: now,
      consent: { stated: 'denied', effective: 'denied', source: 'tcf' },
      identity: { forms: {}, clickIds: {} },
      client: {},
      page: { url: 'https://shop.example/a', referrer: 'https://www.bing.com/', browserTags: { microsoft: 'ran' } },
      commerce: { value: 5, currency: 'EUR', items: [{ id: 'a' }], hotel: { lengthOfStay: 2 } },
      goal: {},
      properties: {},
      bot: false,
      deniedId: sha256('fresh-1').slice(0, 32),
      warnings: [],
    });
  });

  const regional: Site = { ...shop, consent: { policy: 'regional' } };

  test('results from a browser without a statement in a region that asks, or with GPC', () => {
    expect(accepted(full, { site: regional, requester: { ...browserContext, country: 'DE' } }).deniedId).toMatch(
      /^[0-9a-f]{32}$/,
    );
    expect(accepted(full, { site: regional, requester: browserContext }).deniedId).toBeDefined();
    expect(accepted(full, { site: regional, requester: { ...browserContext, country: 'US' } }).deniedId).toBeUndefined();
    expect(accepted(full, { requester: { ...browserContext, gpc: true } }).deniedId).toBeDefined();
  });

  test('does not result from a server without a statement: that event is pending, complete', () => {
    const event = accepted(full, { site: regional });
    expect(event.consent).toEqual({ stated: 'unknown', effective: 'pending' });
    expect(event.identity.forms).toHaveProperty('emailMicrosoft');
    expect(event).not.toHaveProperty('deniedId');
  });

  test("uses a server's country from the user, otherwise the site's default", () => {
    const site = { ...regional, defaultCountry: 'US' };
    expect(accepted({}, { site }).consent.effective).toBe('granted');
    expect(accepted({ user: { country: 'FR' } }, { site }).consent.effective).toBe('pending');
    expect(accepted({}, { site, requester: browserContext }).consent.effective).toBe('denied');
    expect(accepted({}, { site: { ...regional, defaultCountry: 'EU' } }).consent.effective).toBe('pending');
  });

  test("does not use the site's default country when the site counts a missing country as unknown", () => {
    const consent = { policy: 'regional', missingCountry: 'unknown' } as const;
    const site = { ...regional, consent, defaultCountry: 'US' };
    expect(accepted({}, { site }).consent.effective).toBe('pending');
    expect(accepted({ user: { country: 'US' } }, { site }).consent.effective).toBe('granted');
    const phone = accepted({ user: { phone: '4255551234' } }, { site }).identity.forms.phoneE164;
    expect(phone).toBe(sha256('+14255551234'));
    const asBefore = { ...site, consent: { ...consent, missingCountry: 'default-country' } } as const;
    expect(accepted({}, { site: asBefore }).consent.effective).toBe('granted');
  });

  test.each([{ customerTags: 'vip' }, { address: { zipcode: '98052' } }, { email: 1 }])(
    'does not result from a problem elsewhere in the user (%j)',
    (user) => {
      const event = accepted({ user }, { site: { ...regional, defaultCountry: 'US' } });
      expect(event.consent).toEqual({ stated: 'unknown', effective: 'granted' });
      expect(event.warnings).toHaveLength(1);
    },
  );

  test.each([
    ...[{ country: 'XX' }, { country: 'ZZ' }, { country: 'EU' }, { country: 'T1' }, { country: 276 }, 'x'],
    ...[{ Country: 'DE' }, { countryCode: 'DE' }, { contry: 'DE' }],
  ])('results from an unreadable or misspelt country, which may be any and not the default (%j)', (user) => {
    const site = { ...regional, defaultCountry: 'US' };
    const event = accepted({ user }, { site });
    expect(event.consent.effective).toBe('pending');
    expect(event.client).toEqual({});
    expect(codes(event)).toHaveLength(2);
    expect(codes(event)).toContain('consent consent-missing');
  });

  test.each([
    ['states no choice', {}, true],
    ['states a source alone', { consent: { source: 'server' } }, true],
    ['names a visitor by an e-mail address', { user: { anonymousId: 'jane@shop.example' } }, true],
    ['states a choice', { consent: { adStorage: 'denied' } }, false],
    ['states an unreadable choice', { consent: { adStorage: 'D' } }, false],
    ['names a visitor', { user: { anonymousId: 'v1' } }, false],
    ['names a checkout', { commerce: { checkoutId: 'c1' } }, false],
    ['comes from a country that does not ask', { user: { country: 'US' } }, false],
  ])('is announced to a server whose event %s, if the policy counts a missing choice as denied', (_, given, warns) => {
    const event = accepted(given, { site: regional });
    expect(codes(event).includes('consent consent-missing')).toBe(warns);
    const [found] = event.warnings.filter(({ code }) => code === 'consent-missing');
    if (warns) expect(found?.message).toMatch(/within 90 s, .*`consent-denied`.* Send `consent`, or .*`user\.anonymousId`/);
    for (const reporter of ['browser', 'webhook'] as const)
      expect(codes(accepted(given, { site: regional, requester: { reporter, gpc: false } }))).not.toContain(
        'consent consent-missing',
      );
  });

  test('may have a national phone number, parsed with the default country', () => {
    const event = accepted({ user: { country: 'XX', phone: '4255551234' } }, { site: { ...regional, defaultCountry: 'US' } });
    expect(event.identity.forms.phoneE164).toBe(sha256('+14255551234'));
  });

  test('results from a browser whose country the proxy does not know', () => {
    const event = accepted({}, { site: regional, requester: { ...browserContext, country: 'XX' } });
    expect(event.consent.effective).toBe('denied');
  });

  test.each([
    [{ adStorage: false }, 'consent.adStorage wrong-type'],
    [{ adStorage: 'D' }, 'consent.adStorage malformed'],
    [{ adStorage: 'revoked' }, 'consent.adStorage malformed'],
    [{ adStorage: 'null' }, 'consent.adStorage malformed'],
    [{ adStorage: 'x'.repeat(200_000) }, 'consent.adStorage event-too-long'],
    ['denied', 'consent wrong-type'],
    [false, 'consent wrong-type'],
  ])('results from an unreadable statement under any policy (%#)', (consent, warning) => {
    expect(shop.consent.policy).toBe('granted');
    const event = accepted({ consent });
    expect(event.consent).toEqual({ stated: 'unknown', effective: 'pending' });
    expect(codes(event)).toEqual([warning]);
    expect(accepted({ consent }, { requester: browserContext }).deniedId).toBeDefined();
  });

  test.each([
    { consent: { ad_storage: 'denied' } },
    { consent: { marketing: false } },
    { consent: { adStorage: null, AdStorage: 'denied' } },
    { consent: { adUserData: 'granted', state: 'denied' } },
    { Consent: { adStorage: 'denied' } },
    { marketingConsent: false, consent: { source: 'server' } },
    ...[{ consent_state: 'opt-out' }, { consentGiven: 0 }, { consentMode: 'G100' }, { consentUpdate: 'denied' }],
    ...[{ consentGroups: 'C0001:1,C0004:0' }, { consents: '{"ad_storage":"denied"}' }, { consentAt: { ads: false } }],
  ])('results under any policy from a choice under an unknown key, which may be a denial (%j)', (given) => {
    const event = accepted(given);
    expect(event.consent).toMatchObject({ stated: 'unknown', effective: 'pending' });
    expect(codes(event)).toContain('consent.adStorage malformed');
    expect(accepted(given, { requester: browserContext }).deniedId).toBeDefined();
  });

  test('does not result from an unknown key beside a readable choice, which still denies the use that it resembles', () => {
    const granted = { stated: 'granted', effective: 'granted' };
    expect(accepted({ consent: { adStorage: 'granted', updatedAt: 1 }, consentVersion: 2 }).consent).toEqual(granted);
    const event = accepted({ consent: { adStorage: 'granted', ad_user_data: 'denied', adPersonalisation: 'denied' } });
    expect(event.consent).toEqual({ ...granted, adUserData: 'denied', adPersonalization: 'denied' });
    expect(codes(event)).toEqual(['consent key-unknown', 'consent.adUserData malformed', 'consent.adPersonalization malformed']);
    expect(accepted({ consent: { adStorage: 'granted', isExplicit: false } }, { site: regional }).consent.effective).toBe(
      'pending',
    );
    expect(accepted({ content: 1, contents: [] }, { site: { ...regional, defaultCountry: 'US' } }).consent.effective).toBe(
      'granted',
    );
  });

  test('does not result from a version, an id or a time of a consent', () => {
    const given = { consentVersion: '2.1', cookieConsentId: 'c-4711', consent_at: 1_795_514_400_000, myConsent: null };
    expect(accepted(given).consent).toEqual({ stated: 'unknown', effective: 'granted' });
  });

  test.each([undefined, null, {}, { adStorage: null }, { adStorage: ' ' }])(
    'does not result from an empty statement (%j)',
    (consent) => {
      expect(accepted({ consent }).consent).toEqual({ stated: 'unknown', effective: 'granted' });
    },
  );

  test.each(['nope', 0, {}])("results from a grant that may be a tool's default (%j)", (explicit) => {
    const consent = { adStorage: 'granted', explicit };
    expect(accepted({ consent }, { site: regional }).consent).toEqual({ stated: 'unknown', effective: 'pending' });
    expect(accepted({ consent }, { requester: { ...browserContext, gpc: true } }).deniedId).toBeDefined();
  });
});
