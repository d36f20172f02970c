import type { Answered } from './http/send-faulty.ts';

export interface JournalLimits {
  /** The journal removes its oldest entry beyond either bound: requests of all kinds, or bytes of bodies, responses and queries. */
  readonly journalRequests: number;
  readonly journalBytes: number;
}

/** The limits of a journal that a platform gives no reason to change. */
export const journalLimits: JournalLimits = { journalRequests: 10_000, journalBytes: 64_000_000 };

/** A request to the events API and its response, as every journal returns it. */
export interface RequestRecord {
  readonly id: number;
  /** ISO 8601. */
  readonly at: string;
  /** The status of the intended response; null if no response was intended. */
  readonly status: number | null;
  /** How much of the response was sent. */
  readonly answered: Answered;
  /** The mode of the fault. */
  readonly fault: string;
  /** Null if the body could not be read. */
  readonly body: unknown;
  /** The body of the response. */
  readonly verdict: object | string | null;
}

/** A request as the events API received it. */
export interface ReceivedRequest {
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly body: unknown;
  /** Bytes of the body as received. */
  readonly bodyBytes: number;
  readonly fault: string;
  readonly answered: Answered;
  /** The number of events in the body. */
  readonly sent: number;
}

/** Counters since the journal was last cleared. */
export interface Totals {
  requests: number;
  /** Requests without a whole answer that accepts. */
  failed: number;
  beacons: number;
  /** Events of servers that were accepted. */
  accepted: number;
  /** Events of servers that were not accepted. */
  refused: number;
  warned: number;
}

/** An answer of the events API. */
export interface AnswerBody {
  readonly status: number;
  readonly body: object | string | null;
}

interface Group {
  /** In the order of entry. */
  readonly reports: unknown[];
}

interface Entry<R, G> {
  readonly bytes: number;
  /** The groups that got a report by this entry, once for each report. */
  readonly groups: readonly G[];
  readonly request?: R;
  /** Called when the entry is removed as the oldest. */
  readonly onRemove?: () => void;
}

const noTotals: Totals = { requests: 0, failed: 0, beacons: 0, accepted: 0, refused: 0, warned: 0 };

/**
 * The requests and the events of a journal, in memory. `R` is a request, `G` all reports of one event. Beyond its bounds the oldest entry is
 * removed, with its reports.
 */
export class JournalStore<R extends RequestRecord, G extends Group> {
  readonly #limits: JournalLimits;
  readonly #forget: (group: G) => void;
  readonly #isAcceptance: (answer: AnswerBody) => boolean;
  readonly #entries = new Set<Entry<R, G>>();
  readonly #requests = new Set<R>();
  readonly #groups = new Set<G>();
  #bytes = 0;
  #lastRequest = 0;
  #lastBeacon = 0;
  #revision = 0;
  #totals: Totals = { ...noTotals };

  /** `forget` is called for a group whose last report was removed. */
  constructor(
    limits: JournalLimits,
    forget: (group: G) => void,
    isAcceptance = ({ status }: AnswerBody): boolean => status === 200,
  ) {
    this.#limits = limits;
    this.#forget = forget;
    this.#isAcceptance = isAcceptance;
  }

  /** Changes with every change of the journal. */
  get revision(): number {
    return this.#revision;
  }

  get totals(): Readonly<Totals> {
    return this.#totals;
  }

  /** The groups in the order of their first reports. */
  get groups(): ReadonlySet<G> {
    return this.#groups;
  }

  addGroup(group: G): void {
    this.#groups.add(group);
  }

  /**
   * Adds a request with the accepted events of its answer. `complete` returns the platform's own members of the record. `join` returns the
   * group of an accepted event, to which it added the report.
   */
  addRequest<A extends { readonly index: number; readonly warnings: readonly unknown[] }>(
    received: ReceivedRequest,
    answer: AnswerBody | undefined,
    accepted: readonly A[],
    complete: (record: RequestRecord) => R,
    join: (event: A, report: { readonly id: string; readonly at: string }) => G,
  ): void {
    this.#lastRequest += 1;
    const { now, body, answered, fault, bodyBytes, sent } = received;
    const at = new Date(now).toISOString();
    const id = this.#lastRequest;
    const verdict = answer?.body ?? null;
    const request = complete({ id, at, status: answer?.status ?? null, answered, fault, body, verdict });
    const groups = accepted.map((event) => join(event, { id: `${id}.${event.index}`, at }));
    this.#totals.requests += 1;
    this.#totals.accepted += accepted.length;
    this.#totals.refused += Math.max(0, sent - accepted.length);
    this.#totals.warned += accepted.filter(({ warnings }) => warnings.length > 0).length;
    if (answer === undefined || !this.#isAcceptance(answer) || answered !== 'whole') this.#totals.failed += 1;
    this.#requests.add(request);
    this.append({ bytes: bodyBytes + JSON.stringify(verdict).length, groups, request });
  }

  /** Adds a beacon. `join` returns the group to which it added the report. */
  addBeacon(now: number, bytes: number, join: (report: { readonly id: string; readonly at: string }) => G): void {
    this.#lastBeacon += 1;
    this.#totals.beacons += 1;
    this.append({ bytes, groups: [join({ id: `b${this.#lastBeacon}`, at: new Date(now).toISOString() })] });
  }

  append(entry: Entry<R, G>): void {
    this.#entries.add(entry);
    this.#bytes += entry.bytes;
    this.#revision += 1;
    this.#removeOldest();
  }

  clear(): void {
    for (const kept of [this.#entries, this.#requests, this.#groups]) kept.clear();
    this.#bytes = 0;
    this.#totals = { ...noTotals };
    this.#revision += 1;
  }

  /** Returns the newest `latest` requests, oldest first. */
  requests(latest?: number): R[] {
    return takeNewest(this.#requests, latest);
  }

  #removeOldest(): void {
    const { journalRequests, journalBytes } = this.#limits;
    for (const entry of this.#entries) {
      if (this.#entries.size <= journalRequests && this.#bytes <= journalBytes) return;
      this.#entries.delete(entry);
      this.#bytes -= entry.bytes;
      if (entry.request !== undefined) this.#requests.delete(entry.request);
      entry.onRemove?.();
      for (const group of entry.groups) {
        // Reports are in the order of entry, so the first belongs to the oldest entry.
        group.reports.shift();
        if (group.reports.length > 0) continue;
        this.#groups.delete(group);
        this.#forget(group);
      }
    }
  }
}

/** Returns the newest `latest` members, oldest first. */
export function takeNewest<T>(all: Iterable<T>, latest = Number.POSITIVE_INFINITY): T[] {
  const list = [...all];
  return list.slice(Math.max(0, list.length - latest));
}
