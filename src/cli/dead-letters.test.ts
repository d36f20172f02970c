import { expect, it } from 'vitest';
import { toExpiredRangeView } from '../api/events/event-view.ts';
import { formatDeadLetters } from './dead-letters.ts';

it('a removed range of the event log is one row with its event count', () => {
  const at = Date.UTC(2026, 10, 24, 10);
  const range = toExpiredRangeView('bing', { after: '1', lastOffset: '9', events: 7, at });
  const deadLetter = {
    connection: 'bing',
    offset: '0000000000000001',
    eventName: 'Lead',
    eventId: 'l-1\u001b[31m',
    cause: 'rejected',
    issues: [],
    at,
  } as const;
  const [, first = '', second = ''] = formatDeadLetters([range, deadLetter]).split('\n');
  expect(first).toMatch(/^2026-11-24 10:00:00 {2}bing +9 +7 events +– +expired +time \(expired\): These events reached the age/);
  expect(second).toMatch(/0000000000000001 +Lead +l-1\ufffd\[31m +rejected$/);
});
