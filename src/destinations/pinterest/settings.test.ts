import { expect, test } from 'vitest';
import { pinterest } from './pinterest.ts';

const token = 'pina_exampletoken';

function connect(given: Record<string, unknown>) {
  const result = pinterest.connect({ adAccountId: '549755885175', token, ...given });
  return 'issues' in result ? result.issues.map(({ field }) => field) : result.settings;
}

test('§1.1 an ad account and a token are enough; the other settings have their documented defaults', () => {
  expect(connect({})).toEqual({
    adAccountId: '549755885175',
    token,
    endpoint: 'https://api.pinterest.com',
    testMode: 'off',
    pageViews: 'auto',
    viewContent: 'page_visit',
    productPages: 'page-view',
    customEvents: 'own-name',
    limitedDataProcessing: 'off',
    tagVisitor: 'off',
    events: 'all',
    eventNames: {},
    itemId: '{id}',
  });
});

test('empty settings report the missing ad account and token', () => {
  const result = pinterest.connect({});
  expect('issues' in result && result.issues.map(({ field }) => field)).toEqual(['settings.adAccountId', 'settings.token']);
});

test.each([[undefined], [null], ['x'], [[]]])('settings that are %j are refused', (given) => {
  expect(pinterest.connect(given)).toMatchObject({
    issues: [{ field: 'settings', message: 'Must be an object with at least `adAccountId` and `token`.' }],
  });
});

test.each(['01234', '12345x', ' 12345', '1'.repeat(19), -5, true, ''])('§1.1 the ad account %j is refused', (adAccountId) => {
  expect(new Set(connect({ adAccountId }) as string[])).toEqual(new Set(['settings.adAccountId']));
});

test('§1.1 an ad account may be a number of up to 18 digits', () => {
  expect(connect({ adAccountId: 549_755_885_175 })).toMatchObject({ adAccountId: '549755885175' });
  expect(connect({ adAccountId: '9'.repeat(18) })).toMatchObject({ adAccountId: '9'.repeat(18) });
});

test.each(['', 'two words', 'line\n', 'schlüssel', 7])('the token %j is refused', (given) => {
  expect(connect({ token: given })).toEqual(['settings.token']);
});

test('only the config file sets the endpoint, and only the token is secret', () => {
  expect(pinterest.fileOnly).toEqual(['endpoint']);
  expect(pinterest.secrets).toEqual(['token']);
  expect(pinterest.form).toMatchObject({ required: ['adAccountId', 'token'] });
});

test('§3.8 event names are stored by canonical name', () => {
  expect(connect({ eventNames: { order_completed: 'checkout', MyEvent: 'x'.repeat(100) } })).toMatchObject({
    eventNames: { Purchase: 'checkout', myevent: 'x'.repeat(100) },
  });
});

test.each(['Checkout', 'add to cart', 'x'.repeat(101), ''])('§3.8 the event name %j is refused', (name) => {
  const [field] = connect({ eventNames: { Lead: name } }) as string[];
  expect(field).toMatch(/^settings\.eventNames/);
});

test.each([
  ['testMode', 'ON'],
  ['testMode', true],
  ['pageViews', 'maybe'],
  ['viewContent', 'page-visit'],
  ['productPages', 'page_view'],
  ['customEvents', 'Custom'],
  ['limitedDataProcessing', 'on'],
  ['tagVisitor', true],
  ['tagId', '2612345678901'],
])('the setting %s at %j is refused', (name, value) => {
  expect(connect({ [name]: value })).toEqual([`settings.${name}`]);
});
