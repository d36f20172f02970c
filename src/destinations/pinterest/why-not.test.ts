import { describe, expect, test } from 'vitest';
import type { Json } from '../../event/issue.ts';
import { type DeliveryHistory, readAccepted } from '../kit/why-not.ts';
import { payload } from './payload.ts';
import { whyNot } from './why-not.ts';

const now = 1_795_600_000_000;
type Attempt = DeliveryHistory['attempts'][number];
const attempt = (payload: Json, startedAt = now - 3_600_000): Attempt => ({ startedAt, payload, result: 'delivered' });
const happened = (now - 3_600_000) / 1_000;
const sent = {
  event_name: 'checkout',
  action_source: 'web',
  event_id: 'ord-1001',
  event_time: happened,
  partner_name: 'ss-convey',
  user_data: { em: ['0'.repeat(64)], click_id: 'dj0y' },
};

function ask(history: Partial<DeliveryHistory>, testMode: 'off' | 'on' = 'off') {
  const whole: DeliveryHistory = {
    reporters: ['server'],
    outcome: 'delivered',
    says: 'A message.',
    issues: [],
    attempts: [attempt(sent)],
    missing: [],
    connection: { health: 'healthy', says: 'Delivering.' },
    now,
    ...history,
  };
  return whyNot(whole, { adAccountId: '12345', testMode }, readAccepted(whole, payload));
}
const answers = (checks: ReturnType<typeof ask>) => checks.map(({ title, answer }) => `${title}: ${answer}`);

describe('whyNot', () => {
  test('returns all checks for a delivered event', () => {
    expect(answers(ask({}))).toEqual([
      'Convey received the event: yes',
      'Pinterest accepted the event: yes',
      'Pinterest accepted all fields: yes',
      'The test mode is off: yes',
      'Pinterest received the event within an hour: yes',
      'You look at the ad account that receives the event: unseen',
      'Browser and server report the same name and ID: unseen',
      'The event has a strong match key: yes',
      'The event has a click ID: yes',
      "The event is within the ad account's attribution windows: unseen",
    ]);
    const text = ask({})
      .map(({ message }) => message)
      .join('\n');
    for (const named of ['ad account 12345', '“checkout”', '“ord-1001”', 'em, click_id']) expect(text).toContain(named);
  });

  test('reports problems of a delivered event, and why the click is missing', () => {
    const offList = {
      ...sent,
      event_name: 'newsletter',
      event_id: 'l',
      event_time: happened,
      user_data: { client_ip_address: '203.0.113.42', client_user_agent: 'x' },
      custom_data: { opt_out_type: 'LDP' },
    };
    const checks = ask(
      {
        attempts: [attempt(offList)],
        issues: [{ field: 'page.url', code: 'url-invalid', message: 'm' }],
        missing: [{ key: 'click', says: 'No click is known.', remedy: 'Keep the query.' }],
      },
      'on',
    );
    expect(answers(checks)).toEqual(
      expect.arrayContaining([
        'Pinterest accepted all fields: no',
        'The test mode is off: no',
        'Pinterest reports events of this name: unseen',
        'The event has a strong match key: no',
        'The event has a click ID: no',
        'Limited Data Processing is intended: unseen',
      ]),
    );
    expect(checks.find(({ title }) => title === 'The event has a click ID')?.message).toContain('Keep the query.');
  });

  test.each([
    [0, 'yes'],
    [1, 'no'],
  ])('§1.8 an event that was sent an hour and %i ms after it happened was fresh: %s', (ms, answer) => {
    const checks = ask({ attempts: [attempt(sent, happened * 1_000 + 3_600_000 + ms)] });
    expect(checks.find(({ title }) => title.includes('within an hour'))).toMatchObject({
      answer,
      ...(answer === 'no' && { guide: { hash: 'counted-as-offline' } }),
    });
  });

  test('reports unknown if the payload is no longer stored', () => {
    const unseen = answers(ask({ attempts: [attempt(null)] })).filter((answer) => answer.endsWith(': unseen'));
    expect(unseen).toEqual(
      expect.arrayContaining([
        'Pinterest received the event within an hour: unseen',
        'Browser and server report the same name and ID: unseen',
        'The event has a strong match key: unseen',
        'The event has a click ID: unseen',
      ]),
    );
  });

  test.each([
    ['consent-denied', 'skipped-events'],
    ['browser-tag-sent-it', 'page-views-are-missing'],
    ['no-identifier', 'skipped-events'],
    ['unsupported-event', 'the-test-event-is-skipped'],
    ['erased', undefined],
  ] as const)('stops at a skip with %s and links to the guide', (outcome, hash) => {
    const checks = ask({ outcome, attempts: [] });
    expect(answers(checks)).toEqual(['Convey received the event: yes', 'Not sent to Pinterest, on purpose: skip']);
    expect(checks.at(-1)?.guide?.hash).toBe(hash);
  });

  test.each([
    ['Pinterest does not accept the conversion access token: it is incomplete or withdrawn.', 'the-token-is-refused'],
    ['The token may not send events. Generate a conversion access token in Ads Manager.', 'the-token-is-refused'],
    ['The token may not send events to this ad account.', 'the-ad-account-is-refused'],
    ['Pinterest knows no such ad account.', 'the-ad-account-is-refused'],
    ['An operator paused it.', 'the-connection-is-paused'],
  ])('links to the guide of a connection that says “%s”', (says, hash) => {
    const [, check] = ask({ outcome: 'undelivered', attempts: [], connection: { health: 'unhealthy', says } });
    expect(check).toMatchObject({
      title: 'The connection is delivering',
      answer: 'no',
      guide: { slug: 'pinterest-troubleshooting', hash },
    });
  });
});
