import type { ReceivedReport } from './events-journal.ts';
import type { Fields } from './fields.ts';
import type { Report, ReportSource, SourcedReport } from './report.ts';

/** All reports of one event. */
export interface EventGroup<R extends Report = Report> {
  /** The key by which the platform finds duplicates; undefined if it finds none. */
  readonly key: string | undefined;
  /** Milliseconds since 1970. */
  readonly firstAt: number;
  /** Time since an event with the same key, if the window was over. */
  readonly lateMs: number | undefined;
  /** The event of the first report. */
  readonly event: Fields;
  /** In the order of arrival. */
  readonly reports: SourcedReport<R>[];
}

/** Merges reports that have the same key within a time. */
export class EventGroups<G extends EventGroup> {
  readonly #windowMs: number;
  readonly #byKey = new Map<string, G>();

  /** `windowMs`: the time after the first report in which another one is a duplicate. */
  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  /** Adds a report to the group of its key, or to a new group, which `create` completes. */
  join<R extends Report>(
    key: string | undefined,
    now: number,
    received: SourcedReport<R>,
    create: (group: EventGroup<R>) => G & EventGroup<R>,
  ): { readonly group: G; readonly isNew: boolean } {
    const first = key === undefined ? undefined : this.#byKey.get(key);
    const sinceMs = first === undefined ? undefined : now - first.firstAt;
    if (first !== undefined && sinceMs !== undefined && sinceMs <= this.#windowMs) {
      first.reports.push(received);
      return { group: first, isNew: false };
    }
    const group = create({ key, firstAt: now, lateMs: sinceMs, event: received.report.event, reports: [received] });
    if (key !== undefined) this.#byKey.set(key, group);
    return { group, isNew: true };
  }

  /** Forgets a group without reports. */
  remove(group: G): void {
    if (group.key !== undefined && this.#byKey.get(group.key) === group) this.#byKey.delete(group.key);
  }

  clear(): void {
    this.#byKey.clear();
  }
}

/**
 * Returns the groups of a journal whose platform finds duplicates by one key.
 * @param getKey returns undefined for an event that is never merged.
 * @param complete adds the platform's own members to a new group.
 */
export function groupByKey<R extends Report, G extends EventGroup<R>>(
  windowMs: number,
  getKey: (report: R, account: string, source: ReportSource) => string | undefined,
  complete: (group: EventGroup<R>, account: string) => G,
) {
  const groups = new EventGroups<G>(windowMs);
  return {
    add: (account: string, received: ReceivedReport<R>) =>
      groups.join(getKey(received.report, account, received.source), received.receivedAt, received, (group) =>
        complete(group, account),
      ),
    remove: (group: G) => groups.remove(group),
    clear: () => groups.clear(),
  };
}
