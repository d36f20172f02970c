import { describe, expect, it } from 'vitest';
import { dayMs, hourMs, secondMs } from '../../event/units.ts';
import { buildEvent, buildRecord, start } from '../delivery.fixture.ts';
import { mapTo, tinyPlatform } from '../tiny-platform.fixture.ts';
import { become } from './decide.fixture.ts';
import type { DecisionContext } from './decision.ts';

describe('an event that was received while the clock was wrong', () => {
  const timed: DecisionContext['destination'] = { ...tinyPlatform, map: ({ time }) => mapTo({ time }) };

  it('is not sent with a time in the future', () => {
    expect(become(buildEvent('a', { time: start + 8 * dayMs }), { destination: timed })).toMatchObject({
      member: { text: JSON.stringify({ time: start }) },
    });
    expect(become(buildEvent('a', { time: start - 1 }), { destination: timed })).toMatchObject({
      member: { text: JSON.stringify({ time: start - 1 }) },
    });
  });

  it('is not held as long as the clock was ahead', () => {
    const settings = { purchaseHoldMs: 90 * secondMs };
    expect(become(buildEvent('a', { name: 'Purchase' }), settings)).toHaveProperty('hold');
    expect(become(buildEvent('a', { name: 'Purchase', receivedAt: start + 8 * dayMs }), settings)).toHaveProperty('member');
  });

  it('is dated by the log after a clock rollback if it would seem expired', () => {
    const event = buildEvent('a', { time: start - 8 * dayMs - 1_000, receivedAt: start - 8 * dayMs });
    const record = { ...buildRecord('7', event), at: start - 2_000 };
    expect(become(event, { record, destination: timed })).toMatchObject({
      member: { text: JSON.stringify({ time: start - 3_000 }) },
    });
    expect(become(event)).toMatchObject({ deadLetter: { cause: 'expired' } });
    const spooled = { record, destination: timed, isFedBySpools: true };
    expect(become(event, spooled)).toMatchObject({ deadLetter: { cause: 'expired' } });
    const added = { ...event, addedBy: { rule: 'first', connection: 'bing' } };
    expect(become(added, { record, destination: timed })).toMatchObject({ deadLetter: { cause: 'expired' } });
  });
});

it('a seemingly expired event waits while the clock is suspect', () => {
  const event = buildEvent('a', { time: start - 8 * dayMs, receivedAt: start - 8 * dayMs });
  expect(become(event, { clockTrustedUntil: start - 1 })).toEqual({
    hold: { offset: '7', reason: 'retry', dueAt: start + hourMs, tries: 0 },
    isSeeminglyExpired: true,
  });
  expect(become(event, { clockTrustedUntil: start })).toMatchObject({ deadLetter: { cause: 'expired' } });
});
