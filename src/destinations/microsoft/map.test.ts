import fc from 'fast-check';
import { expect, test } from 'vitest';
import { eventArbitrary, eventFixture } from '../kit/event.fixture.ts';
import { map } from './map.ts';
import { payload as schema } from './payload.ts';
import { settings } from './settings.ts';

const defaults = settings.parse({ tagId: '1', token: 't' });
const sendAll = settings.parse({ tagId: '1', token: 't', pageLoads: 'always', whenDenied: 'send-denied' });
const visitor = { anonymousId: 'b171a9b06ce011ecafcd1b209be8601b' };

function mapInput(input: object, by = defaults) {
  const result = map(eventFixture.parse({ name: 'Lead', id: 'l-1', time: 1_795_514_398_765, identity: visitor, ...input }), by);
  if (!('payload' in result)) throw new Error(`not mapped: ${JSON.stringify(result)}`);
  return { ...result.payload, issueCodes: result.issues.map(({ field, code }) => `${field} ${code}`), issues: result.issues };
}

test('§2.14 a URL that is too long is sent without its query, and not at all if it is still too long', () => {
  const { eventSourceUrl, referrerUrl, issueCodes } = mapInput({
    page: { url: `https://shop.example/a?q=${'x'.repeat(2_048)}`, referrer: `https://shop.example/${'x'.repeat(2_048)}?q=1` },
  });
  expect(eventSourceUrl).toBe('https://shop.example/a');
  expect(referrerUrl).toBeUndefined();
  expect(issueCodes).toEqual(['page.url url-shortened', 'page.referrer url-invalid']);
});

test('§2.14 a URL of exactly 2048 characters is sent unchanged', () => {
  const url = `https://shop.example/?q=${'x'.repeat(2_024)}`;
  expect(url).toHaveLength(2_048);
  expect(mapInput({ page: { url } })).toMatchObject({ eventSourceUrl: url, issueCodes: [] });
});

test("§2.14 texts are truncated to Convey's limits, each with an issue", () => {
  const long = 'y'.repeat(5_000);
  const { userData, customData, pageTitle, keywords, issueCodes } = mapInput({
    client: { userAgent: long },
    page: { title: long, keywords: long },
    commerce: { category: long, searchTerm: long, items: [{ name: long }] },
    goal: { category: long, label: long },
  });
  expect(userData.clientUserAgent).toHaveLength(1_024);
  expect(pageTitle).toHaveLength(512);
  expect(keywords).toHaveLength(512);
  expect(customData?.searchTerm).toHaveLength(512);
  expect(customData?.ecommCategory).toHaveLength(100);
  expect(customData?.eventCategory).toHaveLength(100);
  expect(customData?.eventLabel).toHaveLength(100);
  expect(customData?.items).toEqual([{ name: 'y'.repeat(100) }]);
  expect(issueCodes).toHaveLength(8);
  expect(issueCodes).toContain('commerce.items[0].name text-shortened');
});

test('§2.14 an id that is too long is not sent: a part of it would be another id', () => {
  const { customData, issueCodes } = mapInput({
    commerce: {
      orderId: 'o'.repeat(129),
      items: [{ id: 'i'.repeat(101) }, { id: 'i'.repeat(100) }],
      hotel: { partnerHotelId: 'h'.repeat(101), bookingHref: 'b'.repeat(101) },
    },
  });
  expect(customData).toEqual({ items: [{ id: 'i'.repeat(100) }], itemIds: ['i'.repeat(100)] });
  expect(issueCodes).toEqual([
    'commerce.items[0].id id-too-long',
    'commerce.orderId id-too-long',
    'commerce.hotel.partnerHotelId id-too-long',
    'commerce.hotel.bookingHref id-too-long',
  ]);
});

test('§2.14 an id of exactly 128 characters is sent, and one of 129 is not', () => {
  const [fits, tooLong] = ['o'.repeat(128), 'o'.repeat(129)];
  const whole = mapInput({ id: fits, identity: { anonymousId: fits }, commerce: { orderId: fits } });
  expect(whole).toMatchObject({
    eventId: fits,
    userData: { anonymousId: fits },
    customData: { transactionId: fits },
    issueCodes: [],
  });
  const { issueCodes, ...payload } = mapInput({
    identity: { anonymousId: tooLong, idfa: 'bcf3000b-65fa-4cd2-808a-8a6cf2b1d0a5' },
    commerce: { orderId: tooLong, value: 1, currency: 'USD' },
  });
  expect(JSON.stringify(payload.userData) + JSON.stringify(payload.customData)).not.toContain(tooLong.slice(0, 100));
  expect(payload.customData).toEqual({ value: 1, currency: 'USD' });
  expect(issueCodes).toEqual(['user.anonymousId id-too-long', 'commerce.orderId id-too-long']);
});

test("§2.14 Microsoft's schema, as Convey reads it, accepts ids of 128 characters and refuses 129", () => {
  const { issueCodes, issues, ...lead } = mapInput({});
  for (const [length, fits] of [
    [128, true],
    [129, false],
  ] as const) {
    const id = 'o'.repeat(length);
    const parts = [
      { eventId: id },
      { userData: { anonymousId: id } },
      { userData: { externalId: id } },
      { customData: { transactionId: id } },
    ];
    for (const part of parts) expect([length, schema.safeParse({ ...lead, ...part }).success]).toEqual([length, fits]);
  }
});

test('§4.7 a number of 2,147,483,647 is sent, and one more is left out while its event is sent', () => {
  const counted = (number: number) => {
    const commerce = { items: [{ id: 's', quantity: number }], hotel: { basePrice: 1, lengthOfStay: number } };
    const { issueCodes, issues, ...payload } = mapInput({ commerce });
    expect(schema.safeParse(payload).error).toBeUndefined();
    return { issueCodes, items: payload.customData?.items, hotel: payload.customData?.hotelData };
  };
  expect(counted(2_147_483_647)).toEqual({
    issueCodes: [],
    items: [{ id: 's', quantity: 2_147_483_647 }],
    hotel: { basePrice: 1, lengthOfStay: 2_147_483_647 },
  });
  expect(counted(2_147_483_648)).toEqual({
    issueCodes: ['commerce.items[0].quantity count-invalid', 'commerce.hotel.lengthOfStay count-invalid'],
    items: [{ id: 's' }],
    hotel: { basePrice: 1 },
  });
});

test('§2.14 a text is not cut in the middle of a character', () => {
  expect(mapInput({ goal: { label: `${'x'.repeat(99)}😀` } }).customData?.eventLabel).toBe('x'.repeat(99));
});

test("§2.7 an issue has Microsoft's name of the field, the reason and the fix", () => {
  const { issues } = mapInput({
    page: { url: 'ftp://shop.example/' },
    commerce: { value: -1, currency: 'USD', items: [{ quantity: 0.5 }] },
  });
  expect(issues.map(({ message }) => message)).toEqual([
    '`eventSourceUrl` is not sent: it must be an absolute http or https URL of at most 2048 characters. Send the whole URL.',
    '`value` is not sent: it must be 0 or more. Report a refund to Microsoft as a conversion adjustment.',
    '`items[0].quantity` is not sent: it must be a whole number from 0 to 2,147,483,647. Correct it at its source.',
  ]);
});

test('§2.10 a page view and the events on that page have the same pageLoadId, in lower case', () => {
  const page = { url: 'https://shop.example/', loadId: 'BCF3000B-65FA-4CD2-808A-8A6CF2B1D0A5' };
  const ids = ['PageView', 'ViewContent', 'Purchase'].map((name) => mapInput({ name, page }).pageLoadId);
  expect(ids).toEqual(Array(3).fill('bcf3000b-65fa-4cd2-808a-8a6cf2b1d0a5'));
});

test('§4.5 a currency only needs three letters: new codes appear and disappear', () => {
  expect(mapInput({ commerce: { value: 1, currency: 'XCG' } }).customData).toEqual({ value: 1, currency: 'XCG' });
});

/** Returns all nested values as JSON. */
function listParts(whole: unknown): readonly string[] {
  const parts = typeof whole === 'object' && whole !== null ? Object.values(whole).flatMap(listParts) : [];
  return [JSON.stringify(whole) ?? 'undefined', ...parts];
}

test("§2.13 any event's payload passes Microsoft's schema and contains no null and no blank", () => {
  fc.assert(
    fc.property(eventArbitrary, fc.constantFrom(defaults, sendAll), (event, by) => {
      const result = map(event, by);
      if (!('payload' in result)) return;
      expect(schema.safeParse(result.payload).error?.issues).toBeUndefined();
      for (const part of listParts(result.payload)) expect(part).not.toMatch(/^(?:null|undefined|"\s*"|\[\]|\{\})$/);
    }),
    { numRuns: 1_000 },
  );
});

test("§2.3 §2.4 §2.11 any event's payload keeps its id, states a consent, and has a name unless it is a page view", () => {
  fc.assert(
    fc.property(eventArbitrary, (event) => {
      const result = map(event, sendAll);
      if (!('payload' in result)) return;
      expect(result.payload.eventId).toBe(event.id);
      expect(result.payload.adStorageConsent).toBe(event.consent.effective === 'denied' ? 'D' : 'G');
      expect(result.payload.eventName === undefined).toBe(event.name === 'PageView');
      expect(result.payload.eventType).toBe(event.name === 'PageView' ? 'pageLoad' : 'custom');
    }),
  );
});

test('§5.1 §4.4 any page view has no revenue, and any value has its currency', () => {
  const sale = eventArbitrary.map((event) => ({ ...event, consent: { stated: 'granted', effective: 'granted' } as const }));
  fc.assert(
    fc.property(sale, fc.constantFrom('PageView', 'Purchase'), (event, name) => {
      const result = map({ ...event, name, page: { ...event.page, url: 'https://shop.example/' } }, sendAll);
      if (!('payload' in result)) return;
      const { eventType, customData } = result.payload;
      expect(eventType === 'pageLoad' && customData !== undefined).toBe(false);
      expect(customData?.value !== undefined && customData.currency === undefined).toBe(false);
    }),
    { numRuns: 500 },
  );
});

test("§5.6 any denied event's payload identifies no person", () => {
  const denied = eventArbitrary.map((event) => ({ ...event, consent: { stated: 'denied', effective: 'denied' } as const }));
  fc.assert(
    fc.property(denied, (event) => {
      const result = map(event, sendAll);
      if (!('payload' in result)) return;
      expect(result.payload.userData).toEqual({ anonymousId: event.deniedId });
      expect(`${result.payload.eventSourceUrl}${result.payload.referrerUrl}`).not.toMatch(/[?#]/);
      const { pageTitle, keywords, pageLoadId, customData } = result.payload;
      expect([pageTitle, keywords, pageLoadId]).toEqual([undefined, undefined, undefined]);
      expect([customData?.transactionId, customData?.eventLabel, customData?.hotelData?.bookingHref]).toEqual([
        undefined,
        undefined,
        undefined,
      ]);
    }),
  );
});
