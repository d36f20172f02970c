import { describe, expect, it } from 'vitest';
import { dayMs, hourMs, minuteMs, secondMs } from '../../event/units.ts';
import { buildConnectionState, start } from '../delivery.fixture.ts';
import { closedBreaker, recordFailure } from '../sending/circuit-breaker.ts';
import { sampleIssue } from '../tiny-platform.fixture.ts';
import { isStateAhead, shortenWaits } from './clock-rollback.ts';

const ahead = start + 8 * dayMs;
const blocked = (probeAt: number) => ({ cause: 'blocked', issue: sampleIssue, since: start, probeAt }) as const;

describe('shortenWaits after a clock that was 8 days ahead is corrected', () => {
  it("keeps the length of the breaker's wait, including its Retry-After", () => {
    const tripped = buildConnectionState({ breaker: recordFailure(closedBreaker, ahead, () => 0.5, hourMs) });
    expect(isStateAhead(tripped, start)).toBe(true);
    expect(shortenWaits(tripped, start).breaker).toEqual(recordFailure(closedBreaker, start, () => 0.5, hourMs));
  });

  it("makes a blocked connection's probe due at once", () => {
    const paused = buildConnectionState({ pause: blocked(ahead + 15 * minuteMs) });
    expect(isStateAhead(paused, start)).toBe(true);
    expect(shortenWaits(paused, start).pause).toEqual(blocked(start));
  });

  it("leaves an operator's pause unchanged", () => {
    const paused = buildConnectionState({ pause: { cause: 'operator', issue: sampleIssue, since: ahead, probeAt: null } });
    expect(isStateAhead(paused, start)).toBe(false);
    expect(shortenWaits(paused, start)).toEqual(paused);
  });
});

it('shortenWaits changes nothing if the clock was right', () => {
  const state = buildConnectionState({
    breaker: recordFailure(closedBreaker, start - secondMs, () => 0.5),
    pause: blocked(start + 15 * minuteMs),
  });
  expect(isStateAhead(state, start)).toBe(false);
  expect(shortenWaits(state, start)).toEqual(state);
});
