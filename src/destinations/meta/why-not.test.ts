import { describe, expect, test } from 'vitest';
import { createDelivery, createHistory, summarizeChecks } from '../kit/delivery-history.fixture.ts';
import { type DeliveryHistory, readAccepted } from '../kit/why-not.ts';
import { payload } from './payload.ts';
import { whyNot } from './why-not.ts';

const ageMs = 3_600_000;
const sent = {
  event_name: 'Purchase',
  event_time: 1_795_590_000,
  action_source: 'website',
  event_id: 'ord-1001',
  event_source_url: 'https://shop.example/thanks?x=1',
  custom_data: { value: 1, currency: 'EUR' },
  user_data: { em: ['0'.repeat(64)], fbc: 'fb.1.1790000000123.IwAR' },
};

function ask(changes: Partial<DeliveryHistory>, testEventCode?: string) {
  const history = createHistory({ attempts: [createDelivery(sent, ageMs)], ...changes });
  const settings = { datasetId: '12345', ...(testEventCode !== undefined && { testEventCode }) };
  return whyNot(history, settings, readAccepted(history, payload));
}

describe('whyNot', () => {
  test('returns all checks for a delivered event', () => {
    expect(summarizeChecks(ask({}))).toEqual([
      'Convey received the event: yes',
      'Meta accepted the event: yes',
      'Meta accepted all fields: yes',
      'An hour has passed: yes',
      'You look at the dataset that receives the event: unseen',
      "The shop's domain may send events: unseen",
      'Browser and server report the same name and ID: unseen',
      'The event has a strong match key: yes',
      'The event has a click ID: yes',
      "The event is within the ad set's attribution window: unseen",
    ]);
    const text = ask({})
      .map(({ message }) => message)
      .join('\n');
    for (const named of ['dataset 12345', 'shop.example', '“Purchase”', '“ord-1001”', 'em, fbc']) expect(text).toContain(named);
  });

  test('reports problems of a delivered event, and why the click is missing', () => {
    const { event_source_url: _, ...withoutUrl } = sent;
    const lead = { ...withoutUrl, event_name: 'Lead', event_id: 'l', user_data: { client_ip_address: '203.0.113.42' } };
    const checks = ask({
      attempts: [createDelivery({ ...lead, data_processing_options: ['LDU'] }, 1_000)],
      issues: [{ field: 'page.url', code: 'url-missing', message: 'm' }],
      missing: [{ key: 'fbc', says: 'No click is known.', remedy: 'Keep the query.' }],
    });
    expect(summarizeChecks(checks)).toEqual(
      expect.arrayContaining([
        'Meta accepted all fields: no',
        'An hour has passed: wait',
        "The shop's domain may send events: no",
        'The event has a strong match key: no',
        'The event has a click ID: no',
        'Limited Data Use does not apply to the shopper: unseen',
      ]),
    );
    expect(checks.find(({ title }) => title === 'The event has a click ID')?.message).toContain('Keep the query.');
  });

  test('names the test code if there is one', () => {
    const checks = ask({}, 'TEST12345').filter(({ message }) => message.includes('TEST12345'));
    expect(summarizeChecks(checks)).toEqual(['The test code is the one of the open tab: unseen']);
  });

  test('reports unknown if the payload is no longer stored', () => {
    const unseen = summarizeChecks(ask({ attempts: [createDelivery(null, ageMs)] })).filter((answer) =>
      answer.endsWith(': unseen'),
    );
    expect(unseen).toEqual(
      expect.arrayContaining([
        "The shop's domain may send events: unseen",
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
    ['bot', 'skipped-events'],
    ['duplicate', 'skipped-events'],
    ['erased', undefined],
  ] as const)('stops at a skip with %s and links to the guide', (outcome, hash) => {
    const checks = ask({ outcome, attempts: [] });
    expect(summarizeChecks(checks)).toEqual(['Convey received the event: yes', 'Not sent to Meta, on purpose: skip']);
    expect(checks.at(-1)?.guide?.hash).toBe(hash);
  });

  test.each([
    ['100/2804050', 'error-1002804050'],
    ['required', 'rejected'],
    ['too-old', 'expired'],
  ])('links to the section of a failed event with the issue %s', (code, hash) => {
    const issues = [{ field: '', code, message: 'Refused.' }];
    expect(ask({ outcome: 'dead', issues, attempts: [] }).at(-1)?.guide?.hash).toBe(hash);
  });

  test.each([
    ['Meta does not accept the access token (190): it is incomplete.', 'the-token-is-refused'],
    ['Meta knows no such dataset for this token (100/33).', 'the-dataset-is-refused'],
    ['The token may not send events to this dataset (10).', 'the-dataset-is-refused'],
    ['An operator paused it.', 'the-connection-is-paused'],
  ])('links to the guide of a connection that says “%s”', (says, hash) => {
    const [, check] = ask({ outcome: 'undelivered', attempts: [], connection: { health: 'unhealthy', says } });
    expect(check).toMatchObject({
      title: 'The connection is delivering',
      answer: 'no',
      guide: { slug: 'meta-troubleshooting', hash },
    });
  });
});
