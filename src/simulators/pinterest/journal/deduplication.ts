import { type Fields, toText } from '../../kit/fields.ts';
import type { Settings } from '../settings.ts';
import type { ReceivedReport, ReportGroup } from './report.ts';

/**
 * Groups the reports of one event: the same ad account, name and event id within the window. Events that arrive more than an hour late are
 * offline, and are never merged.
 *
 * Assumptions: names are compared without case and `_`; the first report is kept; repetitions of one source are merged, too; a tag belongs to
 * the ad account of the server's report that it meets, because the simulator knows no other.
 *
 * @source https://github.com/pinterest/api-description 5.23.0 (2025-12-11),
 * https://segment.com/docs/connections/destinations/catalog/actions-pinterest-conversions-api/ (2026-11-27; the hour and the window)
 */
export class Deduplication {
  readonly #settings: Settings;
  /** The newest group of each key and ad account, and those of the tag alone. */
  readonly #byKey = new Map<string, Set<ReportGroup>>();

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  /** Adds the report to the group of its event. Returns the group, and whether it is new. */
  add(account: string, received: ReceivedReport): { readonly group: ReportGroup; readonly isNew: boolean } {
    const { receivedAt, source, report } = received;
    const adAccountId = source === 'server' ? account : undefined;
    const ageMs = receivedAt - Number(report.event.event_time) * 1_000;
    const isOffline = source === 'server' && ageMs > this.#settings.maxFreshSeconds * 1_000;
    const key = report.void === undefined && !isOffline ? toEventKey(report.event) : undefined;
    const same = [...(key === undefined ? [] : (this.#byKey.get(key) ?? []))].filter(
      (group) => adAccountId === undefined || group.adAccountId === undefined || group.adAccountId === adAccountId,
    );
    const isRecent = ({ firstAt }: ReportGroup) => receivedAt - firstAt <= this.#settings.dedupWindowMs;
    const group = same.findLast(isRecent);
    if (group !== undefined) {
      group.reports.push(received);
      group.adAccountId ??= adAccountId;
      return { group, isNew: false };
    }
    const before = same.at(-1);
    const created: ReportGroup = {
      key,
      firstAt: receivedAt,
      lateMs: before && receivedAt - before.firstAt,
      offlineAgeMs: isOffline ? ageMs : undefined,
      adAccountId,
      event: report.event,
      reports: [received],
    };
    if (key !== undefined) this.#byKey.set(key, (this.#byKey.get(key) ?? new Set()).add(created));
    return { group: created, isNew: true };
  }

  /** Forgets a group without reports. */
  remove(group: ReportGroup): void {
    if (group.key === undefined) return;
    const groups = this.#byKey.get(group.key);
    groups?.delete(group);
    if (groups?.size === 0) this.#byKey.delete(group.key);
  }

  clear(): void {
    this.#byKey.clear();
  }
}

/** Returns the deduplication key; undefined without an event id. */
export function toEventKey({ event_id, event_name }: Fields): string | undefined {
  const id = toText(event_id);
  return id === null ? undefined : JSON.stringify([toNameKey(event_name), id]);
}

/** Returns a name as it is compared. */
export const toNameKey = (name: unknown): string => (toText(name) ?? '').toLowerCase().replaceAll('_', '');

/** Returns the report that is used for the event: the first that counts. */
export function selectCountedReport(reports: readonly ReceivedReport[]): ReceivedReport | undefined {
  return reports.find(({ report }) => report.void === undefined);
}
