import { EventGroups } from '../../kit/event-groups.ts';
import { type Fields, isFields, toText } from '../../kit/fields.ts';
import type { Settings } from '../settings.ts';
import type { ReceivedReport, ReportGroup } from './report.ts';

/**
 * Groups the reports of one event: those with the same pixel code, name and event id within 48 hours. If one side has no event id, a server's
 * report within five minutes after the browser's is recognized by the cookie `_ttp` and the name.
 *
 * Assumptions: the 48 hours are measured by arrival; names are compared exactly; events with a test code are never duplicates.
 *
 * @source https://ads.tiktok.com/help/article/event-deduplication (2025-05-01) and
 * https://business-api.tiktok.com/portal/docs?id=1771100965992450 (2026-08-10)
 */
export class Deduplication {
  readonly #settings: Settings;
  readonly #byKey: EventGroups<ReportGroup>;
  /** The newest group of the browser by cookie and name. */
  readonly #byCookie = new Map<string, ReportGroup>();

  constructor(settings: Settings) {
    this.#settings = settings;
    this.#byKey = new EventGroups(settings.dedupWindowMs);
  }

  /** Adds the report to the group of its event. Returns the group, and whether it is new. */
  add(pixelCode: string, received: ReceivedReport): { readonly group: ReportGroup; readonly isNew: boolean } {
    const { receivedAt, report, source } = received;
    const isValid = report.void === undefined;
    const cookie = isValid ? cookieKey(pixelCode, report.event) : undefined;
    const same = source === 'server' ? this.#findByCookie(cookie, received) : undefined;
    if (same !== undefined) {
      same.reports.push(received);
      same.isByCookie = true;
      return { group: same, isNew: false };
    }
    const key = isValid ? eventKey(pixelCode, report.event) : undefined;
    const joined = this.#byKey.join(key, receivedAt, received, (group) => ({ ...group, pixelCode, reports: [received] }));
    if (joined.isNew && source === 'browser' && cookie !== undefined) this.#byCookie.set(cookie, joined.group);
    return joined;
  }

  /** Forgets a group without reports. */
  remove(group: ReportGroup): void {
    this.#byKey.remove(group);
    const cookie = cookieKey(group.pixelCode, group.event);
    if (cookie !== undefined && this.#byCookie.get(cookie) === group) this.#byCookie.delete(cookie);
  }

  clear(): void {
    this.#byKey.clear();
    this.#byCookie.clear();
  }

  #findByCookie(cookie: string | undefined, { receivedAt, report }: ReceivedReport): ReportGroup | undefined {
    const group = cookie === undefined ? undefined : this.#byCookie.get(cookie);
    if (group === undefined || receivedAt - group.firstAt > this.#settings.mergeWindowMs) return undefined;
    const haveIds = toText(report.event.event_id) !== null && toText(group.event.event_id) !== null;
    return haveIds ? undefined : group;
  }
}

/** Returns the deduplication key; undefined without an event id. */
function eventKey(pixelCode: string, { event_id, event }: Fields): string | undefined {
  const id = toText(event_id);
  return id === null ? undefined : JSON.stringify([pixelCode, toText(event), id]);
}

function cookieKey(pixelCode: string, { user, event }: Fields): string | undefined {
  const ttp = isFields(user) ? toText(user.ttp) : null;
  return ttp === null ? undefined : JSON.stringify([pixelCode, toText(event), ttp]);
}
