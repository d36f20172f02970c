import { describe, expect, test } from 'vitest';
import { sha256 } from '../../identity/hashing.ts';
import { browserContext, shop } from '../site.fixture.ts';
import { accepted, clickId, codes, other } from './accept.fixture.ts';
import type { SubmissionContext } from './accept.ts';

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
