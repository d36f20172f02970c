import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { toEventView } from '../api/events/event-view.ts';
import { buildEvent } from '../delivery/delivery.fixture.ts';
import { formatDeadLetters } from './dead-letters.ts';
import { formatPayload, timeline } from './event.ts';

test('formatPayload writes one member a line, and limits the lines', () => {
  expect(formatPayload({ name: 'purchase', user: { em: '***' } })).toEqual([
    '      request  {',
    '        "name": "purchase",',
    '        "user": {',
    '          "em": "***"',
    '        }',
    '      }',
  ]);
  const long = formatPayload(Array.from({ length: 200 }, () => 'a\u2028b'));
  expect(long).toHaveLength(101);
  expect(long[1]).toBe('        "a\ufffdb",');
  expect(long.at(-1)).toBe('      … 102 more lines');
});

test('conditions that do not hold are shown for an accepted event alone', () => {
  const message = 'Ads accepted the event, and no goal counts `lead`.';
  const checks = [
    { title: 'Ads accepted the event', answer: 'yes', message: 'Confirmed.' },
    { title: 'A goal counts the event', answer: 'no', message },
    { title: 'The click is known', answer: 'unseen', message: 'Look there.' },
  ] as const;
  const show = (outcome: 'delivered' | 'dead') => {
    const connection = {
      connection: 'ads',
      platform: 'Ads',
      outcome,
      says: '',
      missing: [],
      checks,
      steps: [],
      attempts: [],
      uploads: [],
    };
    return timeline({ event: null, copies: [], recalled: [], missing: [], connections: [{ ...connection, issues: [] }] }, 'e-1');
  };
  expect(show('delivered')).toContain(`    A goal counts the event: no. ${message}`);
  expect(show('delivered')).not.toContain('Look there.');
  expect(show('dead')).not.toContain(message);
});

test('each issue of an event, an attempt and a dead letter has its code beside its text', () => {
  const issue = (code: string) => ({ field: 'commerce.value', code, message: 'Must be a number.' });
  const attempt = { id: 'r1', startedAt: 0, events: 1, bodySha256: '', payload: null, result: 'peel', status: 400 } as const;
  const steps = [
    { step: 'received', state: 'done', message: 'Reported by the server.' },
    { step: 'sent', state: 'failed', message: 'Refused.' },
  ] as const;
  const connection = {
    connection: 'ads',
    platform: 'Ads',
    outcome: 'dead',
    says: 'Refused.',
    missing: [],
    uploads: [
      {
        goal: 'Purchase',
        state: 'uploaded',
        says: 'The conversion is changed to USD 100.00.',
        tries: 1,
        triedAt: Date.UTC(2026, 10, 27, 10),
        code: '200',
        trackingId: 'track-1',
      },
    ],
    checks: [],
    steps,
  } as const;
  const connections = [{ ...connection, issues: [issue('own')], attempts: [{ ...attempt, issues: [issue('answered')] }] }];
  const shown = timeline({ event: null, copies: [], recalled: [], missing: [], connections }, 'e-1');
  expect(stripVTControlCharacters(shown)).toMatch(
    /10:00.* UTC {2}refund {2}uploaded {2}The conversion is changed to USD 100\.00\. {2}200 {2}tracking id track-1/,
  );
  expect(shown).toMatch(/connection +received +sent\n +ads +yes +failed\n/);
  for (const code of ['own', 'answered']) expect(shown).toContain(`commerce.value (${code}): Must be a number.`);
  const letter = { at: 0, connection: 'ads', cause: 'rejected', offset: '1', eventName: 'Lead', eventId: 'e-1' } as const;
  expect(formatDeadLetters([{ ...letter, issues: [issue('own')] }])).toContain('(own): Must');
});

test("the source of an event's country is shown", () => {
  const event = toEventView(buildEvent('e-1', { client: { country: 'US', countryFrom: 'table' } }), '1', {});
  const shown = timeline({ event, copies: [], recalled: [], missing: [], connections: [] });
  expect(stripVTControlCharacters(shown)).toContain('\n  country    US, by the country tables\n');
});
