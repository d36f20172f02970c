import { describe, expect, test } from 'vitest';
import type { TimelineView } from '../../../../api/client.ts';
import { type ChecklistInput, checkMicrosoftConversion } from './microsoft-checklist.ts';

const now = 1_795_600_000_000;
const event: NonNullable<TimelineView['event']> = {
  site: 'shop',
  offset: '0000000000000001',
  name: 'Purchase',
  id: 'ord-1',
  reporter: 'browser',
  time: now,
  receivedAt: now,
  consent: { stated: 'granted', effective: 'granted' },
  keys: [],
  page: {},
  commerce: {},
  warnings: [],
};
type Delivery = ChecklistInput['delivery'];
const attempt = (payload: unknown, startedAt = now - 90_000_000): Delivery['attempts'][number] => ({
  id: 'a',
  startedAt,
  events: 1,
  bodySha256: '',
  payload,
  result: 'delivered',
  issues: [],
});
const sent = { eventType: 'custom', eventName: 'purchase', adStorageConsent: 'G', userData: { msclkid: 'x' } };

function ask(delivery: Partial<Delivery>, more: Partial<ChecklistInput> = {}, missing: TimelineView['missing'] = []) {
  const whole: Delivery = {
    connection: 'bing',
    outcome: 'delivered',
    says: 'It says.',
    issues: [],
    attempts: [attempt(sent)],
    ...delivery,
  };
  const timeline: TimelineView = { event, copies: [], recalled: [], missing, connections: [whole] };
  return checkMicrosoftConversion({ timeline, delivery: whole, now, ...more });
}
const answers = (checks: ReturnType<typeof ask>) => checks.map(({ title, answer }) => `${title}: ${answer}`);

describe('why an event is not in Microsoft', () => {
  test('goes through the whole list where it was delivered', () => {
    expect(answers(ask({}, { tagId: '1234' }))).toEqual([
      'Convey took the event: yes',
      'Convey sent it, and Microsoft accepted it: yes',
      'Every field was taken: yes',
      'A day has passed: yes',
      'The goal belongs to the tag: unseen',
      "The goal's Action is the event's name: unseen",
      'The goal is on, and in the account with the ads: unseen',
      'An ad click led to it: yes',
      "It came within the goal's conversion window: unseen",
      'You look at the day of the click: unseen',
      'The shopper consented: yes',
    ]);
    const says = ask({}, { tagId: '1234' }).map((check) => check.message);
    expect(says).toContainEqual(expect.stringContaining('1234'));
    expect(says).toContainEqual(expect.stringContaining('“purchase”'));
  });

  test('says what is amiss with what was delivered, and why the click is missing', () => {
    const payload = { ...sent, adStorageConsent: 'D', userData: {} };
    const checks = ask(
      { attempts: [attempt(payload, now - 1_000)], issues: [{ field: 'userData.em', code: 'c', message: 'm' }] },
      {},
      [{ key: 'msclkid', says: 'No click is known.', remedy: 'Switch auto-tagging on.' }],
    );
    expect(answers(checks)).toEqual(
      expect.arrayContaining([
        'Every field was taken: no',
        'A day has passed: wait',
        'An ad click led to it: no',
        'The shopper consented: no',
      ]),
    );
    expect(checks.find(({ title }) => title.startsWith('An ad click'))?.message).toContain('Switch auto-tagging on.');
  });

  test.each([
    ['consent-denied', 'skipped-consent-denied'],
    ['browser-tag-sent-it', 'page-views-are-missing'],
    ['duplicate', 'skipped-duplicate'],
    ['erased', undefined],
  ] as const)('ends where %s ended it, with the place of the guide', (outcome, hash) => {
    const checks = ask({ outcome, attempts: [] });
    expect(answers(checks)).toEqual(['Convey took the event: yes', 'Convey sent it, and Microsoft accepted it: no']);
    expect(checks.at(-1)?.guide?.hash).toBe(hash);
  });

  test('says the reasons of a dead letter, and tells too old from refused', () => {
    const dead = (code: string) => ask({ outcome: 'dead', issues: [{ field: 'time', code, message: 'The reason.' }] }).at(-1);
    expect(dead('too-old')).toMatchObject({ answer: 'no', message: 'The reason.', guide: { hash: 'expired' } });
    expect(dead('InvalidUrl')).toMatchObject({ guide: { hash: 'rejected' } });
  });

  test('looks at the connection while the event waits for it', () => {
    const waiting = (says: string) =>
      ask({ outcome: 'undelivered', attempts: [] }, { connection: { health: 'unhealthy', says } })[1];
    expect(waiting('Microsoft does not accept the token (401).')).toMatchObject({
      title: 'The connection delivers',
      answer: 'no',
      guide: { hash: '401-token-refused' },
    });
    expect(waiting('An operator paused it.')?.guide?.hash).toBe('the-connection-is-paused');
    expect(answers(ask({ outcome: 'waiting' }, { connection: { health: 'healthy', says: 'Delivering.' } }))).toEqual([
      'Convey took the event: yes',
      'The connection delivers: yes',
      'Convey sent it, and Microsoft accepted it: wait',
    ]);
  });

  test('does not claim what is not kept', () => {
    const checks = ask({ attempts: [attempt(null)] });
    expect(answers(checks)).toEqual(expect.arrayContaining(['An ad click led to it: unseen', 'The shopper consented: unseen']));
  });
});
