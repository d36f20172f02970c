import { describe, expect, test } from 'vitest';
import type { Site } from '../../event/site.ts';
import { sha256 } from '../../identity/hashing.ts';
import { browserContext, now, serverContext, shop } from '../site.fixture.ts';
import { accepted, clickId, codes, tallied } from './accept.fixture.ts';
import type { SubmissionContext } from './accept.ts';

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

  test('is counted with its country, which it does not keep', () => {
    const from = (more: object, context: SubmissionContext = { ...browserContext, country: 'DE' }) =>
      tallied({ ...full, ...more }, context);
    const consent = { adStorage: 'denied', source: 'tcf', version: '28.134', explicit: true };
    expect(from({ consent })).toEqual({ country: 'DE', source: 'tcf', version: '28.134', choice: 'denied' });
    expect(JSON.stringify(accepted({ ...full, consent }, { requester: { ...browserContext, country: 'DE' } }))).not.toMatch(
      /DE|28/,
    );
    expect(from({}, browserContext)).toEqual({ country: '', source: 'none', version: '', choice: 'unknown' });
    expect(from({}, { ...browserContext, gpc: true })).toMatchObject({ source: 'gpc', choice: 'denied' });
    expect(from({ consent: { adStorage: 'granted', source: 'gcm', explicit: false } })).toMatchObject({
      source: 'gcm',
      choice: 'unknown',
    });
    expect(from({ consent: { ...consent, source: 'server', version: 'v2' } })).toMatchObject({ source: 'call' });
    expect(from({ consent }, serverContext)).toEqual({ country: '', source: 'server', version: '', choice: 'denied' });
  });

  test('is not counted from a crawler, or as a record of the shop', () => {
    const crawler = { ...browserContext, userAgent: 'Googlebot/2.1 (+http://www.google.com/bot.html)' };
    expect(tallied(full, crawler)).toBeUndefined();
    expect(tallied(full, { ...serverContext, reporter: 'webhook', notSent: 'offline-order' })).toBeUndefined();
  });

  test.each(['jane@shop.example', 'x'.repeat(17), '14255550100', 'b171a9b06ce011ec', 'a b', '-', 7, {}])(
    'has no banner version of the form %j',
    (version) => {
      expect(tallied({ consent: { adStorage: 'denied', version } }, browserContext)?.version).toBe(version === 7 ? '7' : '');
    },
  );

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

  test("does not use the site's default country when the tables put the stated address in the EEA", () => {
    const site = { ...regional, defaultCountry: 'US' };
    const countries: Readonly<Record<string, string>> = { '217.0.0.1': 'DE', '18.9.22.69': 'CA' };
    const lookUpCountry = (address: string) => countries[address];
    const accept = (user: object, consent: Site['consent'] = { policy: 'regional' }) =>
      accepted({ user }, { site: { ...site, consent }, requester: { reporter: 'server', gpc: false, lookUpCountry } });
    expect(accept({ ip: '217.0.0.1' }).consent.effective).toBe('pending');
    expect(accept({ ip: '::ffff:217.0.0.1' }).consent.effective).toBe('pending');
    expect(accept({ ip: '217.0.0.1', country: 'US' }).consent.effective).toBe('granted');
    expect(accept({ ip: '203.0.113.42' }).consent.effective).toBe('granted');
    // The address may be that of the server's own proxy, so it never grants.
    expect(accept({ ip: '18.9.22.69' }, { policy: 'regional', missingCountry: 'unknown' }).consent.effective).toBe('pending');
    expect(accept({ ip: '217.0.0.1' }).client).not.toHaveProperty('country');
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
