import { describe, expect, it } from 'vitest';
import { dayMs, hourMs, minuteMs, secondMs } from '../../event/units.ts';
import { buildConnectionState, start } from '../delivery.fixture.ts';
import { closedBreaker, recordFailure } from '../sending/circuit-breaker.ts';
import { continueWait, recordFailedRequest } from '../sending/requested-wait.ts';
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

  it('keeps the rest of a requested wait, and has its next probe within an hour', () => {
    const failed = recordFailedRequest(buildConnectionState(), ahead, () => 0.5, dayMs);
    const probed = continueWait(failed, ahead + 5 * hourMs, dayMs);
    expect(shortenWaits(failed, start)).toEqual(recordFailedRequest(buildConnectionState(), start, () => 0.5, dayMs));
    expect(isStateAhead(probed, start)).toBe(true);
    expect(shortenWaits(probed, start).breaker.notBefore).toBe(start + hourMs);
  });

  it('shortens a wait that an earlier version or a clock ahead made longer than an hour', () => {
    const waiting = buildConnectionState({ breaker: { ...closedBreaker, failures: 1, notBefore: start + 7 * dayMs } });
    expect(isStateAhead(waiting, start)).toBe(true);
    expect(shortenWaits(waiting, start).breaker.notBefore).toBe(start + hourMs);
  });

  it('counts the time of unconfirmed answers from now', () => {
    const unconfirmed = { attempt: 'a', since: ahead, tries: 1 };
    expect(shortenWaits(buildConnectionState({ unconfirmed }), start).unconfirmed).toEqual({ ...unconfirmed, since: start });
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
