import { expect, it } from 'vitest';
import { createLogger } from '../../logger.ts';
import type { DeadLetter } from '../../storage/ports/dead-letters.ts';
import { buildConnectionState, start } from '../delivery.fixture.ts';
import { logDeadLetters } from './log-dead-letters.ts';

function loggedLines(count: number, expired = 0): { readonly msg: string; readonly event?: string; readonly events?: number }[] {
  let lines = '';
  const write = (line: string) => {
    lines += line;
  };
  const deadLetters = Array.from({ length: count }, (_, index): DeadLetter => {
    const issues = [{ field: 'data.email', code: 'refused', message: 'Not for the log: jane@shop.example.' }];
    const bytes = Buffer.from('{"email":"jane@shop.example"}');
    return { offset: String(index), cause: 'rejected', issues, eventName: 'Lead', eventId: `e-${index}`, bytes, at: start };
  });
  const range = expired > 0 ? { expired: { after: '0', lastOffset: '9', events: expired, at: start } } : {};
  logDeadLetters(createLogger('debug', { write }), 'shop/bing', { state: buildConnectionState({}), deadLetters, ...range });
  expect(lines).not.toContain('jane');
  expect(lines).not.toContain('removed');
  return lines
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

it('each dead letter has a line with its event and the reasons', () => {
  expect(loggedLines(2)).toMatchObject([
    { consumer: 'shop/bing', event: 'e-0', name: 'Lead', cause: 'rejected', why: ['data.email refused'], msg: 'dead letter' },
    { event: 'e-1' },
  ]);
});

it('a large batch of dead letters logs the first ones and counts the rest', () => {
  const lines = loggedLines(500);
  expect(lines).toHaveLength(21);
  expect(lines.at(-1)).toMatchObject({ events: 480 });
});

it('an expired range has one line', () => {
  expect(loggedLines(0, 7)).toMatchObject([{ events: 7, msg: 'events expired' }]);
});

it('a commit without dead letters has no line', () => {
  expect(loggedLines(0)).toEqual([]);
});
