import { type EventGroup, EventGroups } from '../kit/event-groups.ts';
import type { Fields } from '../kit/fields.ts';
import { JournalStore, journalLimits, type ReceivedRequest, type RequestRecord } from '../kit/journal-store.ts';
import type { SourcedReport } from '../kit/report.ts';
import type { ComparedEvent } from '../kit/simulator.ts';

/** The answer to a request, and the events that it accepted. */
export interface Answer {
  readonly status: number;
  readonly body: object | null;
  readonly accepted: readonly Fields[];
}

/** The requests and the events of the simulator. Reports with the same id are one event. */
export class Journal {
  readonly #groups = new EventGroups<EventGroup>(Number.POSITIVE_INFINITY);
  readonly #store = new JournalStore<RequestRecord, EventGroup>(journalLimits, (group) => this.#groups.remove(group));

  get revision(): number {
    return this.#store.revision;
  }

  get totals() {
    return this.#store.totals;
  }

  /** @param answer undefined if the fault left the request without a response. */
  add(received: ReceivedRequest, answer: Answer | undefined): void {
    const accepted = (answer?.accepted ?? []).map((event, index) => ({ index, event, warnings: [] }));
    const join = ({ event, warnings }: (typeof accepted)[number], report: { id: string; at: string }) =>
      this.#join(received.now, { source: 'server', report: { ...report, event, warnings } });
    this.#store.addRequest(received, answer, accepted, (record) => record, join);
  }

  addBeacon(now: number, event: Fields): void {
    this.#store.addBeacon(now, JSON.stringify(event).length, (report) =>
      this.#join(now, { source: 'browser', report: { ...report, event, warnings: [] } }),
    );
  }

  requests(latest?: number): RequestRecord[] {
    return this.#store.requests(latest);
  }

  events(): ComparedEvent[] {
    return [...this.#store.groups].map(({ key, event, reports }) => {
      const server = reports.filter(({ source }) => source === 'server');
      return {
        eventId: key ?? null,
        eventName: String(event.event),
        at: reports[0]?.report.at ?? '',
        label: 'counted',
        tone: 'good',
        isMerged: server.length > 0 && server.length < reports.length,
        value: '',
        why: 'Example Ads counts each event ID once.',
        server: server.map(({ report }) => ({ event: report.event, warnings: report.warnings.length })),
      };
    });
  }

  clear(): void {
    this.#store.clear();
    this.#groups.clear();
  }

  #join(now: number, received: SourcedReport): EventGroup {
    const key = String(received.report.event.event_id);
    const { group, isNew } = this.#groups.join(key, now, received, (created) => created);
    if (isNew) this.#store.addGroup(group);
    return group;
  }
}
