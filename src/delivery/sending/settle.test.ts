import { describe, expect, it } from 'vitest';
import type { EventResult, ResponseVerdict } from '../../destinations/kit/destination.ts';
import { dayMs, hourMs, minuteMs, secondMs } from '../../event/units.ts';
import type { ConnectionState } from '../../storage/ports/connection-state.ts';
import type { DeliveryCommit } from '../../storage/ports/consumers.ts';
import type { DeferredDelivery } from '../../storage/ports/deferred-deliveries.ts';
import { countBucketStart } from '../../storage/ports/event-counts.ts';
import type { EventOutcome } from '../../storage/ports/outcomes.ts';
import { buildConnectionState, start } from '../delivery.fixture.ts';
import type { BatchMember, BatchPlan } from '../planning/decide.ts';
import { sampleIssue } from '../tiny-platform.fixture.ts';
import type { RequestOutcome } from './attempt-result.ts';
import { BisectionTracker, maxBisectionRequests, scheduleIndividually } from './bisection.ts';
import { isBreakerOpen } from './circuit-breaker.ts';
import { settle, settleWithoutSending } from './settle.ts';
import type { SettleContext } from './settle-context.ts';

const formatOffset = (index: number) => String(index).padStart(6, '0');
const mapped = { field: 'pageTitle', code: 'shortened', message: 'Shorten it.' };

function aMember(offset: string): BatchMember {
  const bytes = Buffer.from(offset);
  const match = { time: start, keys: ['email'], lacks: { phone: 'anonymous' } } as const;
  return { offset, eventName: 'Lead', eventId: `id-${offset}`, bytes, text: '', size: 10, issues: [mapped], match };
}

const fourthOnWay: DeferredDelivery = { offset: '000009', reason: 'hold', dueAt: start + 90_000, tries: 0 };
const corrupt = {
  offset: '000008',
  cause: 'corrupt',
  issues: [sampleIssue],
  eventName: 'Lead',
  eventId: 'x',
  bytes: new Uint8Array(),
  at: start,
} as const;

const receivedAt = new Map([1, 2, 3, 7, 8, 9].map((index) => [formatOffset(index), start]));
/** Three members, a skip, a hold and a dead letter. */
const fromLog: BatchPlan = {
  through: '000009',
  members: [1, 2, 3].map((index) => aMember(formatOffset(index))),
  skips: [{ offset: '000007', outcome: 'bot', issues: [] }],
  holds: [fourthOnWay],
  deadLetters: [corrupt],
  receivedAt,
};
const rows: readonly DeferredDelivery[] = [1, 2, 3].map((index) => ({
  offset: formatOffset(index),
  reason: 'bisect',
  dueAt: start - 5,
  tries: index - 1,
  part: 'root.0',
}));
const fromDeferred: BatchPlan = { members: fromLog.members, skips: [], holds: [], deadLetters: [], receivedAt };

const state = buildConnectionState({ cursor: '000000', verdicts: '0' });

function context(more: Partial<SettleContext> = {}): SettleContext {
  return {
    state,
    now: start,
    random: () => 0.5,
    attemptId: 'a1',
    deferred: [],
    bisection: { requests: 1, lastDueAt: 0 },
    maxAgeMs: 7 * dayMs,
    ...more,
  };
}

const respond = (decoded: ResponseVerdict, status = 400): RequestOutcome => ({
  response: { status, headers: {}, body: 'words', incomplete: false as const },
  verdict: decoded,
});
const delivered: EventResult = { outcome: 'delivered', issues: [] };
const refused: EventResult = { outcome: 'rejected', issues: [sampleIssue] };
const getOutcomes = (commit: DeliveryCommit): Record<string, EventOutcome> =>
  Object.fromEntries((commit.outcomes ?? []).map(({ offset, outcome }) => [offset, outcome]));
const getDeferred = (commit: DeliveryCommit) =>
  (commit.putDeferred ?? []).map(({ offset, reason: why, part }) => [offset, why, part]);

describe('counts', () => {
  const answer = respond({ settled: [delivered, { outcome: 'rejected', issues: [sampleIssue] }, delivered], issues: [] }, 200);
  const step = countBucketStart(start);

  it('each event of the log is counted under its outcome', () => {
    expect(settle(fromLog, answer, context()).counts).toEqual([
      { bucket: step, outcome: 'bot', events: 1 },
      { bucket: step, outcome: 'delivered', events: 2 },
      { bucket: step, outcome: 'dead', events: 2 },
      { bucket: step, outcome: 'waiting', events: 1 },
    ]);
  });

  it('each deferred event leaves the waiting ones', () => {
    expect(settle(fromDeferred, answer, context({ deferred: rows })).counts).toEqual([
      { bucket: step, outcome: 'delivered', events: 2 },
      { bucket: step, outcome: 'waiting', events: -3 },
      { bucket: step, outcome: 'dead', events: 1 },
    ]);
  });

  it('resent events leave the match quality unchanged, through a retry and a bisection too', () => {
    const deferred = rows.map((row, index) => (index === 0 ? { ...row, isResend: true as const } : row));
    const of = context({ deferred });
    expect(
      settle(fromDeferred, respond({ settled: [delivered, delivered, delivered], issues: [] }, 200), of).matches,
    ).toMatchObject([{ delivered: 2 }]);
    for (const end of [{ unknown: 'timeout' }, respond({ retry: 'busy' }, 503), respond({ bisect: [] })]) {
      const marked = settle(fromDeferred, end, of).putDeferred?.filter(({ isResend }) => isResend);
      expect(marked?.map(({ offset }) => offset) ?? []).toEqual('unknown' in end ? [] : ['000001']);
    }
  });

  it('do not change while nothing is decided', () => {
    expect(settle(fromLog, { unknown: 'timeout' }, context()).counts).toBeUndefined();
    expect(settle(fromDeferred, { notSent: 'refused' }, context({ deferred: rows })).counts).toBeUndefined();
    expect(settle(fromDeferred, respond({ bisect: [] }), context({ deferred: rows })).counts).toEqual([]);
  });
});

describe('delivered', () => {
  const warned: EventResult = { outcome: 'delivered', issues: [sampleIssue] };
  const answer = respond({ settled: [delivered, warned, delivered], issues: [] }, 200);

  it('a plan from the log moves the cursor, and each event has its outcome', () => {
    const commit = settle(fromLog, answer, context());
    expect(commit.state.cursor).toBe('000009');
    expect(getOutcomes(commit)).toEqual({
      '000001': 'delivered',
      '000002': 'delivered',
      '000003': 'delivered',
      '000007': 'bot',
      '000008': 'dead',
      '000009': 'waiting',
    });
    expect(commit.deadLetters).toEqual([corrupt]);
    expect(commit.putDeferred).toEqual([fourthOnWay]);
    expect(commit.settle).toEqual({ id: 'a1', at: start, status: 200, answer: 'words', result: 'delivered', issues: [] });
  });

  it('delivered events are counted by their match keys; skips, holds and failed events are not', () => {
    expect(settle(fromLog, answer, context()).matches).toEqual([
      { day: '2026-11-24', eventName: 'Lead', delivered: 3, had: { email: 3 }, lacked: { phone: { anonymous: 3 } } },
    ]);
    expect(settleWithoutSending({ ...fromLog, members: [] }, [], state, start).matches).toEqual([]);
  });

  it("the vendor's warnings come after those of the mapping", () => {
    const entry = settle(fromLog, answer, context()).outcomes?.find(({ offset }) => offset === '000002');
    expect(entry?.issues).toEqual([mapped, sampleIssue]);
  });

  it('deferred deliveries are removed, and the cursor stays', () => {
    const commit = settle(fromDeferred, answer, context({ deferred: rows }));
    expect(commit.state.cursor).toBe('000000');
    expect(commit.removeDeferred).toEqual(['000001', '000002', '000003']);
    expect(commit.putDeferred).toEqual([]);
  });

  it('a success closes the breaker', () => {
    const open = { failures: 7, recent: [], failedProbes: 1, notBefore: start };
    expect(isBreakerOpen(settle(fromLog, answer, context({ state: { ...state, breaker: open } })).state.breaker)).toBe(false);
  });

  it('an issue about the whole response is stored with the attempt, and nothing is sent again', () => {
    const short = respond({ settled: [delivered, delivered, delivered], issues: [sampleIssue] }, 200);
    const commit = settle(fromLog, short, context());
    expect(commit.settle?.issues).toEqual([sampleIssue]);
    expect(commit.state.cursor).toBe('000009');
  });
});

describe('rejected', () => {
  const answer = respond({ settled: [delivered, { outcome: 'rejected', issues: [sampleIssue] }, delivered], issues: [] }, 200);

  it.each([
    ['a plan from the log', fromLog, []],
    ['a plan of deferred deliveries', fromDeferred, rows],
  ] as const)("%s creates a failed event with the vendor's reasons and the event's bytes", (_, plan, deferred) => {
    const commit = settle(plan, answer, context({ deferred }));
    expect(commit.deadLetters?.find(({ offset }) => offset === '000002')).toEqual({
      offset: '000002',
      cause: 'rejected',
      issues: [mapped, sampleIssue],
      eventName: 'Lead',
      eventId: 'id-000002',
      bytes: Buffer.from('000002'),
      at: start,
    });
    expect(getOutcomes(commit)).toMatchObject({ '000001': 'delivered', '000002': 'dead', '000003': 'delivered' });
    if (deferred.length > 0) expect(commit.removeDeferred).toContain('000002');
  });
});

describe('rejectRows', () => {
  const answer = respond({ rejectRows: new Map([[1, [sampleIssue]]]) });

  it('a plan from the log makes the named rows failed events, sends the rest again at once as one part, and moves the cursor', () => {
    const commit = settle(fromLog, answer, context());
    expect(commit.state.cursor).toBe('000009');
    expect(getOutcomes(commit)).toMatchObject({ '000001': 'waiting', '000002': 'dead', '000003': 'waiting' });
    expect(getDeferred(commit)).toEqual([
      ['000009', 'hold', undefined],
      ['000001', 'bisect', 'a1.0'],
      ['000003', 'bisect', 'a1.0'],
    ]);
    expect(commit.settle).toMatchObject({ result: 'peel', status: 400 });
  });

  it('the rest of deferred deliveries stays, under a new part, with its tries', () => {
    const commit = settle(fromDeferred, answer, context({ deferred: rows }));
    expect(commit.state.cursor).toBe('000000');
    expect(commit.removeDeferred).toEqual(['000002']);
    expect(commit.putDeferred).toMatchObject([
      { offset: '000001', tries: 0, part: 'a1.0', dueAt: start },
      { offset: '000003', tries: 2, part: 'a1.0', dueAt: start },
    ]);
    expect(getOutcomes(commit)).toEqual({ '000002': 'dead' });
  });

  it('a refusal of rows is not a failure of the platform', () => {
    expect(settle(fromLog, answer, context()).state.breaker.failures).toBe(0);
  });
});

describe('bisect', () => {
  it.each([
    ['a refusal without a named row', { bisect: [] }],
    ['rejectRows without a row', { rejectRows: new Map() }],
  ] as const)('%s, from the log: two halves are sent again, each alone', (_, decoded) => {
    const commit = settle(fromLog, respond(decoded), context());
    expect(commit.state.cursor).toBe('000009');
    expect(getDeferred(commit).slice(1)).toEqual([
      ['000001', 'bisect', 'a1.0'],
      ['000002', 'bisect', 'a1.0'],
      ['000003', 'bisect', 'a1.1'],
    ]);
  });

  it('the halves of deferred deliveries replace the part that they came from', () => {
    const commit = settle(fromDeferred, respond({ bisect: [] }), context({ deferred: rows }));
    expect(commit.removeDeferred).toEqual([]);
    expect(commit.outcomes).toEqual([]);
    expect(new Set(commit.putDeferred?.map(({ part }) => part))).toEqual(new Set(['a1.0', 'a1.1']));
  });

  it("a single event is rejected with the vendor's reasons, or with Convey's if there are none", () => {
    const singleEvent = { ...fromDeferred, members: [aMember('000001')] };
    const getDeadLetters = (decoded: ResponseVerdict) =>
      settle(singleEvent, respond(decoded), context({ deferred: rows.slice(0, 1) })).deadLetters;
    expect(getDeadLetters({ bisect: [sampleIssue] })).toMatchObject([{ cause: 'rejected', issues: [mapped, sampleIssue] }]);
    expect(getDeadLetters({ bisect: [] })).toMatchObject([{ cause: 'rejected', issues: [mapped, { code: 'refused' }] }]);
  });

  it('events are sent one at a time, a second apart, after 64 requests', () => {
    const bisectAfter = (lastDueAt: number) =>
      settle(fromDeferred, respond({ bisect: [] }), context({ deferred: rows, bisection: { requests: 64, lastDueAt } }));
    expect(bisectAfter(0).putDeferred?.map(({ part, dueAt }) => [part, dueAt - start])).toEqual([
      ['a1.0', 1_000],
      ['a1.1', 2_000],
      ['a1.2', 3_000],
    ]);
    // After the events that are already sent one at a time.
    expect(bisectAfter(start + 5_000).putDeferred?.map(({ dueAt }) => dueAt - start)).toEqual([6_000, 7_000, 8_000]);
  });
});

describe('retry, not sent and unknown', () => {
  const retry = respond({ retry: 'status 503' }, 503);

  it.each([
    ['retry', retry, 'retry'],
    ['not sent', { notSent: 'ECONNREFUSED' }, 'retry'],
    ['unknown', { unknown: 'TIMEOUT' }, 'unknown'],
    ['blocked', respond({ blocked: sampleIssue }, 401), 'blocked'],
  ] as const)('%s from the log: the cursor stays and no row is written', (_, how, result) => {
    const commit = settle(fromLog, how, context());
    expect(commit.state.cursor).toBe('000000');
    expect(commit.settle?.result).toBe(result);
    expect(commit.putDeferred ?? []).toEqual([]);
    expect(commit.removeDeferred ?? []).toEqual([]);
    expect(commit.deadLetters ?? []).toEqual([]);
    expect(commit.outcomes ?? []).toEqual([]);
    expect(commit.state.verdicts).toBe(state.verdicts);
  });

  it.each([
    ['retry', retry],
    ['not sent', { notSent: 'ECONNREFUSED' }],
  ] as const)('%s of deferred deliveries: each continues alone, on its own schedule', (_, how) => {
    const commit = settle(fromDeferred, how, context({ deferred: rows }));
    expect(commit.putDeferred).toEqual([
      { offset: '000001', reason: 'retry', dueAt: start + 10 * secondMs, tries: 1 },
      { offset: '000002', reason: 'retry', dueAt: start + 30 * secondMs, tries: 2 },
      { offset: '000003', reason: 'retry', dueAt: start + 2 * minuteMs, tries: 3 },
    ]);
    expect(commit.state.breaker.failures).toBe(1);
  });

  it('an unknown result leaves deferred deliveries as they are, because the same request is sent again', () => {
    const commit = settle(fromDeferred, { unknown: 'TIMEOUT' }, context({ deferred: rows }));
    expect(commit.putDeferred ?? []).toEqual([]);
    expect(commit.state.breaker.failures).toBe(1);
    expect(commit.settle).toMatchObject({ result: 'unknown', issues: [{ code: 'TIMEOUT' }] });
  });

  it.each([
    ['retry', retry],
    ['not sent', { notSent: 'ECONNREFUSED' }],
    ['blocked', respond({ blocked: sampleIssue }, 401)],
  ] as const)('%s of a request in doubt: the doubt stays, so the same bytes are sent again', (_, how) => {
    for (const deferred of [[], rows]) {
      const plan = deferred.length > 0 ? fromDeferred : fromLog;
      const commit = settle(plan, how, context({ inDoubt: true, deferred }));
      expect(commit.settle?.result).toBe('unknown');
      expect(commit.putDeferred ?? []).toEqual([]);
    }
  });

  it.each([
    ['seconds', '600', 600_000],
    ['a date', new Date(start + 120_000).toUTCString(), 120_000],
    ['rubbish', 'soon', 1_000],
    ["less than Convey's own wait", '0', 1_000],
  ])('Retry-After is never undercut: %s', (_, retryAfter, expected) => {
    const commit = settle(fromLog, respond({ retry: 'status 429', retryAfter }, 429), context());
    expect(commit.state.breaker.notBefore - start).toBe(expected);
  });
});

it("a Retry-After date counts by the platform's clock if Convey's differs", () => {
  const platformTime = start + 8 * dayMs;
  const response = { status: 429, headers: { date: new Date(platformTime).toUTCString() }, body: '', incomplete: false as const };
  const retryAfter = new Date(platformTime + 2 * minuteMs).toUTCString();
  const commit = settle(fromLog, { response, verdict: { retry: 'status 429', retryAfter } }, context());
  expect(commit.state.breaker.notBefore - start).toBe(2 * minuteMs);
});

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
    expect(commit).toEqual({ state, settle: expect.objectContaining(blocked) });
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

describe('a plan that overtakes the backlog', () => {
  const end = respond({ settled: [delivered, delivered, delivered], issues: [] }, 200);
  const step = countBucketStart(start);
  const ahead: BatchPlan = { ...fromDeferred, trusted: new Set(['000001']), aheadThrough: '000005' };

  it('leaves the main cursor where it is, and is counted as settled ahead of it', () => {
    const commit = settle(ahead, end, context());
    expect(commit.state).toMatchObject({ cursor: '000000', ahead: { cursor: '000005', through: '000005' } });
    expect(commit.counts).toEqual([
      { bucket: step, outcome: 'delivered', events: 3 },
      { bucket: step, outcome: 'ahead', events: -3 },
    ]);
  });

  it('defers no event while the platform has problems, and is searched for again', () => {
    const begun = { ...state, ahead: { cursor: '000000', through: '000005' } };
    const commit = settle(ahead, respond({ retry: 'status 503' }, 503), context({ state: begun }));
    expect(commit.state.ahead).toEqual(begun.ahead);
    expect(commit.putDeferred).toEqual([]);
  });

  it('is passed by the main cursor, which then removes the search position', () => {
    const begun = { ...state, ahead: { cursor: '000005', through: '000005' } };
    const past = { ...fromLog, members: [], holds: [], deadLetters: [], skips: [], passed: ['000001', '000002', '000003'] };
    const near = settleWithoutSending({ ...past, through: '000004' }, [], begun, start);
    expect(near).toMatchObject({ state: { cursor: '000004', ahead: begun.ahead }, outcomes: [] });
    expect(near.counts).toEqual([{ bucket: step, outcome: 'ahead', events: 3 }]);
    expect(settleWithoutSending({ ...past, through: '000005' }, [], begun, start).state).not.toHaveProperty('ahead');
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

it('a plan without a request says nothing about the platform: the breaker stays', () => {
  const breaker = { failures: 3, recent: [], failedProbes: null, notBefore: start };
  const plan = { ...fromDeferred, members: [], skips: [{ offset: '000001', outcome: 'duplicate', issues: [] }] } as const;
  const commit = settleWithoutSending(plan, rows.slice(0, 1), { ...state, breaker }, start);
  expect(commit).toMatchObject({ state: { breaker }, removeDeferred: ['000001'] });
  expect(commit).not.toHaveProperty('settle');
});

/** Plays a refused batch of a thousand to its end, as the consumer would. */
function play(poison: ReadonlySet<string>, answer: (bad: readonly number[]) => ResponseVerdict) {
  const all = Array.from({ length: 1_000 }, (_, index) => aMember(formatOffset(index + 1)));
  const members = new Map(all.map((member) => [member.offset, member]));
  const waiting = new Map<string, DeferredDelivery>();
  const dead: string[] = [];
  const done: string[] = [];
  let [now, requests, current] = [start, 0, buildConnectionState()];
  let next: { plan: BatchPlan; deferred: readonly DeferredDelivery[] } = {
    plan: { ...noBeside, through: '1', members: all, trusted: new Set(members.keys()) },
    deferred: [],
  };
  const sizes: number[] = [];
  const times: number[] = [];
  const bisections = new BisectionTracker();
  do {
    const { deferred } = next;
    const bisection = bisections.find(deferred);
    bisection.requests += 1;
    requests += 1;
    sizes.push(next.plan.members.length);
    times.push(now);
    const bad = next.plan.members.flatMap(({ offset }, index) => (poison.has(offset) ? [index] : []));
    const decoded: ResponseVerdict =
      bad.length > 0 ? answer(bad) : { settled: next.plan.members.map(() => delivered), issues: [] };
    const commit = settle(next.plan, respond(decoded), {
      ...context({ attemptId: `a${requests}`, now, state: current, deferred }),
      bisection,
    });
    bisections.record(bisection, commit.putDeferred ?? [], `a${requests}`);
    current = commit.state;
    for (const offset of commit.removeDeferred ?? []) waiting.delete(offset);
    for (const row of commit.putDeferred ?? []) waiting.set(row.offset, row);
    dead.push(...(commit.deadLetters ?? []).map(({ offset }) => offset));
    for (const { offset, outcome } of commit.outcomes ?? []) if (outcome === 'delivered') done.push(offset);
    const due = () => {
      const rest = [...waiting.values()].sort((a, b) => a.dueAt - b.dueAt || (a.offset < b.offset ? -1 : 1));
      now = Math.max(now, rest[0]?.dueAt ?? now);
      return rest.filter(({ part }) => part === rest[0]?.part);
    };
    let part = due();
    while (part.length > 1 && bisections.find(part).requests >= maxBisectionRequests) {
      const costly = bisections.find(part);
      const schedule = scheduleIndividually(part, part[0]?.part ?? '', Math.max(now, costly.lastDueAt));
      for (const row of schedule) waiting.set(row.offset, row);
      bisections.record(costly, schedule);
      part = due();
    }
    const sent = part.flatMap(({ offset }) => members.get(offset) ?? []);
    next = { plan: { ...noBeside, members: sent, trusted: new Set(members.keys()) }, deferred: part };
  } while (waiting.size > 0 && requests < 3_000 && !current.pause);
  return { requests, sizes, times, dead, done, state: current };
}
const noBeside: BatchPlan = { members: [], skips: [], holds: [], deadLetters: [], receivedAt };

/** Returns `count` of a thousand offsets, always the same scattered ones. */
function scattered(count: number): Set<string> {
  return new Set(Array.from({ length: count }, (_, index) => formatOffset(((index * 617 + 91) % 1_000) + 1)));
}

describe.each([1, 2, 5, 10, 50])('%i bad events of a thousand', (count) => {
  const poison = scattered(count);

  it('are found with one refused request per ten and one accepted one if ten are named at a time', () => {
    const end = play(poison, (bad) => ({ rejectRows: new Map(bad.slice(0, 10).map((index) => [index, [sampleIssue]])) }));
    expect(end.requests).toBeLessThanOrEqual(Math.ceil(count / 10) + 1);
    expect(new Set(end.dead)).toEqual(poison);
    expect(end.dead).toHaveLength(count);
    expect(new Set(end.done).size).toBe(1_000 - count);
    expect(end.done).toHaveLength(1_000 - count);
    expect(end.state).toMatchObject({ cursor: '1', pause: null });
  });

  it('are all found without names, and no other event is rejected', () => {
    const end = play(poison, () => ({ bisect: [] }));
    expect(new Set(end.dead)).toEqual(poison);
    expect(end.dead).toHaveLength(count);
    expect(end.done).toHaveLength(1_000 - count);
    expect(new Set(end.done).size).toBe(1_000 - count);
    if (count === 1) expect(end.requests).toBeLessThanOrEqual(64);
    // Events that the bisection did not find within its requests are sent one at a time, a second apart.
    const slow = end.times.filter((time) => time > start);
    expect(end.requests - slow.length).toBeLessThanOrEqual(128);
    expect(end.sizes.filter((size) => size > 1).length).toBeLessThanOrEqual(64);
    expect(new Set(slow).size).toBe(slow.length);
    expect(end.sizes.slice(-slow.length || end.sizes.length).every((size) => slow.length === 0 || size === 1)).toBe(true);
  });
});

it('fifty-one named rows pause the connection before the rest is sent', () => {
  const end = play(scattered(51), (bad) => ({ rejectRows: new Map(bad.slice(0, 10).map((index) => [index, [sampleIssue]])) }));
  expect(end.state.pause?.cause).toBe('schema');
  expect(end.done).toEqual([]);
});
