import { expect, test } from 'vitest';
import { tiktok } from './tiktok.ts';

const given = { pixelCode: 'C4ABCDEF0123456789AB', token: 'tt-example-token-1' };

function connect(more: Record<string, unknown>) {
  const result = tiktok.connect({ ...given, ...more });
  return 'issues' in result ? result.issues.map(({ field }) => field) : result.settings;
}

test('§1.1 a pixel code and a token are enough; the other settings have their documented defaults', () => {
  expect(connect({})).toEqual({
    ...given,
    endpoint: 'https://business-api.tiktok.com',
    browserTag: 'on',
    pageViews: 'never',
    limitedDataUse: 'off',
    events: 'all',
    eventNames: {},
    itemId: '{id}',
    contentType: 'product',
  });
});

test.each([[undefined], [null], ['x'], [[]]])('settings that are %j are refused', (wrong) => {
  expect(tiktok.connect(wrong)).toMatchObject({
    issues: [{ field: 'settings', message: 'Must be an object with at least `pixelCode` and `token`.' }],
  });
});

test.each(['', 'C4 AB', 'C4-AB', 'ç4', 'a'.repeat(65), 4_711, true])('§1.7 the pixel code %j is refused', (pixelCode) => {
  expect(connect({ pixelCode })).toEqual(['settings.pixelCode']);
});

test.each([' C4ABCDEF0123456789AB ', 'a'.repeat(64)])('§1.7 the pixel code %j is accepted, trimmed', (pixelCode) => {
  expect(connect({ pixelCode })).toMatchObject({ pixelCode: pixelCode.trim() });
});

test.each(['', 'two words', 'line\n', 'schlüssel', 7])('the token %j is refused', (token) => {
  expect(connect({ token })).toEqual(['settings.token']);
});

test('only the config file sets the endpoint, and only the token is secret', () => {
  expect(tiktok.fileOnly).toEqual(['endpoint']);
  expect(tiktok.secrets).toEqual(['token']);
  expect(tiktok.form).toMatchObject({ required: ['pixelCode', 'token'] });
});

test('§4.3 §4.4 event names are stored by canonical name, with at most 50 characters and no control characters', () => {
  expect(connect({ eventNames: { order_completed: 'CompletePayment', MyEvent: 'x'.repeat(50) } })).toMatchObject({
    eventNames: { Purchase: 'CompletePayment', myevent: 'x'.repeat(50) },
  });
  expect(connect({ eventNames: { Lead: 'x'.repeat(51) } })).toEqual(['settings.eventNames.Lead']);
  expect(connect({ eventNames: { Lead: 'a\u0000b' } })).toEqual(['settings.eventNames']);
});

test.each([
  ['testEventCode', 'TEST 1'],
  ['testEventCode', ''],
  ['browserTag', true],
  ['pageViews', 'maybe'],
  ['limitedDataUse', true],
  ['contentType', 'products'],
  ['endpoint', 'business-api.tiktok.com'],
  ['accessToken', 'x'],
])('the setting %s at %j is refused', (name, value) => {
  expect(connect({ [name]: value })).toEqual([`settings.${name}`]);
});
