import { type Offset, startOffset } from '../../storage/log/event-log.ts';
import type { ConnectionState, ConsumerId, Store, StoredOutcome, TrustedReport } from '../../storage/store/store.ts';
import type { BatchPlan } from '../planning/decide.ts';

/** What the search for trusted reports needs of its connection. */
export interface PriorityLaneOptions {
  readonly consumer: ConsumerId;
  readonly site: { readonly id: string };
  readonly store: Pick<Store, 'findTrustedReports' | 'getOutcomes'>;
  readonly identityCursor: () => Offset;
  readonly state: () => ConnectionState;
  /** Makes a plan of these events, which may take fewer than all, and of first reports that were settled without a trusted report. */
  readonly plan: (reports: readonly TrustedReport[], through: Offset, late: readonly Offset[]) => Promise<BatchPlan>;
}

/** Steps without the log, or one full batch of it: the connection is behind. */
const stepsBehind = 3;
/** Parts of the index that one turn searches. */
const maxSearches = 10;

/**
 * Lets what the shop's server and webhooks reported overtake a backlog of browsers' events. A second cursor searches the log after the
 * main one, and every second request is for what it finds. Nothing is written for that but the outcomes; the main cursor passes over
 * events that have one.
 */
export class PriorityLane {
  readonly #o: PriorityLaneOptions;
  /** Searched up to here without a find. In memory: after a restart it is searched again. */
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

  /** The log was read; `isFull`: more follows. */
  afterLog(isFull: boolean): void {
    this.#steps = isFull ? stepsBehind : 0;
    this.#hadTurn = false;
  }

  /** Something else was done, so the log waited. */
  afterOther(): void {
    this.#steps += 1;
    this.#hadTurn = false;
  }

  /** After a pause the log may be long: trusted reports go first. */
  afterPause(): void {
    this.#steps = stepsBehind;
    this.#hadTurn = false;
  }

  /** The next trusted reports as a plan; `log` where nothing but trusted events follows the main cursor, so that it may read on. */
  async next(limit: number): Promise<BatchPlan | 'log' | undefined> {
    this.#hadTurn = true;
    return this.search(limit, true);
  }

  /** The same without a turn. `orLog`: answers `log` rather than overtake nobody. */
  async search(limit: number, orLog = false): Promise<BatchPlan | 'log' | undefined> {
    const { consumer, site, store, identityCursor, state, plan } = this.#o;
    const { cursor, ahead } = state();
    const upTo = identityCursor();
    let after = latest(cursor, ahead?.cursor ?? cursor, this.#searched);
    for (let searches = 0; after < upTo && searches < maxSearches; searches += 1) {
      const { reports, through, others } = await store.findTrustedReports(site.id, after, upTo, limit);
      if (orLog && after === cursor && others === 0 && reports.length > 0) return 'log';
      const known = await outcomesOf(store, consumer, reports);
      const isOpen = ({ primary: first }: TrustedReport) =>
        first > cursor && (!known.has(first) || known.get(first)?.isRetired === true);
      const open = reports.filter(isOpen);
      const late = reports.map(({ primary: first }) => first).filter((first) => isUndelivered(known.get(first)));
      if (open.length + late.length > 0) return plan(open, through, late);
      after = through;
      this.#searched = after;
    }
    return undefined;
  }
}

/** The store reads up to 64 offsets one by one, and more as one range, which may be long here. */
const outcomesAtOnce = 50;

async function outcomesOf(store: PriorityLaneOptions['store'], consumer: ConsumerId, reports: readonly TrustedReport[]) {
  const primaries = [...new Set(reports.map(({ primary: first }) => first))];
  const known = new Map<Offset, StoredOutcome>();
  for (let from = 0; from < primaries.length; from += outcomesAtOnce)
    for (const [offset, outcome] of await store.getOutcomes(consumer, primaries.slice(from, from + outcomesAtOnce)))
      known.set(offset, outcome);
  return known;
}

/** A browser's report was settled, and nothing was sent. */
function isUndelivered(known: StoredOutcome | undefined): boolean {
  return known !== undefined && !known.isRetired && known.outcome !== 'delivered' && known.outcome !== 'waiting';
}

function latest(...offsets: readonly Offset[]): Offset {
  return offsets.toSorted().at(-1) ?? startOffset;
}

/** The state while a plan's request is under way: events up to there may be settled already when the process ends. */
export function recordOvertaken(state: ConnectionState, { aheadThrough }: BatchPlan): ConnectionState {
  if (aheadThrough === undefined) return state;
  const { cursor, through } = state.ahead ?? { cursor: state.cursor, through: aheadThrough };
  return { ...state, ahead: { cursor, through: latest(through, aheadThrough) } };
}
