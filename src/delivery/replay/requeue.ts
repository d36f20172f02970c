import type { UnixMs } from '../../event/units.ts';
import type { EventLog, LogRecord, Offset } from '../../storage/log/event-log.ts';
import type { ConnectionState, Replay } from '../../storage/ports/connection-state.ts';
import type { ConsumerId } from '../../storage/ports/consumer-id.ts';
import type { DeliveryCommit } from '../../storage/ports/consumers.ts';
import type { EventOutcome, StoredOutcome } from '../../storage/ports/outcomes.ts';
import type { Store } from '../../storage/ports/store.ts';
import type { Eligibility } from '../planning/check-eligibility.ts';
import { readLogRange } from '../planning/load-events.ts';
import { countOutcomes, createPurchaseFilter, listPurchaseOutcomes } from '../planning/outcome-counts.ts';
import { uncountRules } from '../planning/rule-counts.ts';

/**
 * The result of requeuing an event. `eligible`: it was requeued. `waiting`: it will be sent anyway. `awaiting-verdict`: it was sent, and the
 * platform's verdict comes later. `skipped`: it would be skipped again.
 * `too-old`: the platform's age limit is exceeded. `gone`: its body is no longer in the event log. `damaged`: its record is corrupt.
 */
export type RequeueResult = Eligibility['verdict'] | 'waiting' | 'awaiting-verdict' | 'delivered';

export const requeueResults = [
  'eligible',
  'waiting',
  'awaiting-verdict',
  'delivered',
  'skipped',
  'too-old',
  'gone',
  'damaged',
] as const satisfies readonly RequeueResult[];

/** Number of events per result. */
export type RequeueCounts = { readonly [V in RequeueResult]?: number };

/** One commit, and the results of its events. */
export interface RequeueCommit {
  readonly commit: DeliveryCommit;
  readonly counts: RequeueCounts;
}

export interface RequeueDeps {
  readonly consumer: ConsumerId;
  readonly site: string;
  readonly log: EventLog;
  readonly store: Store;
  readonly checkEligibility: (records: readonly LogRecord[]) => Promise<readonly Eligibility[]>;
}

const atOnce = 500;

/** Requeues the eligible events of a replay's next page and moves the replay's cursor, in one commit. */
export async function requeuePage(
  deps: RequeueDeps,
  {
    state,
    replay,
    limit,
    now,
  }: { readonly state: ConnectionState; readonly replay: Replay; readonly limit: number; readonly now: UnixMs },
): Promise<DeliveryCommit> {
  const records = await readLogRange(deps.log, deps.site, replay.cursor, replay.through, limit);
  const last = records.at(-1);
  if (!last) return { state: { ...state, replay: { ...replay, endedAt: now } } };
  const { commit, eligibilities, counts } = await decideRequeue(deps, records, { state, again: replay.again, now });
  const [passed, sent] = [replay.passed + eligibilities.length, replay.sent + (counts.eligible ?? 0)];
  return { ...commit, state: { ...state, replay: { ...replay, cursor: last.offset, passed, sent } } };
}

/** Requeues these events. Delivered events are requeued only if `again` is true. */
export async function requeueEvents(
  deps: RequeueDeps,
  offsets: readonly Offset[],
  how: { readonly state: ConnectionState; readonly again: boolean; readonly now: UnixMs },
): Promise<RequeueCommit> {
  const records = await deps.log.get(deps.site, offsets);
  const { commit, eligibilities, counts } = await decideRequeue(deps, records, how);
  const goneCount = (counts.gone ?? 0) + offsets.length - eligibilities.length;
  return { commit, counts: { ...counts, ...(goneCount > 0 && { gone: goneCount }) } };
}

/** Requeues dead letters, one page per commit. A dead letter that cannot be sent stays one. A skip is decided when the event is sent. */
export async function* requeueDeadLetters(
  deps: RequeueDeps,
  which: readonly Offset[] | 'all',
  { state, now }: { readonly state: ConnectionState; readonly now: UnixMs },
): AsyncGenerator<RequeueCommit> {
  for await (const offsets of iterateDeadLetterPages(deps, which)) {
    const records = await deps.log.get(deps.site, offsets);
    const found = await deps.checkEligibility(records);
    const eligible = found.filter(({ verdict }) => verdict === 'eligible' || verdict === 'skipped').map(({ record }) => record);
    const stored = await deps.store.getOutcomes(deps.consumer, offsets);
    const dead = new Map(
      eligible.map(({ offset }) => {
        const rules = stored.get(offset)?.rules;
        return [offset, { offset, outcome: 'dead', issues: [], ...(rules && { rules }) } as const];
      }),
    );
    const stay = countResults(found.filter(({ verdict }) => verdict !== 'eligible' && verdict !== 'skipped'));
    const goneCount = (stay.gone ?? 0) + offsets.length - found.length;
    yield {
      commit: createRequeueCommit(eligible, dead, state, now),
      counts: { ...stay, ...(goneCount > 0 && { gone: goneCount }), eligible: eligible.length },
    };
  }
}

/** Removes dead letters, one page per commit, and expired ranges. Yields the number of events with each commit. */
export async function* dropDeadLetters(
  deps: RequeueDeps,
  which: readonly Offset[] | 'all',
  state: ConnectionState,
): AsyncGenerator<{ readonly commit: DeliveryCommit; readonly events: number }> {
  for await (const offsets of iterateDeadLetterPages(deps, which))
    yield { commit: { state, removeDeadLetters: offsets }, events: offsets.length };
  const ranges = (await deps.store.listExpiredRanges(deps.consumer)).filter(
    ({ lastOffset: through }) => which === 'all' || which.includes(through),
  );
  if (ranges.length === 0) return;
  const removeExpired = ranges.map(({ lastOffset: through }) => through);
  yield { commit: { state, removeExpired }, events: ranges.reduce((sum, { events }) => sum + events, 0) };
}

async function* iterateDeadLetterPages(
  { consumer, store }: RequeueDeps,
  which: readonly Offset[] | 'all',
): AsyncGenerator<readonly Offset[]> {
  if (which !== 'all') {
    const offsets = await store.findDeadLetterOffsets(consumer, which);
    if (offsets.length > 0) yield offsets;
    return;
  }
  for (let after: Offset = ''; ; ) {
    const offsets = await store.findDeadLetterOffsets(consumer, { after, limit: atOnce });
    const last = offsets.at(-1);
    if (last === undefined) return;
    yield offsets;
    after = last;
  }
}

async function decideRequeue(
  { consumer, store, checkEligibility }: RequeueDeps,
  records: readonly LogRecord[],
  { state, again, now }: { readonly state: ConnectionState; readonly again: boolean; readonly now: UnixMs },
): Promise<RequeueCommit & { readonly eligibilities: readonly Eligibility[] }> {
  const eligibilities = await checkEligibility(records);
  const outcomes = await store.getOutcomes(
    consumer,
    eligibilities.map(({ record }) => record.offset),
  );
  const results = eligibilities.map(({ record, verdict }) => {
    const known = outcomes.get(record.offset);
    const isToCome = record.offset > state.cursor && (!known || known.isRetired);
    return { record, verdict: isToCome ? 'waiting' : toRequeueResult(verdict, known?.outcome, again) } as const;
  });
  const eligible = results.filter(({ verdict }) => verdict === 'eligible').map(({ record }) => record);
  return { commit: createRequeueCommit(eligible, outcomes, state, now), counts: countResults(results), eligibilities };
}

function toRequeueResult(chance: Eligibility['verdict'], outcome: EventOutcome | undefined, again: boolean): RequeueResult {
  if (outcome === 'waiting' || outcome === 'awaiting-verdict') return outcome;
  return outcome === 'delivered' && !again ? 'delivered' : chance;
}

/** Returns the commit that makes these events wait as deferred deliveries, and no longer dead letters. */
export function createRequeueCommit(
  records: readonly LogRecord[],
  outcomes: ReadonlyMap<Offset, StoredOutcome>,
  state: ConnectionState,
  now: UnixMs,
): DeliveryCommit {
  if (records.length === 0) return { state };
  const { begins } = state;
  const earlier = (offset: Offset) => {
    const known = outcomes.get(offset);
    if (known && !known.isRetired) return known.outcome;
    return begins && offset <= begins.after ? 'earlier' : undefined;
  };
  const waiting = records.map(({ offset }) => ({ offset, outcome: 'waiting', issues: [] }) as const);
  const receivedAt = new Map(records.map(({ offset, at }) => [offset, at]));
  return {
    state,
    putDeferred: records.map(({ offset }) => {
      const wasDelivered = outcomes.get(offset)?.outcome === 'delivered';
      return { offset, reason: 'retry', dueAt: now, tries: 0, ...(wasDelivered && { isResend: true }) };
    }),
    removeDeadLetters: records.map(({ offset }) => offset).filter((offset) => outcomes.get(offset)?.outcome === 'dead'),
    outcomes: waiting,
    counts: countOutcomes(waiting, earlier, receivedAt),
    purchases: listPurchaseOutcomes(waiting, createPurchaseFilter(records)),
    ruleCounts: uncountRules(outcomes, receivedAt),
  };
}

function countResults(results: readonly { readonly verdict: RequeueResult }[]): RequeueCounts {
  const counts: { [V in RequeueResult]?: number } = {};
  for (const { verdict } of results) counts[verdict] = (counts[verdict] ?? 0) + 1;
  return counts;
}

export function addCounts(one: RequeueCounts, other: RequeueCounts): RequeueCounts {
  const sum: { [V in RequeueResult]?: number } = { ...one };
  for (const verdict of requeueResults) {
    const events = (one[verdict] ?? 0) + (other[verdict] ?? 0);
    if (events > 0) sum[verdict] = events;
  }
  return sum;
}
