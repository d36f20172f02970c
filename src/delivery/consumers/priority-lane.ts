import { type Offset, startOffset } from '../../storage/log/event-log.ts';
import type { ConnectionState } from '../../storage/ports/connection-state.ts';
import type { ConsumerId } from '../../storage/ports/consumer-id.ts';
import { isSentOutcome, type StoredOutcome } from '../../storage/ports/outcomes.ts';
import type { TrustedReport } from '../../storage/ports/reports.ts';
import type { Store } from '../../storage/ports/store.ts';
import type { BatchPlan } from '../planning/batch-plan.ts';

export interface PriorityLaneOptions {
  readonly consumer: ConsumerId;
  readonly site: { readonly id: string };
  readonly store: Pick<Store, 'findTrustedReports' | 'getOutcomes'>;
  readonly identityCursor: () => Offset;
  readonly state: () => ConnectionState;
  /**
   * Plans these events, or the first of them if they do not fit, and the `late` primary reports that were settled without a
   * trusted report.
   */
  readonly plan: (reports: readonly TrustedReport[], through: Offset, late: readonly Offset[]) => Promise<BatchPlan>;
}

/** The connection counts as behind after this number of steps that did not read the event log, or after one full batch of the event log. */
const stepsBehind = 3;
/** Maximum number of index searches in one turn. */
const maxSearches = 10;

/**
 * Lets trusted reports overtake a backlog of browser events. A second cursor searches the event log after the main one, and every
 * second request sends the events that it finds. Only their outcomes are stored: the main cursor passes over events that have
 * one.
 */
export class PriorityLane {
  readonly #o: PriorityLaneOptions;
  /** Searched up to here without a result. Held in memory: after a restart the search repeats. */
  #searched: Offset = startOffset;
  #steps = 0;
  #hadTurn = false;

  constructor(options: PriorityLaneOptions) {
    this.#o = options;
  }

  /** Whether the next request is for trusted reports. */
  get isNext(): boolean {
    return this.#steps >= stepsBehind && !this.#hadTurn;
  }

  /** Called after a batch of the event log. `isFull`: more events follow. */
  afterLog(isFull: boolean): void {
    this.#steps = isFull ? stepsBehind : 0;
    this.#hadTurn = false;
  }

  /** Called after a step that did not read the event log. */
  afterOther(): void {
    this.#steps += 1;
    this.#hadTurn = false;
  }

  /** Called after a pause. The backlog may be long, so trusted reports are next. */
  afterPause(): void {
    this.#steps = stepsBehind;
    this.#hadTurn = false;
  }

  /**
   * Plans the next trusted reports. Returns `log` if only trusted events follow the main cursor, so that the event log can be read instead.
   */
  async next(limit: number): Promise<BatchPlan | 'log' | undefined> {
    this.#hadTurn = true;
    return this.search(limit, true);
  }

  /** Plans trusted reports without using a turn. `orLog`: returns `log` if there is no browser event to overtake. */
  async search(limit: number, orLog = false): Promise<BatchPlan | 'log' | undefined> {
    const { consumer, site, store, identityCursor, state, plan } = this.#o;
    const { cursor, ahead } = state();
    const upTo = identityCursor();
    let after = latest(cursor, ahead?.cursor ?? cursor, this.#searched);
    for (let searches = 0; after < upTo && searches < maxSearches; searches += 1) {
      const { reports, through, others } = await store.findTrustedReports(site.id, after, upTo, limit);
      if (orLog && after === cursor && others === 0 && reports.length > 0) return 'log';
      const known = await loadOutcomes(store, consumer, reports);
      const isOpen = ({ primary }: TrustedReport) =>
        primary > cursor && (!known.has(primary) || known.get(primary)?.isRetired === true);
      const open = reports.filter(isOpen);
      const late = reports.map(({ primary }) => primary).filter((primary) => isUndelivered(known.get(primary)));
      if (open.length + late.length > 0) return plan(open, through, late);
      after = through;
      this.#searched = after;
    }
    return undefined;
  }
}

/** The store reads up to 64 offsets one by one, and more as one range, which may be long here. */
const outcomesAtOnce = 50;

async function loadOutcomes(store: PriorityLaneOptions['store'], consumer: ConsumerId, reports: readonly TrustedReport[]) {
  const primaries = [...new Set(reports.map(({ primary }) => primary))];
  const known = new Map<Offset, StoredOutcome>();
  for (let from = 0; from < primaries.length; from += outcomesAtOnce)
    for (const [offset, outcome] of await store.getOutcomes(consumer, primaries.slice(from, from + outcomesAtOnce)))
      known.set(offset, outcome);
  return known;
}

/** Returns whether a browser's report was settled without sending the event. */
function isUndelivered(known: StoredOutcome | undefined): boolean {
  return known !== undefined && !known.isRetired && !isSentOutcome(known.outcome) && known.outcome !== 'waiting';
}

function latest(...offsets: readonly Offset[]): Offset {
  return offsets.toSorted().at(-1) ?? startOffset;
}

/**
 * Returns the state while a plan's request is in flight: events up to `aheadThrough` may already have outcomes if the process
 * ends now.
 */
export function recordOvertaken(state: ConnectionState, { aheadThrough }: BatchPlan): ConnectionState {
  if (aheadThrough === undefined) return state;
  const { cursor, through } = state.ahead ?? { cursor: state.cursor, through: aheadThrough };
  return { ...state, ahead: { cursor, through: latest(through, aheadThrough) } };
}
