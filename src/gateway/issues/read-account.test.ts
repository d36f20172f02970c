import { expect, test } from 'vitest';
import { findAccountFacts } from './read-account.ts';

const since = 1_795_514_400_000;
const grant = (goalCheck: object) => ({
  id: 'g',
  site: 'shop',
  connection: 'bing',
  platform: 'microsoft',
  identityProvider: 'Microsoft',
  userName: '',
  scopes: [],
  secret: '',
  revision: 1,
  createdAt: since,
  goalCheck: JSON.stringify(goalCheck),
});

test.each([
  [true, undefined],
  [false, { since, message: 'Sign in as the owner.' }],
])('a failed check that may pass by itself (%s) is not an issue, another one is', (isPassing, unchecked) => {
  const failure = { code: '106', message: 'Sign in as the owner.', since, isPassing };
  expect(findAccountFacts([grant({ failure })], 'shop', 'bing')?.unchecked).toEqual(unchecked);
});

test('a check of another tag counts as none', () => {
  const event = { event: 'Lead', name: 'lead', delivered: 3, countedBy: [], findings: [{ code: 'none', message: 'None.' }] };
  const stored = grant({ checkedAt: since, check: { events: [event], findings: [], tagId: '1' } });
  expect(findAccountFacts([stored], 'shop', 'bing', { tagId: '1' })).toEqual({
    checkedAt: since,
    uncounted: [{ name: 'lead', events: 3 }],
  });
  expect(findAccountFacts([stored], 'shop', 'bing', { tagId: '2' })).toEqual({ uncounted: [] });
});

test.each([
  ['access', true],
  ['week', true],
  ['stop', true],
  ['minute', false],
  ['backoff', false],
] as const)('refunds that are paused (%s) are an issue if a person has to act: %s', (reason, isIssue) => {
  const pause = { code: '106', message: 'Sign in as the owner.', trackingId: 't-1', reason, since, until: null, by: 'g' };
  const uploads = { isOn: true, state: JSON.stringify({ pause }) };
  const unsent = { since, message: 'Sign in as the owner. Tracking id: t-1.' };
  expect(findAccountFacts([grant({})], 'shop', 'bing', {}, uploads)?.unsent).toEqual(isIssue ? unsent : undefined);
  expect(findAccountFacts([grant({})], 'shop', 'bing', {}, { ...uploads, isOn: false })?.unsent).toBeUndefined();
});

test('late purchases that wait have their end, and those that waited for too long are lost', () => {
  const late = [
    { state: 'waiting', currency: 'EUR', purchases: 2, amount: 20.5, oldest: since },
    { state: 'waiting', code: '117', currency: 'EUR', purchases: 1, amount: 1, oldest: since - 5 },
    { state: 'dead', code: 'removed-unread', purchases: 1, amount: 0, oldest: since },
    { state: 'dead', code: 'too-old', currency: 'USD', purchases: 1, amount: 9, oldest: since },
    { state: 'dead', code: 'consent-denied', currency: 'USD', purchases: 4, amount: 9, oldest: since },
  ] as const;
  expect(findAccountFacts([grant({})], 'shop', 'bing', {}, { isOn: true, late, maxAgeMs: 90 })).toMatchObject({
    waiting: { purchases: 3, money: [{ amount: 21.5, currency: 'EUR' }], losesAt: since + 85 },
    lost: { purchases: 2, money: [{ amount: 9, currency: 'USD' }], isPartial: true },
  });
});

test('goals to adjust without an account are an issue', () => {
  expect(findAccountFacts([], 'shop', 'bing', {}, { isOn: true })?.unsent?.message).toContain('No account is connected');
  expect(findAccountFacts([], 'shop', 'bing')).toBeUndefined();
});

test('late purchases without a goal are an issue', () => {
  const account = { customerId: '1', accountId: '2' };
  const find = (more: object) =>
    findAccountFacts([{ ...grant({}), account, ...more }], 'shop', 'bing', {}, { isOn: true, isLate: true })?.unsent?.message;
  expect(find({})).toContain('no goal');
  expect(find({ lateGoal: '{}' })).toContain('no goal');
  expect(find({ lateGoal: JSON.stringify({ id: '1', name: 'Late', isEnhanced: true, readyAt: 0 }) })).toBeUndefined();
});
