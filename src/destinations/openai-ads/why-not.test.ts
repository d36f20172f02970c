import { expect, test } from 'vitest';
import { createDelivery, createHistory, summarizeChecks } from '../kit/delivery-history.fixture.ts';
import { type DeliveryHistory, readAccepted } from '../kit/why-not.ts';
import { payload } from './payload.ts';
import { whyNot } from './why-not.ts';

const hourMs = 3_600_000;
const sent = {
  id: 'ord-1',
  type: 'order_created',
  timestamp_ms: 1_795_590_000_000,
  action_source: 'other',
  oppref: 'gAAAA',
  data: { type: 'contents' },
};

function ask(changes: Partial<DeliveryHistory> = {}, mode: 'live' | 'validate' = 'live') {
  const history = createHistory({ attempts: [createDelivery(sent, hourMs)], ...changes });
  return whyNot(history, { pixelId: 'px-1', mode }, readAccepted(history, payload));
}

test('a delivered event is checked up to its attribution', () => {
  expect(summarizeChecks(ask())).toEqual([
    'Convey received the event: yes',
    'OpenAI accepted the event: yes',
    'OpenAI accepted all fields: yes',
    'The connection is in the mode that counts: yes',
    'An hour has passed: yes',
    'You look at the pixel that receives the event: unseen',
    'An event setting is attached to the campaign: unseen',
    'Browser and server report the same name and ID: unseen',
    'The event has a click ID: yes',
    'The event is within 30 days of the click: unseen',
  ]);
  const text = ask()
    .map(({ message }) => message)
    .join('\n');
  for (const named of ['pixel px-1', '“order_created”', '“ord-1”']) expect(text).toContain(named);
});

test('problems of a delivered event are reported: a test, a custom event that is new, opted out and without a click', () => {
  const { oppref: _, ...bare } = sent;
  const wish = { ...bare, id: 'c', type: 'custom', custom_event_name: 'wish', opt_out: true, data: { type: 'custom' } };
  const checks = ask(
    {
      attempts: [createDelivery(wish, 1_000)],
      missing: [{ key: 'oppref', says: 'No click is known.', remedy: 'Keep the query.' }],
    },
    'validate',
  );
  expect(summarizeChecks(checks)).toEqual(
    expect.arrayContaining([
      'The connection is in the mode that counts: no',
      'An hour has passed: wait',
      'The event has a click ID: no',
      'The event may be used for personalisation: no',
    ]),
  );
  expect(checks.map(({ message }) => message).join()).toMatch(/“wish”.*Keep the query\./s);
});

test('a payload that is no longer stored leaves its checks unseen', () => {
  const checks = ask({ attempts: [] });
  expect(summarizeChecks(checks)).toContain('The event has a click ID: unseen');
});

test('an event that waits for a refused key leads to the section about keys', () => {
  const says = 'OpenAI does not accept the Conversions API key for this pixel (401).';
  const checks = ask({ outcome: 'waiting', connection: { health: 'unhealthy', says } });
  expect(checks.find(({ answer }) => answer === 'no')?.guide).toEqual({
    slug: 'openai-ads-troubleshooting',
    hash: 'the-key-is-refused',
  });
});
