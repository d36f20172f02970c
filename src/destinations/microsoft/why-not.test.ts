import { describe, expect, test } from 'vitest';
import { createDelivery, createHistory, summarizeChecks } from '../kit/delivery-history.fixture.ts';
import { type DeliveryHistory, readAccepted } from '../kit/why-not.ts';
import { payload } from './payload.ts';
import { whyNot } from './why-not.ts';

const ageMs = 90_000_000;
const sent = {
  eventType: 'custom',
  eventTime: 1_795_500_000,
  eventName: 'purchase',
  eventId: 'e-7',
  adStorageConsent: 'G',
  userData: { msclkid: 'dd4afccc-b1c9-4a4c-ad95-44dd7e5006ab' },
};

function ask(changes: Partial<DeliveryHistory>, tagId = '187') {
  const history = createHistory({ attempts: [createDelivery(sent, ageMs)], ...changes });
  return whyNot(history, { tagId }, readAccepted(history, payload));
}

describe('whyNot', () => {
  test('returns all checks for a delivered event', () => {
    expect(summarizeChecks(ask({}, '1234'))).toEqual([
      'Convey received the event: yes',
      'Microsoft accepted the event: yes',
      'Microsoft accepted all fields: yes',
      '24 hours have passed: yes',
      'The goal belongs to the tag: unseen',
      "The goal's Action equals the event name: unseen",
      'Browser and server report the same name and ID: unseen',
      'The goal is enabled in the account with the ads: unseen',
      'The event has a click ID: yes',
      "The event is within the goal's conversion window: unseen",
      'The report includes the day of the click: unseen',
      'The shopper consented: yes',
    ]);
    const messages = ask({}, '1234').map((check) => check.message);
    expect(messages).toContainEqual(expect.stringContaining('1234'));
    expect(messages).toContainEqual(expect.stringContaining('“purchase”'));
    expect(messages).toContainEqual(expect.stringContaining('“e-7” too, Microsoft counts it once.'));
  });

  test('reports problems of a delivered event and why the click is missing', () => {
    const denied = { ...sent, adStorageConsent: 'D', userData: { anonymousId: 'a-1' } };
    const checks = ask({
      attempts: [createDelivery(denied, 1_000)],
      issues: [{ field: 'userData.em', code: 'c', message: 'm' }],
      missing: [{ key: 'msclkid', says: 'No click is known.', remedy: 'Switch auto-tagging on.' }],
    });
    expect(summarizeChecks(checks)).toEqual(
      expect.arrayContaining([
        'Microsoft accepted all fields: no',
        '24 hours have passed: wait',
        'The event has a click ID: no',
        'The shopper consented: no',
      ]),
    );
    expect(checks.find(({ title }) => title.startsWith('The event has a click'))?.message).toContain('Switch auto-tagging on.');
  });

  test.each([
    ['consent-denied', 'skipped-events'],
    ['browser-tag-sent-it', 'page-views-are-missing'],
    ['duplicate', 'skipped-events'],
    ['erased', undefined],
  ] as const)('stops at a skip with %s and links to the guide', (outcome, hash) => {
    const checks = ask({ outcome, attempts: [] });
    expect(summarizeChecks(checks)).toEqual(['Convey received the event: yes', 'Not sent to Microsoft, on purpose: skip']);
    expect(checks.at(-1)?.guide?.hash).toBe(hash);
  });

  test('reports the reasons of a failed event and distinguishes expired from rejected', () => {
    const dead = (code: string) => ask({ outcome: 'dead', issues: [{ field: 'time', code, message: 'The reason.' }] }).at(-1);
    expect(dead('too-old')).toMatchObject({ answer: 'no', message: 'The reason.', guide: { hash: 'expired' } });
    expect(dead('InvalidUrl')).toMatchObject({ guide: { hash: 'rejected' } });
    expect(dead('refused-by-a-firewall')).toMatchObject({ guide: { hash: 'other-responses' } });
  });

  test('checks the connection while the event is pending', () => {
    const waiting = (message: string) =>
      ask({ outcome: 'undelivered', attempts: [], connection: { health: 'unhealthy', says: message } })[1];
    expect(waiting('Microsoft does not accept the token (401).')).toMatchObject({
      title: 'The connection is delivering',
      answer: 'no',
      guide: { hash: '401-token-refused' },
    });
    expect(waiting('An operator paused it.')?.guide?.hash).toBe('the-connection-is-paused');
    expect(summarizeChecks(ask({ outcome: 'waiting' }))).toEqual([
      'Convey received the event: yes',
      'The connection is delivering: yes',
      'Microsoft accepted the event: wait',
    ]);
  });

  test('reports that no goal counted the name that Microsoft got, and when that was checked', () => {
    const goals = { checkedAt: Date.UTC(2026, 10, 25, 9, 30), uncounted: [{ name: 'lead' }, { name: 'Purchase' }] };
    expect(ask({ goals })[3]).toEqual({
      title: 'A goal counts the event',
      answer: 'no',
      message:
        'Microsoft accepted the event, and no goal counts `purchase`. The goals were checked at 2026-11-25 09:30:00 UTC. Make the goals under “Event goals” in the settings of the connection.',
      guide: { slug: 'connect-microsoft' },
    });
    const { eventName: _name, ...unnamed } = sent;
    const pageView = { ...unnamed, eventType: 'pageLoad', eventSourceUrl: 'https://shop.example/' };
    for (const changes of [
      { goals: { ...goals, uncounted: [{ name: 'lead' }] } },
      { goals, attempts: [createDelivery(pageView, ageMs)] },
      { goals, attempts: [createDelivery(null, ageMs)] },
      { goals, outcome: 'dead' },
    ])
      expect(summarizeChecks(ask(changes)).join()).not.toContain('A goal counts');
  });

  test('reports unknown if the payload is no longer stored', () => {
    const checks = ask({ attempts: [createDelivery(null, ageMs)] });
    expect(summarizeChecks(checks)).toEqual(
      expect.arrayContaining(['The event has a click ID: unseen', 'The shopper consented: unseen']),
    );
  });
});
