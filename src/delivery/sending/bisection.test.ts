import { describe, expect, it } from 'vitest';
import type { ResponseVerdict } from '../../destinations/kit/destination.ts';
import type { DeferredDelivery } from '../../storage/ports/deferred-deliveries.ts';
import { buildConnectionState, start } from '../delivery.fixture.ts';
import type { BatchPlan } from '../planning/batch-plan.ts';
import { sampleIssue } from '../tiny-platform.fixture.ts';
import { BisectionTracker, maxBisectionRequests, scheduleIndividually } from './bisection.ts';
import {
  aMember,
  context,
  delivered,
  formatOffset,
  fromDeferred,
  fromLog,
  getDeferred,
  mapped,
  receivedAt,
  respond,
  rows,
} from './settle.fixture.ts';
import { settle } from './settle.ts';

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
