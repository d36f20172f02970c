import { type Fields, isFields, toText } from '../../kit/fields.ts';
import { isMasked } from '../../kit/mask.ts';
import { toValues } from '../events-api/match-keys.ts';
import type { Settings } from '../settings.ts';
import type { ReceivedReport, ReportGroup } from './report.ts';

type PersonKind = 'fbp' | 'external_id';

/**
 * Groups the reports of one event. Reports with the same dataset, name and event id are one event within the window. A server's report
 * is also one with an earlier report of the browser of the same name and person, if one of them has no event id.
 *
 * Assumptions: names are compared exactly; the fallback applies if only one side has no event id; it merges one server's report with
 * each of the browser's, else all page views of a visitor would be one.
 *
 * @source https://developers.facebook.com/docs/marketing-api/conversions-api/deduplicate-pixel-and-server-events (2026-09)
 */
export class Deduplication {
  readonly #settings: Settings;
  readonly #byKey = new Map<string, ReportGroup>();
  /** Groups of the browser that no server has reported yet, the oldest first. */
  readonly #byPerson = new Map<string, Set<ReportGroup>>();

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  /** Adds the report to the group of its event. Returns the group, and whether it is new. */
  add(datasetId: string, received: ReceivedReport): { readonly group: ReportGroup; readonly isNew: boolean } {
    const { receivedAt, source, report } = received;
    const key = report.void === undefined ? eventKey(datasetId, report.event) : undefined;
    const first = key === undefined ? undefined : this.#byKey.get(key);
    const sinceMs = first === undefined ? undefined : receivedAt - first.firstAt;
    const isDuplicate = sinceMs !== undefined && sinceMs <= this.#settings.dedupWindowMs;
    const byPerson = isDuplicate || source === 'browser' ? undefined : this.#findByPerson(datasetId, received);
    const group = (isDuplicate ? first : undefined) ?? byPerson?.group;
    if (group !== undefined) {
      group.reports.push(received);
      if (byPerson !== undefined) group.mergedByPerson = byPerson.kind;
      if (source === 'server') this.#closeToPersons(group);
      this.#addKey(key, group);
      return { group, isNew: false };
    }
    const created: ReportGroup = {
      datasetId,
      keys: new Set(),
      firstAt: receivedAt,
      lateMs: sinceMs,
      event: report.event,
      reports: [received],
    };
    this.#addKey(key, created);
    if (source === 'browser' && report.void === undefined) {
      for (const [, person] of personKeys(datasetId, report.event))
        this.#byPerson.set(person, (this.#byPerson.get(person) ?? new Set()).add(created));
    }
    return { group: created, isNew: true };
  }

  /** Forgets a group without reports. */
  remove(group: ReportGroup): void {
    for (const key of group.keys) if (this.#byKey.get(key) === group) this.#byKey.delete(key);
    this.#closeToPersons(group);
  }

  clear(): void {
    this.#byKey.clear();
    this.#byPerson.clear();
  }

  #addKey(key: string | undefined, group: ReportGroup): void {
    if (key === undefined) return;
    this.#byKey.set(key, group);
    group.keys.add(key);
  }

  #findByPerson(datasetId: string, { receivedAt, report }: ReceivedReport): { group: ReportGroup; kind: PersonKind } | undefined {
    const hasId = toText(report.event.event_id) !== null;
    for (const [kind, person] of personKeys(datasetId, report.event)) {
      const group = [...(this.#byPerson.get(person) ?? [])].findLast(
        ({ event, firstAt }) =>
          receivedAt - firstAt <= this.#settings.dedupWindowMs && !(hasId && toText(event.event_id) !== null),
      );
      if (group !== undefined) return { group, kind };
    }
    return undefined;
  }

  #closeToPersons(group: ReportGroup): void {
    for (const [, person] of personKeys(group.datasetId, group.event)) {
      const groups = this.#byPerson.get(person);
      groups?.delete(group);
      if (groups?.size === 0) this.#byPerson.delete(person);
    }
  }
}

/** Returns the deduplication key; undefined without an event id. */
function eventKey(datasetId: string, { event_id, event_name }: Fields): string | undefined {
  const id = toText(event_id);
  return id === null ? undefined : JSON.stringify([datasetId, toText(event_name), id]);
}

/** Returns the keys of the fallback: the event's name with each external id, and with the browser's id. */
export function personKeys(datasetId: string, { event_name, user_data }: Fields): (readonly [PersonKind, string])[] {
  const { external_id, fbp } = isFields(user_data) ? user_data : ({} as Fields);
  const values = [
    ...toValues(external_id).map((value) => ['external_id', value] as const),
    ...toValues(fbp).map((value) => ['fbp', value] as const),
  ];
  return values.flatMap(([kind, value]) =>
    toText(value) === null || isMasked(value)
      ? []
      : [[kind, JSON.stringify([datasetId, toText(event_name), kind, value])] as const],
  );
}

/** Returns the report that is used for the event; undefined if no report counts. */
export function selectCountedReport(
  reports: readonly ReceivedReport[],
  { browserFavouredMs }: Settings,
): ReceivedReport | undefined {
  const [first, ...later] = reports.filter(({ report }) => report.void === undefined);
  if (first?.source !== 'server') return first;
  const browser = later.find(({ source }) => source === 'browser');
  return browser !== undefined && browser.receivedAt - first.receivedAt <= browserFavouredMs ? browser : first;
}
