import type { Fields } from './fields.ts';
import { type AnswerBody, type JournalLimits, JournalStore, type ReceivedRequest, type RequestRecord } from './journal-store.ts';
import type { Report, ReportSource, SourcedReport } from './report.ts';

/** A report as it arrives. */
export interface ReceivedReport<R extends Report = Report> extends SourcedReport<R> {
  /** Milliseconds since 1970. */
  readonly receivedAt: number;
}

/** The details of a report that are known before the platform's own. */
type ReportDetails<V extends string, W> = Omit<Report<V, W>, 'event'>;

/** The place of a report: the account, tag or dataset, and the body of a server's request. */
interface ReportPlace {
  readonly account: string;
  readonly body?: unknown;
}

interface AcceptedEvent<V, W> {
  readonly index: number;
  readonly event: Fields;
  readonly warnings: readonly W[];
  /** The account of the event. Absent: that of the request. */
  readonly account?: string;
  readonly void?: V;
}

interface Answer<V, W> extends AnswerBody {
  /** Absent if it accepted none. */
  readonly accepted?: readonly AcceptedEvent<V, W>[];
}

/** How a platform counts: what the journal keeps of an event, and which reports are one event. */
interface JournalRules<V extends string, W, R extends Report<V, W>, G, E> {
  maskBody(body: unknown): unknown;
  /** Returns the report of an event, without unhashed personal data. */
  toReport(event: Fields, details: ReportDetails<V, W>, place: ReportPlace): R;
  /** Returns whether a sender may take the answer for an acceptance. By default its status says so. */
  readonly isAcceptance?: (answer: AnswerBody) => boolean;
  readonly groups: {
    add(account: string, received: ReceivedReport<R>): { readonly group: G; readonly isNew: boolean };
    remove(group: G): void;
    clear(): void;
  };
  listEvents(groups: ReadonlySet<G>): E[];
}

/** The requests and events of a simulator, as its platform would count them. `Own`: the platform's own members of a request. */
export class EventsJournal<
  V extends string,
  W,
  R extends Report<V, W>,
  G extends { readonly reports: SourcedReport<R>[] },
  E,
  Own,
> {
  readonly #rules: JournalRules<V, W, R, G, E>;
  readonly #store: JournalStore<RequestRecord & Own, G>;

  constructor(limits: JournalLimits, rules: JournalRules<V, W, R, G, E>) {
    this.#rules = rules;
    this.#store = new JournalStore(limits, (group) => rules.groups.remove(group), rules.isAcceptance);
  }

  /** Changes with every change of the journal. */
  get revision(): number {
    return this.#store.revision;
  }

  get totals() {
    return this.#store.totals;
  }

  /** Adds a request. `answer` is undefined if no response was intended. */
  add(account: string, received: ReceivedRequest, answer: Answer<V, W> | undefined, own: Own): void {
    const complete = (record: RequestRecord) => ({ ...record, body: this.#rules.maskBody(received.body), ...own });
    this.#store.addRequest(received, answer, answer?.accepted ?? [], complete, (accepted, ids) => {
      const { event, warnings, account: place = account, void: cause } = accepted;
      const details = { ...ids, warnings, ...(cause !== undefined && { void: cause }) };
      return this.#join('server', received.now, event, details, { account: place, body: received.body });
    });
  }

  /** Adds a beacon of the browser tag. */
  addBeacon(
    { now, account, event, bytes }: { now: number; account: string; event: Fields; bytes: number },
    details: Omit<ReportDetails<V, W>, 'id' | 'at'>,
  ): void {
    this.#store.addBeacon(now, bytes, (ids) => this.#join('browser', now, event, { ...ids, ...details }, { account }));
  }

  /** Adds an entry that reports no event. `onRemove` is called when it is removed as the oldest. */
  addOther(bytes: number, onRemove: () => void): void {
    this.#store.append({ bytes, groups: [], onRemove });
  }

  clear(): void {
    this.#store.clear();
    this.#rules.groups.clear();
  }

  /** Returns the newest `latest` requests, oldest first. */
  requests(latest?: number): (RequestRecord & Own)[] {
    return this.#store.requests(latest);
  }

  /** Returns the events in the order of their first reports. */
  events(): E[] {
    return this.#rules.listEvents(this.#store.groups);
  }

  #join(source: ReportSource, receivedAt: number, event: Fields, details: ReportDetails<V, W>, place: ReportPlace): G {
    const report = this.#rules.toReport(event, details, place);
    const { group, isNew } = this.#rules.groups.add(place.account, { source, receivedAt, report });
    if (isNew) this.#store.addGroup(group);
    return group;
  }
}
