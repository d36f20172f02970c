import { describe, expect, test } from 'vitest';
import { createDelivery, createHistory, summarizeChecks } from '../kit/delivery-history.fixture.ts';
import { type DeliveryHistory, readAccepted } from '../kit/why-not.ts';
import { payload } from './payload.ts';
import { whyNot } from './why-not.ts';

const ageMs = 3_600_000;
const sent = {
  event: 'Purchase',
  event_time: 1_795_590_000,
  event_id: 'purchase-1001',
  user: { email: '0'.repeat(64), ttclid: 'E.C.P.x' },
};

function ask(changes: Partial<DeliveryHistory>, testEventCode?: string) {
  const history = createHistory({ attempts: [createDelivery(sent, ageMs)], ...changes });
  const settings = { pixelCode: 'C4ABCDEF0123456789AB', ...(testEventCode !== undefined && { testEventCode }) };
  return whyNot(history, settings, readAccepted(history, payload));
}

describe('whyNot', () => {
  test('returns all checks for a delivered event', () => {
    expect(summarizeChecks(ask({}))).toEqual([
      'Convey received the event: yes',
      'TikTok accepted the event: yes',
      'TikTok accepted all fields: yes',
      'An hour has passed: yes',
      'You look at the pixel that receives the event: unseen',
      'Browser and server report the same name and ID: unseen',
      'The event has a strong match key: yes',
      'The event has a click ID: yes',
      "The event is within the ad group's attribution window: unseen",
    ]);
    const text = ask({})
      .map(({ message }) => message)
      .join('\n');
    for (const named of ['pixel C4ABCDEF0123456789AB', '“Purchase”', '“purchase-1001”', 'ttclid, email'])
      expect(text).toContain(named);
  });

  test('blames no field of a purchase that refunds reduced, and has the refund of one', () => {
    const reduced = { field: 'commerce.value', code: 'reduced-by-refund', message: 'm' };
    expect(summarizeChecks(ask({ issues: [reduced] }))).toContain('TikTok accepted all fields: yes');
    expect(summarizeChecks(ask({ outcome: 'restated', attempts: [] }))).toEqual([
      'Convey received the event: yes',
      'TikTok has the refund: yes',
    ]);
    expect(summarizeChecks(ask({ outcome: 'retracted', attempts: [] }))).toEqual([
      'Convey received the event: yes',
      'TikTok does not count the order: yes',
    ]);
  });

  test('reports problems of a delivered event, and why the click is missing', () => {
    const sent = {
      event_time: 1_795_590_000,
      event: 'Lead',
      event_id: 'l',
      user: { ip: '203.0.113.42', user_agent: 'a' },
      limited_data_use: true,
    };
    const checks = ask({
      attempts: [createDelivery(sent, 1_000)],
      issues: [{ field: 'page.url', code: 'url-missing', message: 'm' }],
      missing: [{ key: 'ttclid', says: 'No click is known.', remedy: 'Keep the query.' }],
    });
    expect(summarizeChecks(checks)).toEqual(
      expect.arrayContaining([
        'TikTok accepted all fields: no',
        'An hour has passed: wait',
        'The event has a strong match key: no',
        'The event has a click ID: no',
        'Limited Data Use does not apply to the shopper: unseen',
      ]),
    );
    expect(checks.find(({ title }) => title === 'The event has a click ID')?.message).toContain('Keep the query.');
  });

  test('names the test code if there is one', () => {
    const checks = ask({}, 'TEST12345').filter(({ message }) => message.includes('TEST12345'));
    expect(summarizeChecks(checks)).toEqual(['The connection sends no test events: no']);
  });

  test('reports unknown if the payload is no longer stored', () => {
    const unseen = summarizeChecks(ask({ attempts: [createDelivery(null, ageMs)] })).filter((answer) =>
      answer.endsWith(': unseen'),
    );
    expect(unseen).toEqual(
      expect.arrayContaining([
        'Browser and server report the same name and ID: unseen',
        'The event has a strong match key: unseen',
        'The event has a click ID: unseen',
      ]),
    );
  });

  test.each([
    ['consent-denied', 'skipped-events'],
    ['unsupported-event', 'page-views-are-missing'],
    ['browser-tag-sent-it', 'page-views-are-missing'],
    ['no-identifier', 'skipped-events'],
    ['filtered', 'skipped-events'],
    ['erased', undefined],
  ] as const)('stops at a skip with %s and links to the guide', (outcome, hash) => {
    const checks = ask({ outcome, attempts: [] });
    expect(summarizeChecks(checks)).toEqual(['Convey received the event: yes', 'Not sent to TikTok, on purpose: skip']);
    expect(checks.at(-1)?.guide?.hash).toBe(hash);
  });

  test.each([
    ['TikTok does not accept the access token (40105): it is wrong.', 'the-token-is-refused'],
    ['TikTok received no access token (40104).', 'the-token-is-refused'],
    ['The token may not send events to this pixel (40001).', 'the-token-may-not-send'],
    ['TikTok knows no such pixel (40007).', 'the-pixel-is-refused'],
    ['TikTok refuses the pixel code (40002).', 'the-pixel-is-refused'],
    ['An operator paused it.', 'the-connection-is-paused'],
  ])('links to the guide of a connection that says “%s”', (says, hash) => {
    const [, check] = ask({ outcome: 'undelivered', attempts: [], connection: { health: 'unhealthy', says } });
    expect(check).toMatchObject({ answer: 'no', guide: { slug: 'tiktok-troubleshooting', hash } });
  });
});
