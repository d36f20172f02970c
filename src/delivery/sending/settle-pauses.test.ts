import { describe, expect, it } from 'vitest';
import type { EventResult } from '../../destinations/kit/destination.ts';
import { dayMs, hourMs, minuteMs, secondMs } from '../../event/units.ts';
import type { ConnectionState } from '../../storage/ports/connection-state.ts';
import { start } from '../delivery.fixture.ts';
import type { BatchPlan } from '../planning/batch-plan.ts';
import { sampleIssue } from '../tiny-platform.fixture.ts';
import type { RequestOutcome } from './attempt-result.ts';
import {
  aMember,
  context,
  corrupt,
  delivered,
  formatOffset,
  fromDeferred,
  fromLog,
  getDeferred,
  getOutcomes,
  mapped,
  receivedAt,
  respond,
  rows,
  state,
} from './settle.fixture.ts';
import { settle, settleWithoutSending } from './settle.ts';

const refused: EventResult = { outcome: 'rejected', issues: [sampleIssue] };

describe('blocked', () => {
  const answer = respond({ blocked: sampleIssue }, 401);
  it('ends the proof of an earlier probe', () => {
    const proven = { ...state, provenAt: start - 1 };
    expect(settle(fromLog, answer, context({ state: proven })).state).not.toHaveProperty('provenAt');
    const unconfirmed = { since: start - 6 * hourMs, tries: 9 };
    const atOwnEndpoint = respond({ retry: 'unknown', unconfirmed: 'own-endpoint' }, 200);
    const after = settle(fromLog, atOwnEndpoint, context({ state: { ...proven, unconfirmed } })).state;
    expect(after.pause).not.toBeNull();
    expect(after).not.toHaveProperty('provenAt');
  });

  it('pauses the connection, blames no event, and probes by the age of the settings', () => {
    for (const deferred of [[], rows]) {
      const commit = settle(deferred.length > 0 ? fromDeferred : fromLog, answer, context({ deferred }));
      expect(commit.state).toEqual({
        ...state,
        pause: { cause: 'blocked', issue: sampleIssue, since: start, probeAt: start + 15 * minuteMs },
      });
      expect(commit.putDeferred ?? []).toEqual([]);
    }
    const fresh = settle(fromLog, answer, context({ state: { ...state, settingsChangedAt: start } }));
    expect(fresh.state.pause?.probeAt).toBe(start + minuteMs);
  });
});

describe('a refusal that may be about the content of an event', () => {
  const answer = respond({ blocked: sampleIssue, mayBeContent: true }, 403);
  const blocked = { id: 'a1', result: 'blocked' };
  const blockedAgain = (isOtherAccepted: boolean) => ({ wasBlockedBefore: true, isOtherAccepted });
  const singleEvent = { ...fromDeferred, members: [aMember('000001')] };
  const aloneRows = rows.slice(0, 1);

  it('pauses the connection when the credential was not accepted', () => {
    expect(settle(fromLog, answer, context()).state.pause).toMatchObject({ cause: 'blocked', probeAt: start + 15 * minuteMs });
  });

  it('is sent once more when the credential was accepted', () => {
    const commit = settle(fromLog, answer, context({ content: { wasBlockedBefore: false, isOtherAccepted: false } }));
    const errors = [expect.objectContaining({ code: sampleIssue.code, events: 3 })];
    expect(commit).toEqual({ state, settle: expect.objectContaining(blocked), errors });
  });

  it('bisects the batch without failed events when it was blocked again', () => {
    const commit = settle(fromLog, answer, context({ content: blockedAgain(false) }));
    expect(commit).toMatchObject({ state: { pause: null, cursor: '000009', bisectedAt: start }, settle: blocked });
    expect(commit.state).not.toHaveProperty('takenAt');
    expect(commit.deadLetters).toEqual([corrupt]);
    expect(getDeferred(commit).slice(1)).toEqual([
      ['000001', 'bisect', 'a1.0'],
      ['000002', 'bisect', 'a1.0'],
      ['000003', 'bisect', 'a1.1'],
    ]);
  });

  it('separates trusted events from the others before it bisects those', () => {
    const commit = settle({ ...fromLog, trusted: new Set(['000003']) }, answer, context({ content: blockedAgain(false) }));
    expect(getDeferred(commit).slice(1)).toEqual([
      ['000003', 'bisect', 'a1.0'],
      ['000001', 'bisect', 'a1.1'],
      ['000002', 'bisect', 'a1.1'],
    ]);
    expect(commit.putDeferred?.filter(({ isTrusted: trusted }) => trusted).map(({ offset }) => offset)).toEqual(['000003']);
  });

  it('rejects a single event only if the platform accepted others meanwhile', () => {
    const first = settle(singleEvent, answer, context({ deferred: aloneRows, content: blockedAgain(false) }));
    expect(first.state.pause).toBeNull();
    expect(first.deadLetters).toEqual([]);
    expect(first.putDeferred).toMatchObject([{ offset: '000001', reason: 'retry', dueAt: start + 10 * secondMs, tries: 1 }]);
    const second = settle(singleEvent, answer, context({ deferred: aloneRows, content: blockedAgain(true) }));
    expect(second.deadLetters).toMatchObject([{ cause: 'rejected', issues: [mapped, { code: 'refused-by-a-firewall' }] }]);
    expect(second.removeDeferred).toEqual(['000001']);
  });

  it('bisects no second batch before the platform accepted a request since the first', () => {
    const later = (more: Partial<ConnectionState>) =>
      settle(fromLog, answer, context({ state: { ...state, bisectedAt: start - 2, ...more }, content: blockedAgain(false) }));
    expect(later({}).state.pause).toMatchObject({ cause: 'blocked', probeAt: start + minuteMs });
    expect(later({ takenAt: start - 3 }).putDeferred).toBeUndefined();
    expect(later({ takenAt: start - 1 }).state.pause).toBeNull();
  });

  it('pauses the connection if waiting single events are refused, and no other was accepted since', () => {
    const waiting = rows.map(({ offset, dueAt, tries }) => ({ offset, dueAt, tries, reason: 'retry' as const }));
    const commit = settle(fromDeferred, answer, context({ deferred: waiting, content: blockedAgain(false) }));
    expect(commit.state.pause).toMatchObject({ cause: 'blocked', probeAt: start + minuteMs });
    expect(commit.putDeferred?.map(({ reason: why, tries }) => [why, tries])).toEqual([
      ['retry', 1],
      ['retry', 2],
      ['retry', 3],
    ]);
    expect(settle(fromDeferred, answer, context({ deferred: waiting, content: blockedAgain(true) })).state.pause).toBeNull();
  });

  it('pauses the connection first for a request in doubt, and then ends the doubt', () => {
    const doubt = (wasBlockedBefore: boolean) =>
      settle(fromLog, answer, context({ inDoubt: true, content: { wasBlockedBefore, isOtherAccepted: false } }));
    expect(doubt(false)).toMatchObject({ state: { pause: { cause: 'blocked' } }, settle: { result: 'unknown' } });
    expect(doubt(true)).toMatchObject({ state: { pause: null }, settle: { result: 'blocked' } });
  });
});

describe('a probe of a connection that paused for too many rejections', () => {
  const pause = { cause: 'schema', issue: sampleIssue, since: 1, probeAt: start } as const;
  const paused = { ...state, pause, verdicts: '1'.repeat(51) };
  const trusted = new Set(['000001', '000002', '000003']);
  const ahead: BatchPlan = { ...fromDeferred, trusted, aheadThrough: '000005' };
  const next = { cause: 'schema', probeAt: start + 15 * minuteMs };

  it('resumes it when all of its events are delivered, and counts from zero', () => {
    const end = respond({ settled: [delivered, delivered, delivered], issues: [] }, 200);
    const { state: after, outcomes } = settle(ahead, end, context({ state: paused }));
    expect(after).toMatchObject({ pause: null, verdicts: '', cursor: '000000', ahead: { cursor: '000005', through: '000005' } });
    expect(outcomes?.map(({ outcome }) => outcome)).toEqual(['delivered', 'delivered', 'delivered']);
  });

  it.each([
    ['rejected', { settled: Array.from({ length: 3 }, () => refused), issues: [] }],
    ['named and refused', { rejectRows: new Map([[0, [sampleIssue]]]) }],
    ['refused without a named row', { bisect: [] }],
  ] as const)('creates no failed event when they are %s: they wait, and it stays paused', (_, decoded) => {
    const commit = settle(ahead, respond(decoded), context({ state: paused }));
    expect(commit.state).toMatchObject({ pause: next, ahead: { cursor: '000005', through: '000005' } });
    expect(commit.deadLetters).toEqual([]);
    expect(getOutcomes(commit)).toEqual({ '000001': 'waiting', '000002': 'waiting', '000003': 'waiting' });
    expect(commit.putDeferred?.map(({ reason: why, isTrusted, dueAt }) => [why, isTrusted, dueAt - start])).toEqual(
      Array.from({ length: 3 }, () => ['retry', true, 30 * minuteMs]),
    );
  });

  it('ends the events that the platform took, so that none of them is sent twice', () => {
    const mixed = [delivered, refused, { outcome: 'unverified', issues: [] }] as const;
    const commit = settle(ahead, respond({ settled: mixed, issues: [] }, 200), context({ state: paused }));
    expect(commit.state).toMatchObject({ pause: next });
    expect(getOutcomes(commit)).toEqual({ '000001': 'delivered', '000002': 'waiting', '000003': 'unverified' });
    expect(commit.putDeferred?.map(({ offset }) => offset)).toEqual(['000002']);
    const unverified = Array.from({ length: 3 }, () => ({ outcome: 'unverified', issues: [] }) as const);
    const end = settle(ahead, respond({ settled: unverified, issues: [] }, 200), context({ state: paused }));
    expect([end.state.pause, end.putDeferred]).toMatchObject([next, []]);
  });

  it('ends the tests when the platform wants no further requests', () => {
    const end = respond({ blocked: sampleIssue, isFinal: true }, 410);
    expect(settle(ahead, end, context({ state: paused })).state.pause).toMatchObject({ cause: 'blocked', probeAt: null });
  });

  it.each([
    ['busy', respond({ retry: 'status 503' }, 503)],
    ['not reached', { notSent: 'ECONNREFUSED' }],
    ['silent', { unknown: 'TIMEOUT' }],
    ['blocked', respond({ blocked: sampleIssue }, 401)],
  ] as const)('decides nothing when the platform is %s', (_, end) => {
    const commit = settle(ahead, end, context({ state: paused }));
    expect(commit.state).toMatchObject({ pause: next, verdicts: paused.verdicts });
    expect(commit.state).not.toHaveProperty('ahead');
    expect([commit.deadLetters ?? [], commit.putDeferred ?? [], commit.outcomes ?? []]).toEqual([[], [], []]);
  });

  it('obeys a Retry-After, whatever the pause', () => {
    const end = respond({ retry: 'status 429', retryAfter: '86400' }, 429);
    const after = settle(ahead, end, context({ state: paused })).state;
    expect(after).toMatchObject({ pause: next, breaker: { notBefore: start + hourMs }, wait: { until: start + dayMs } });
  });

  it("waits for its next time when Convey's own check rejects an event", () => {
    const rejected = { ...corrupt, cause: 'rejected' } as const;
    const plan = { ...ahead, members: [], deadLetters: [rejected], trusted: new Set([rejected.offset]) };
    expect(settleWithoutSending(plan, [], paused, start).state.pause).toMatchObject(next);
    expect(settleWithoutSending({ ...plan, deadLetters: [] }, [], paused, start).state.pause).toEqual(pause);
  });
});

describe('a success in an unknown form', () => {
  const end = (retryAfter: string, unconfirmed: 'platform' | 'own-endpoint' = 'platform') =>
    respond({ retry: 'An unknown form.', retryAfter, unconfirmed }, 200);
  const settled = { ...state, unconfirmed: { attempt: 'a0', since: start - dayMs, tries: 9, isSettled: true as const } };

  it.each([
    ['is repeated after its Retry-After', 'platform', state],
    ['is repeated after its Retry-After at an endpoint of the operator', 'own-endpoint', state],
    ['delays the next request by its Retry-After once its events are unverified', 'platform', settled],
  ] as const)('%s', (_, source, before) => {
    const { breaker, wait } = settle(fromLog, end('3600', source), context({ state: before })).state;
    expect([breaker.notBefore - start, wait]).toEqual([hourMs, undefined]);
    const longer = settle(fromLog, end('7200', source), context({ state: before })).state;
    expect(longer).toMatchObject({ breaker: { notBefore: start + hourMs }, wait: { until: start + 2 * hourMs } });
  });

  it.each([
    ['busy', respond({ retry: 'status 503' }, 503)],
    ['not reached', { notSent: 'ECONNREFUSED' }],
    ['silent', { unknown: 'TIMEOUT' }],
    ['blocked', respond({ blocked: sampleIssue }, 401)],
    ['refused by row', respond({ rejectRows: new Map([[0, [sampleIssue]]]) })],
  ] as const)('at an endpoint of the operator begins to count again if it is %s in between', (_, other) => {
    const before = { ...state, unconfirmed: { since: start - 7 * hourMs, tries: 1 } };
    const between = settle(fromLog, other, context({ state: before, inDoubt: true })).state;
    expect(between).not.toHaveProperty('unconfirmed');
    const after = settle(fromLog, end('', 'own-endpoint'), context({ state: { ...between, pause: null } })).state;
    expect(after).toMatchObject({ pause: null, unconfirmed: { since: start, tries: 1 } });
  });

  it('is forgotten once its request is settled otherwise, and kept while the same request follows', () => {
    const before = { ...state, unconfirmed: { attempt: 'a1', since: start - minuteMs, tries: 1 } };
    const getRun = (other: RequestOutcome) => settle(fromLog, other, context({ state: before, inDoubt: true })).state.unconfirmed;
    const { unconfirmed } = before;
    expect(getRun(respond({ retry: 'status 503' }, 503))).toEqual(unconfirmed);
    expect(getRun({ unknown: 'TIMEOUT' })).toEqual(unconfirmed);
    expect(getRun(respond({ blocked: sampleIssue }, 401))).toEqual(unconfirmed);
    expect(getRun(respond({ rejectRows: new Map([[0, [sampleIssue]]]) }))).toBeUndefined();
    expect(getRun(respond({ bisect: [] }))).toBeUndefined();
  });

  it('is never repeated before 7.5 minutes', () => {
    expect(settle(fromLog, end('10'), context()).state.breaker.notBefore - start).toBe(7.5 * minuteMs);
  });
});

describe('too many rejections', () => {
  const rejected: EventResult = { outcome: 'rejected', issues: [sampleIssue] };
  const browsers: BatchPlan = {
    through: '000001',
    members: [aMember('000001')],
    skips: [],
    holds: [],
    deadLetters: [],
    receivedAt,
  };
  const shops: BatchPlan = { ...browsers, trusted: new Set(['000001']) };
  const stateAfter = (verdicts: string, result: EventResult, more: Partial<ConnectionState> = {}, plan = shops) =>
    settle(plan, respond({ settled: [result], issues: [] }, 200), context({ state: { ...state, verdicts, ...more } })).state;

  it('the fifty-first among the last thousand pauses the connection, which is tested after 15 minutes', () => {
    expect(stateAfter('1'.repeat(49), rejected).pause).toBeNull();
    expect(stateAfter(`${'0'.repeat(900)}${'1'.repeat(50)}`, rejected).pause).toMatchObject({
      cause: 'schema',
      since: start,
      probeAt: start + 15 * minuteMs,
      issue: { code: 'schema' },
    });
  });

  it('events that only browsers reported never pause it, and are counted separately', () => {
    const many = { verdicts: '1'.repeat(400), rejectedAt: 1 };
    const after = stateAfter('1'.repeat(400), rejected, { browser: many }, browsers);
    expect(after).toMatchObject({ pause: null, verdicts: '1'.repeat(400), browser: { rejectedAt: start } });
    expect(after.browser?.verdicts).toHaveLength(401);
    expect(stateAfter('', delivered, { browser: many }, browsers).browser).toEqual({ ...many, verdicts: `${many.verdicts}0` });
    expect(stateAfter('', delivered, {}, browsers)).not.toHaveProperty('browser');
  });

  it("browser events do not push the shop's events out of the thousand", () => {
    const all = Array.from({ length: 1_000 }, (_, index) => aMember(formatOffset(index + 1)));
    const flood = { ...browsers, members: all, through: '001000' };
    const end = respond({ settled: all.map(() => delivered), issues: [] }, 200);
    const verdicts = '1'.repeat(50);
    expect(settle(flood, end, context({ state: { ...state, verdicts } })).state).toMatchObject({ verdicts, pause: null });
  });

  it('rejections before the last thousand events no longer count', () => {
    const old = `1${'0'.repeat(950)}${'1'.repeat(49)}`;
    expect(old).toHaveLength(1_000);
    expect(stateAfter(old, rejected)).toMatchObject({ pause: null, verdicts: `${old.slice(1)}1` });
  });

  it('a delivered event never pauses the connection', () => {
    expect(stateAfter('1'.repeat(400), delivered).pause).toBeNull();
  });

  it("an operator's pause keeps its own cause", () => {
    const pause = { cause: 'operator', issue: sampleIssue, since: 1, probeAt: null } as const;
    expect(stateAfter('1'.repeat(400), rejected, { pause }).pause).toEqual(pause);
  });

  it('skips, corrupt records and expired events do not count', () => {
    const expired = { ...corrupt, cause: 'expired', offset: '000006' } as const;
    const trusted = new Set([corrupt.offset, expired.offset]);
    const plan = { ...fromLog, members: [], deadLetters: [corrupt, expired], trusted };
    const commit = settleWithoutSending(plan, [], state, start);
    expect(commit.state).toMatchObject({ verdicts: '000', cursor: '000009', pause: null });
  });
});
