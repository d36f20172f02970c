import { describe, expect, it } from 'vitest';
import type { EventResult } from '../../destinations/kit/destination.ts';
import { dayMs, minuteMs, secondMs } from '../../event/units.ts';
import { countBucketStart } from '../../storage/ports/event-counts.ts';
import { start } from '../delivery.fixture.ts';
import type { BatchPlan } from '../planning/batch-plan.ts';
import { sampleIssue } from '../tiny-platform.fixture.ts';
import { isBreakerOpen } from './circuit-breaker.ts';
import {
  context,
  corrupt,
  delivered,
  fourthOnWay,
  fromDeferred,
  fromLog,
  getDeferred,
  getOutcomes,
  mapped,
  respond,
  rows,
  state,
} from './settle.fixture.ts';
import { settle, settleWithoutSending } from './settle.ts';

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

describe('retry, not sent and unknown', () => {
  const retry = respond({ retry: 'status 503' }, 503);

  it.each([
    ['retry', retry, 'retry', '503'],
    ['not sent', { notSent: 'ECONNREFUSED' }, 'retry', 'ECONNREFUSED'],
    ['unknown', { unknown: 'TIMEOUT' }, 'unknown', 'TIMEOUT'],
    ['blocked', respond({ blocked: sampleIssue }, 401), 'blocked', sampleIssue.code],
  ] as const)('%s from the log: the cursor stays, no row is written, and the error is counted', (_, how, result, code) => {
    const commit = settle(fromLog, how, context());
    expect(commit.state.cursor).toBe('000000');
    expect(commit.settle?.result).toBe(result);
    expect(commit.putDeferred ?? []).toEqual([]);
    expect(commit.removeDeferred ?? []).toEqual([]);
    expect(commit.deadLetters ?? []).toEqual([]);
    expect(commit.outcomes ?? []).toEqual([]);
    expect(commit.errors).toMatchObject([{ code, name: 'Lead', events: 3 }]);
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

  it('a success that was cut off is in doubt, because the platform may have the events', () => {
    const cut = { response: { status: 200, headers: {}, body: '{', incomplete: 'cut' as const }, verdict: { retry: 'cut off' } };
    for (const [plan, deferred] of [
      [fromLog, []],
      [fromDeferred, rows],
    ] as const) {
      const commit = settle(plan, cut, context({ deferred }));
      expect(commit.settle?.result).toBe('unknown');
      expect(commit.putDeferred ?? []).toEqual([]);
    }
    const failed = { ...cut, response: { ...cut.response, status: 503 } };
    expect(settle(fromLog, failed, context()).settle?.result).toBe('retry');
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

it('a plan without a request says nothing about the platform: the breaker stays', () => {
  const breaker = { failures: 3, recent: [], failedProbes: null, notBefore: start };
  const plan = { ...fromDeferred, members: [], skips: [{ offset: '000001', outcome: 'duplicate', issues: [] }] } as const;
  const commit = settleWithoutSending(plan, rows.slice(0, 1), { ...state, breaker }, start);
  expect(commit).toMatchObject({ state: { breaker }, removeDeferred: ['000001'] });
  expect(commit).not.toHaveProperty('settle');
});
