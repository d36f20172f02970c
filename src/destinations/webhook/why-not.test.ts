import { expect, test } from 'vitest';
import { createDelivery, createHistory, summarizeChecks } from '../kit/delivery-history.fixture.ts';
import { whyNot } from './why-not.ts';

test('a delivered event leaves two questions to the receiver', () => {
  const history = createHistory({ attempts: [createDelivery({ type: 'event.Purchase' }, 1_000)] });
  expect(summarizeChecks(whyNot(history, {}))).toEqual([
    'Convey received the event: yes',
    'The receiver accepted the event: yes',
    'The receiver accepted all fields: yes',
    'The receiver processed the message: unseen',
    'The receiver did not take the message for a repeat: unseen',
  ]);
});

test.each([
  ['The receiver does not accept the signature (401).', 'the-signature-is-refused'],
  ['The receiver wants no further requests (410), so the connection is paused.', 'the-receiver-wants-no-requests'],
  ['The receiver refuses requests (403).', 'the-connection-is-paused'],
])('an event that waits because “%s” leads to its section', (says, hash) => {
  const history = createHistory({ outcome: 'waiting', connection: { health: 'unhealthy', says } });
  expect(whyNot(history, {}).find(({ answer }) => answer === 'no')?.guide).toEqual({ slug: 'webhook-troubleshooting', hash });
});
