import { expect, test } from 'vitest';
import type { Json } from '../../event/issue.ts';
import { createDelivery, createHistory, summarizeChecks } from '../kit/delivery-history.fixture.ts';
import { type DeliveryHistory, readAccepted } from '../kit/why-not.ts';
import { payload } from './payload.ts';
import { whyNot } from './why-not.ts';

const dayMs = 86_400_000;
const sent = {
  productDestinationId: '987654321',
  transactionId: 'A-1001',
  eventTimestamp: '2026-11-27T09:30:00.000Z',
  eventSource: 'WEB',
  adIdentifiers: { gclid: 'Cj0' },
  userData: { userIdentifiers: [{ emailAddress: '0'.repeat(64) }] },
  consent: { adUserData: 'CONSENT_GRANTED', adPersonalization: 'CONSENT_GRANTED' },
};

function ask(changes: Partial<DeliveryHistory>, mode: 'live' | 'validate' = 'live') {
  const history = createHistory({ attempts: [createDelivery(sent, dayMs)], ...changes });
  return whyNot(history, { customerId: '1234567890', mode }, readAccepted(history, payload));
}

test('whyNot returns all checks for a delivered event', () => {
  const checks = ask({});
  expect(summarizeChecks(checks)).toEqual([
    'Convey received the event: yes',
    'Google accepted the event: yes',
    'Google accepted all fields: yes',
    '24 hours have passed: yes',
    'The conversion action is the one in your report: unseen',
    'Tag and server report the same transaction ID: unseen',
    'The event has a click ID: yes',
    'The event has an e-mail or a phone: yes',
    "The event is within the action's conversion window: unseen",
    'The report includes the day of the click: unseen',
  ]);
  const text = checks.map(({ message }) => message).join('\n');
  for (const named of ['action 987654321', 'account 1234567890', '“A-1001”']) expect(text).toContain(named);
});

test('whyNot explains missing keys of a delivered event', () => {
  const { adIdentifiers, userData, ...others } = sent;
  // Google takes no event without both.
  const readMessages = (bare: Json) => {
    const checks = ask({
      attempts: [createDelivery(bare, 1_000)],
      missing: [
        { key: 'google-click-id', says: 'No click is known.', remedy: 'Keep the query.' },
        { key: 'email', says: 'No e-mail was sent.', remedy: 'Send it.' },
      ],
    });
    return new Map(checks.map(({ title, answer, message }) => [title, `${answer}: ${message}`]));
  };
  const withoutClick = readMessages({ ...others, userData });
  expect(withoutClick.get('24 hours have passed')).toMatch(/^wait/);
  expect(withoutClick.get('The event has a click ID')).toMatch(/^no: .*Keep the query/);
  expect(readMessages({ ...others, adIdentifiers }).get('The event has an e-mail or a phone')).toMatch(/^no: .*Send it/);
});

test('whyNot judges no field of a payload that is no longer stored', () => {
  const checks = ask({ attempts: [createDelivery(null, dayMs)] });
  expect(checks.filter(({ message }) => message === 'The payload is no longer stored.')).toHaveLength(4);
});

test('whyNot names the state of an event that awaits its verdict, or has none', () => {
  const says = 'Sent. The platform gives its verdict later.';
  expect(ask({ outcome: 'awaiting-verdict', says }).at(-1)).toMatchObject({ answer: 'wait', message: says });
  expect(ask({ outcome: 'unverified', says: 'No verdict.' }).at(-1)).toMatchObject({ answer: 'unseen', message: 'No verdict.' });
});

test('whyNot names the mode that counts nothing', () => {
  expect(summarizeChecks(ask({ outcome: 'unverified' }, 'validate')).at(-1)).toBe(
    'The connection is in the mode that counts: no',
  );
});

test.each([
  ['consent-denied', 'skipped-events'],
  ['no-identifier', 'skipped-events'],
  ['unsupported-event', 'skipped-events'],
  ['filtered', 'skipped-events'],
])('whyNot leads from the skip %s to its section', (outcome, hash) => {
  expect(ask({ outcome }).at(-1)?.guide).toEqual({ slug: 'google-ads-troubleshooting', hash });
});

test.each([
  ['INVALID_GCLID', { slug: 'google-ads-verdicts', hash: 'reasons' }],
  ['name-too-long', { slug: 'google-ads-troubleshooting', hash: 'rejected' }],
])('whyNot leads from a failed event with the issue %s to its section', (code, guide) => {
  const issues = [{ field: '', code, message: 'The reason.' }];
  expect(ask({ outcome: 'dead', issues }).at(-1)?.guide).toEqual(guide);
});

test.each([
  ['A number in `conversions` is no conversion action of this account.', 'the-conversion-action-is-refused'],
  [
    'The account has not accepted the customer data terms, so Google takes no hashed data.',
    'the-customer-data-terms-are-not-accepted',
  ],
  ['The manager in `loginCustomerId` does not manage the account.', 'the-account-is-refused'],
  ['Google does not accept the access token.', 'the-credential-is-refused'],
  ["Google's quota is used up (429).", 'the-quota-is-used-up'],
  ['Something else.', 'the-connection-is-paused'],
])('whyNot leads from “%s” to its section', (says, hash) => {
  const checks = ask({ outcome: 'waiting', connection: { health: 'unhealthy', says } });
  expect(checks.find(({ title }) => title === 'The connection is delivering')?.guide?.hash).toBe(hash);
});
