import { describe, expect, it } from 'vitest';
import type { Preset, Settings } from '../settings.ts';
import { defaults, presets, resolveSettings } from '../settings.ts';
import { toEventsResponse } from './responses.ts';
import { validate } from './validate.ts';

const nowSeconds = 1_744_430_100;
const emHash = 'ec81f3ac7b2b19675bab9d54cf416f9f18cff87c97da5cca82c0f0891bc40602';
const anonymousId = 'b171a9b06ce011ecafcd1b209be8601b';
const message =
  'One or multiple parameters did not pass validation checks, see details. Note that only the first 10 errors and warnings are shown.';

const pageLoad = {
  eventType: 'pageLoad',
  eventTime: 1_744_430_084,
  eventSourceUrl: 'https://shop.test/p/1',
  pageLoadId: 'bcf3000b-65fa-4cd2-808a-8a6cf2b1d0a5',
  userData: { anonymousId },
};
const purchase = {
  eventType: 'custom',
  eventId: 'ord-1001',
  eventName: 'purchase',
  eventTime: 1_744_430_084,
  userData: { msclkid: 'dd4afccc-b1c9-4a4c-ad95-44dd7e5006ab' },
  customData: {
    value: 125.4,
    currency: 'USD',
    transactionId: '1001',
    pageType: 'purchase',
    itemIds: ['sku1'],
    items: [{ id: 'sku1', quantity: 1, price: 125.4 }],
    ecommTotalValue: 125.4,
  },
};

interface Chosen {
  readonly preset?: Preset;
  readonly overrides?: Partial<Settings>;
  readonly flag?: boolean;
}

function judge(events: unknown, { preset, overrides, flag }: Chosen = {}) {
  const body = { data: events, ...(flag === undefined ? {} : { continueOnValidationError: flag }) };
  return validate(body, { settings: resolveSettings(preset, overrides), now: nowSeconds * 1_000 + 999 });
}

/** Returns the details of one event as `path code`, with a `!` for errors. */
function getDetails(event: unknown, chosen: Chosen = {}): string[] {
  return judge([event], chosen).details.map(
    ({ propertyName, errorCode, isWarning }) => `${propertyName} ${errorCode}${isWarning ? '' : '!'}`,
  );
}

const withUser = (userData: unknown) => ({ ...purchase, userData });
const withCustom = (customData: unknown) => ({ ...purchase, customData });

describe("Microsoft's documented rules", () => {
  it('the minimal page load and the minimal custom event pass without details', () => {
    const verdict = judge([pageLoad, purchase]);
    expect(verdict.details).toEqual([]);
    expect(verdict.processed.map(({ event }) => event)).toEqual([pageLoad, purchase]);
  });

  it('an invalid request returns exactly the documented error response', () => {
    const wrong = { referrerUrl: 'nowhere', userData: { em: 'not-a-hash', anonymousId } };
    const late = { ...purchase, eventTime: 1_767_793_837 };
    const answer = toEventsResponse(judge([wrong]), 'trace');
    expect(answer.status).toBe(400);
    expect(JSON.stringify(answer.body)).toBe(
      JSON.stringify({
        error: {
          code: 'ValidationError',
          message,
          details: [
            {
              index: 0,
              propertyName: 'data[0].eventType',
              errorMessage: "'eventType' must be one of the following: pageLoad, custom.",
              errorCode: 'InvalidEnumValue',
              isWarning: false,
            },
            {
              index: 0,
              propertyName: 'data[0].eventTime',
              errorMessage: "'eventTime' must not be empty.",
              errorCode: 'Empty',
              isWarning: false,
            },
            {
              index: 0,
              propertyName: 'data[0].referrerUrl',
              errorMessage: "'referrerUrl' must be a valid URL.",
              errorCode: 'InvalidUrl',
              isWarning: true,
            },
            {
              index: 0,
              propertyName: 'data[0].userData.em',
              errorMessage: "'em' must be a valid SHA256 string.",
              errorCode: 'InvalidSha256',
              isWarning: true,
            },
          ],
        },
      }),
    );
    expect(JSON.stringify(judge([late]).details)).toBe(
      JSON.stringify([
        {
          index: 0,
          propertyName: 'data[0].eventTime',
          attemptedValue: 1_767_793_837,
          errorMessage: "'eventTime' must be a valid UNIX UTC timestamp in seconds within last 7 days.",
          errorCode: 'InvalidEventTime',
          isWarning: false,
        },
      ]),
    );
  });

  it('a page load may have an event id, a name and custom data', () => {
    expect(getDetails({ ...purchase, ...pageLoad })).toEqual([]);
  });

  it('an invalid hash is removed and the event is accepted', () => {
    const verdict = judge([withUser({ em: 'nope', ph: emHash })]);
    expect(verdict.details.map(({ errorCode, isWarning }) => [errorCode, isWarning])).toEqual([['InvalidSha256', true]]);
    expect(verdict.processed[0]?.event.userData).toEqual({ ph: emHash });
    expect(verdict.processed[0]?.warnings).toEqual(verdict.details);
  });

  it('removing a field does not change the original event', () => {
    const sent = withUser({ em: 'nope', ph: emHash });
    judge([sent]);
    expect(sent.userData).toEqual({ em: 'nope', ph: emHash });
  });

  it('unknown members and nulls are accepted', () => {
    expect(
      getDetails({ ...purchase, dataProvider: 'x', userData: { ...purchase.userData, em: null, ph: null }, customData: null }),
    ).toEqual([]);
  });

  it('each of the seven identifiers suffices, IP address and user agent do not', () => {
    const guid = purchase.userData.msclkid;
    for (const userData of [
      { anonymousId },
      { externalId: 'x' },
      { em: emHash },
      { ph: emHash },
      { msclkid: guid },
      { idfa: guid },
      { gaid: guid },
    ]) {
      expect(getDetails(withUser(userData))).toEqual([]);
    }
    expect(getDetails(withUser({ clientIpAddress: '203.0.113.42', clientUserAgent: 'Mozilla/5.0' }))).toEqual([
      'data[0].userData MissingIdentifier!',
    ]);
  });
});

describe('continueOnValidationError', () => {
  const bad = { ...purchase, eventType: 'click' };

  it('one invalid event rejects the request when the flag is false or absent', () => {
    for (const flag of [undefined, false]) {
      const verdict = judge([pageLoad, bad], { ...(flag === undefined ? {} : { flag }) });
      expect(verdict).toMatchObject({ isRejected: true, processed: [] });
      expect(verdict.details.map(({ index }) => index)).toEqual([1]);
    }
  });

  it('only the invalid event is skipped when the flag is true', () => {
    const verdict = judge([bad, pageLoad, withUser({ em: 'x', anonymousId })], { flag: true });
    expect(verdict.processed.map(({ index }) => index)).toEqual([1, 2]);
    const answer = toEventsResponse(verdict, 'trace');
    expect(answer.body).toEqual({
      eventsReceived: 2,
      error: { code: 'ValidationError', message, details: verdict.details },
      traceId: 'trace',
    });
    expect(verdict.details.map(({ index, isWarning }) => [index, isWarning])).toEqual([
      [0, false],
      [2, true],
    ]);
  });

  it('the request is rejected when all events are invalid, for either flag', () => {
    expect(toEventsResponse(judge([bad, bad], { flag: true }), 'trace').status).toBe(400);
  });

  it('the response is 200 with ValidationWarning when there are only warnings, for either flag', () => {
    for (const flag of [true, false]) {
      const answer = toEventsResponse(judge([withUser({ em: 'x', anonymousId })], { flag }), 'trace');
      expect(answer).toMatchObject({ status: 200, body: { eventsReceived: 1, error: { code: 'ValidationWarning' } } });
    }
  });

  it('the first ten details are returned by event and schema order, so an invalid event may be missing', () => {
    const doubtful = { ...withUser({ em: 'x', anonymousId }), referrerUrl: 'x' };
    const verdict = judge([...Array.from({ length: 6 }, () => doubtful), bad]);
    expect(verdict.isRejected).toBe(true);
    expect(verdict.details.map(({ index, propertyName }) => `${index} ${propertyName}`)).toEqual(
      [0, 1, 2, 3, 4].flatMap((index) => [`${index} data[${index}].referrerUrl`, `${index} data[${index}].userData.em`]),
    );
  });
});

describe('undocumented rules', () => {
  it.each([
    ['a missing list', undefined, 'Empty'],
    ['an empty list', [], 'Empty'],
    ['a list that is none', {}, 'InvalidArray'],
    ['more than 1,000 events', Array.from({ length: 1_001 }, () => purchase), 'TooManyItems'],
  ])('%s is rejected with a detail about `data` without an index', (_, data, errorCode) => {
    const verdict = judge(data);
    expect(verdict.isRejected).toBe(true);
    expect(verdict.details).toEqual([{ propertyName: 'data', errorMessage: expect.any(String), errorCode, isWarning: false }]);
  });

  it('1,000 events are accepted', () => {
    expect(judge(Array.from({ length: 1_000 }, () => purchase)).processed).toHaveLength(1_000);
  });

  it('an event that is not an object is rejected', () => {
    expect(getDetails('event')).toEqual(['data[0] InvalidObject!']);
    expect(getDetails(null)).toEqual(['data[0] Empty!']);
  });

  it('an event without user data or without an identifier is rejected', () => {
    expect(getDetails(withUser(undefined))).toEqual(['data[0].userData Empty!']);
    expect(getDetails(withUser('x'))).toEqual(['data[0].userData InvalidObject!']);
    expect(getDetails(withUser({ anonymousId: ' ' }))).toEqual(['data[0].userData MissingIdentifier!']);
  });

  it('identifiers count after the removal of invalid ones, or before it with `before-stripping`', () => {
    const event = withUser({ em: 'x' });
    expect(getDetails(event)).toEqual(['data[0].userData MissingIdentifier!', 'data[0].userData.em InvalidSha256']);
    expect(getDetails(event, { overrides: { identifiersCount: 'before-stripping' } })).toEqual([
      'data[0].userData.em InvalidSha256',
    ]);
  });

  it('a page load without a valid URL is rejected, and an invalid URL of a custom event is removed', () => {
    expect(getDetails({ ...pageLoad, eventSourceUrl: undefined })).toEqual(['data[0].eventSourceUrl Empty!']);
    expect(getDetails({ ...pageLoad, eventSourceUrl: '/p/1' })).toEqual(['data[0].eventSourceUrl InvalidUrl!']);
    expect(getDetails({ ...purchase, eventSourceUrl: 'shop.test/p/1' })).toEqual(['data[0].eventSourceUrl InvalidUrl']);
    expect(
      getDetails(
        { ...purchase, eventSourceUrl: '/p' },
        { overrides: { severities: { ...defaults.severities, customEventUrl: 'error' } } },
      ),
    ).toEqual(['data[0].eventSourceUrl InvalidUrl!']);
  });

  it('an invalid GUID is removed', () => {
    const event = { ...withUser({ anonymousId, msclkid: 'x', idfa: 'y', gaid: 3 }), pageLoadId: 'z' };
    expect(getDetails(event)).toEqual([
      'data[0].pageLoadId InvalidGuid',
      'data[0].userData.msclkid InvalidGuid',
      'data[0].userData.idfa InvalidGuid',
      'data[0].userData.gaid InvalidGuid',
    ]);
    expect(judge([event]).processed[0]?.event).toEqual({ ...withUser({ anonymousId }) });
  });

  it('pageLoadId has to be a version 4 UUID', () => {
    const event = { ...pageLoad, pageLoadId: 'bcf3000b-65fa-1cd2-808a-8a6cf2b1d0a5' };
    expect(getDetails(event)).toEqual(['data[0].pageLoadId InvalidGuid']);
    expect(getDetails(event, { overrides: { pageLoadIdVersion4: false } })).toEqual([]);
  });

  it.each([
    ['an unknown currency', { currency: 'QQQ' }, 'currency InvalidCurrency'],
    ['a currency of four letters', { currency: 'EURO' }, 'currency InvalidCurrency'],
    ['an unknown page type', { pageType: 'checkout' }, 'pageType InvalidEnumValue'],
    ['a value that is no number', { value: 'much' }, 'value InvalidNumber'],
    ['a list of item ids that is a string', { itemIds: 'a,b' }, 'itemIds InvalidArray'],
    ['an item id that is no string', { itemIds: ['a', 7] }, 'itemIds[1] InvalidString'],
    ['half a piece of an item', { items: [{ id: 'a' }, { id: 'b', quantity: 0.5 }] }, 'items[1].quantity InvalidNumber'],
    ['an item that is no object', { items: ['a'] }, 'items[0] InvalidObject'],
    ['a date that does not exist', { hotelData: { checkinDate: '2026-02-30' } }, 'hotelData.checkinDate InvalidDate'],
    ['a date in another order', { hotelData: { checkoutDate: '01/02/2026' } }, 'hotelData.checkoutDate InvalidDate'],
    ['half a night', { hotelData: { lengthOfStay: 1.5 } }, 'hotelData.lengthOfStay InvalidNumber'],
    ['hotel data that is no object', { hotelData: [] }, 'hotelData InvalidObject'],
  ])('%s is removed with a warning', (_, customData, expected) => {
    expect(getDetails(withCustom(customData))).toEqual([`data[0].customData.${expected}`]);
  });

  it('only invalid members are removed from lists and nested objects', () => {
    const [processed] = judge([
      withCustom({ itemIds: ['a', 7, 'b'], items: [{ id: 'a', price: 'x' }], hotelData: { basePrice: 1, checkinDate: 'x' } }),
    ]).processed;
    expect(processed?.event.customData).toEqual({ itemIds: ['a', 'b'], items: [{ id: 'a' }], hotelData: { basePrice: 1 } });
  });

  it('consent other than G or D and an invalid IP address are removed', () => {
    expect(getDetails({ ...purchase, adStorageConsent: 'G|D' })).toEqual(['data[0].adStorageConsent InvalidEnumValue']);
    expect(getDetails(withUser({ anonymousId, clientIpAddress: '300.1.1.1' }))).toEqual([
      'data[0].userData.clientIpAddress InvalidIpAddress',
    ]);
    expect(getDetails({ ...withUser({ anonymousId, clientIpAddress: '2001:db8::1' }), adStorageConsent: 'D' })).toEqual([]);
  });

  it.each([
    ['milliseconds', nowSeconds * 1_000],
    ['a string', String(nowSeconds)],
    ['a fraction', nowSeconds - 0.5],
    ['a time 301 s ahead', nowSeconds + 301],
    ['a time 604,801 s old', nowSeconds - 604_801],
  ])('the event time %s is rejected and returned', (_, eventTime) => {
    expect(judge([{ ...purchase, eventTime }]).details).toMatchObject([
      { errorCode: 'InvalidEventTime', attemptedValue: eventTime, isWarning: false },
    ]);
  });

  it('event times at both limits are accepted', () => {
    expect(getDetails({ ...purchase, eventTime: nowSeconds + 300 })).toEqual([]);
    expect(getDetails({ ...purchase, eventTime: nowSeconds - 604_800 })).toEqual([]);
  });

  it('only the value of an event time is returned', () => {
    const verdict = judge([
      { ...withUser({ em: 'jane@example.com', anonymousId }), referrerUrl: 'jane', eventTime: { jane: 1 } },
    ]);
    expect(verdict.details).toHaveLength(3);
    expect(JSON.stringify(verdict.details)).not.toContain('jane');
  });

  it('configured codes and severities are used', () => {
    const overrides = {
      codes: { ...defaults.codes, currency: 'NoMoney' },
      severities: { ...defaults.severities, optional: 'error' },
    } as const;
    expect(getDetails(withCustom({ currency: 'x' }), { overrides })).toEqual(['data[0].customData.currency NoMoney!']);
  });
});

describe('presets', () => {
  const plain = withUser({ msclkid: 'dd4afcccb1c94a4cad9544dd7e5006ab', anonymousId });
  const upper = withUser({ em: emHash.toUpperCase(), anonymousId });
  const lowerMoney = withCustom({ value: 1, currency: 'usd' });
  const loose = {
    ...withCustom({ value: '12.50', pageType: 'Purchase' }),
    eventType: 'Custom',
    eventTime: String(nowSeconds * 1_000),
  };

  it('the defaults accept both forms of GUID, hash and currency', () => {
    for (const event of [plain, upper, lowerMoney]) expect(getDetails(event)).toEqual([]);
  });

  it('strict accepts only dashed GUIDs, lower-case hashes and upper-case currencies', () => {
    expect(getDetails(plain, { preset: 'strict' })).toEqual(['data[0].userData.msclkid InvalidGuid!']);
    expect(getDetails(upper, { preset: 'strict' })).toEqual(['data[0].userData.em InvalidSha256']);
    expect(getDetails(lowerMoney, { preset: 'strict' })).toEqual(['data[0].customData.currency InvalidCurrency!']);
    expect(getDetails(purchase, { preset: 'strict' })).toEqual([]);
  });

  it('strict accepts no future time, lenient accepts one day', () => {
    const ahead = (seconds: number) => ({ ...purchase, eventTime: nowSeconds + seconds });
    for (const seconds of [0, 1]) expect(getDetails(ahead(seconds), { preset: 'strict' }).length).toBe(seconds);
    for (const seconds of [0, 1]) expect(getDetails(ahead(86_400 + seconds), { preset: 'lenient' }).length).toBe(seconds);
  });

  it('lenient accepts numbers as strings, times in milliseconds and enums in any case', () => {
    expect(getDetails(loose, { preset: 'lenient' })).toEqual([]);
    expect(getDetails(loose)).toEqual([
      'data[0].eventType InvalidEnumValue!',
      'data[0].eventTime InvalidEventTime!',
      'data[0].customData.value InvalidNumber',
      'data[0].customData.pageType InvalidEnumValue',
    ]);
    expect(getDetails(withUser({ em: 'x' }), { preset: 'lenient' })).toEqual(['data[0].userData.em InvalidSha256']);
  });

  it('overrides take precedence over a preset', () => {
    expect(Object.keys(presets)).toEqual(['strict', 'lenient']);
    expect(getDetails(plain, { preset: 'strict', overrides: { guidForm: 'dashed-or-plain' } })).toEqual([]);
  });
});
