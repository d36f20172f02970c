import type { Fields } from '../events-api/event-rules.ts';
import type { Detail } from '../events-api/validate.ts';
import type { Settings } from '../settings.ts';

/** Who told Microsoft. */
export type ReportSource = 'server' | 'browser';

/** One report of an event, by a server or by the browser's tag. */
export interface Report {
  /** Of a server `request.index`; of a browser `b` and a number. */
  readonly id: string;
  /** ISO 8601. */
  readonly at: string;
  /** Of a server what was processed, without the fields that were removed; of a browser the same facts in the same words. */
  readonly event: Fields;
  readonly warnings: readonly Detail[];
  /** A browser's beacon as it came. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** Why it counts for nothing, whatever else was reported. */
  readonly void?: 'consent-denied' | 'not-readable' | 'unknown-tag';
}

/** A report as the journal tells it. */
export interface ToldReport extends Report {
  /** The report that counts in this one's place. */
  readonly duplicateOf?: string;
}

export interface ReceivedReport {
  readonly side: ReportSource;
  readonly report: Report;
}

/** The reports that are one event. */
export interface EventGroup {
  readonly tagId: string;
  readonly key: string | undefined;
  readonly firstAt: number;
  readonly lateMs: number | undefined;
  readonly event: Fields;
  readonly reports: ReceivedReport[];
}

/** Page loads of one address that lie further apart are two views. */
export const pageSpanMs = 5_000;

/** Why an event is a conversion, or is none. */
export type Reason = 'conversion' | 'page-load' | 'no-goal' | 'no-action' | 'consent-denied' | 'not-readable' | 'unknown-tag';

/** Another event that looks like the same thing and was not merged with this one. */
export interface NearMiss {
  /** Who told it. */
  readonly sides: ReportSource | 'both';
  /** Whether this one was told by that side alone, too. */
  readonly isSameSide: boolean;
  readonly differs: 'name' | 'id' | 'no-id' | 'no-ids' | 'page-load';
  readonly eventName: string;
}

interface Case {
  readonly reports: readonly ReceivedReport[];
  readonly counts: ReceivedReport | undefined;
  readonly reason: Reason;
  readonly goals: readonly string[];
  readonly eventName: string | null;
  /** Whether there is an event id to know a copy by. */
  readonly recognisable: boolean;
  /** How long after an earlier one of the same key, where it came after the window. */
  readonly lateMs: number | undefined;
  readonly near: readonly NearMiss[];
}

/** The report that stands for the event; `undefined` where each counts for nothing. */
export function selectCountedReport(reports: readonly ReceivedReport[], { dedupPolicy }: Settings): ReceivedReport | undefined {
  const valid = reports.filter(({ report }) => report.void === undefined);
  const preferred = dedupPolicy === 'server-wins' ? 'server' : dedupPolicy === 'browser-wins' ? 'browser' : undefined;
  return valid.find(({ side }) => side === preferred) ?? valid[0];
}

/** Whether the event is a conversion, given the report that stands for it. */
export function countReason(
  reports: readonly ReceivedReport[],
  counts: ReceivedReport | undefined,
  goals: readonly string[],
): Reason {
  if (counts === undefined) return reports[0]?.report.void ?? 'not-readable';
  const { eventType, eventName } = counts.report.event;
  if (isPageLoad(eventType)) return 'page-load';
  if (typeof eventName !== 'string' || eventName === '') return 'no-action';
  return goals.length > 0 ? 'conversion' : 'no-goal';
}

export const isPageLoad = (eventType: unknown): boolean =>
  typeof eventType === 'string' && eventType.toLowerCase() === 'pageload';

/** All of it in plain words. */
export function explainCount(one: Case, settings: Settings): string {
  const parts = [sayReason(one), sayCopies(one, settings), ...one.near.map((near) => sayNear(near, one.eventName))];
  return parts.filter((part) => part !== '').join(' ');
}

function sayReason({ reason, goals, eventName, recognisable, reports }: Case): string {
  switch (reason) {
    case 'conversion': {
      const named = `Counts for the ${goals.length === 1 ? 'goal' : 'goals'} ${listed(goals)}`;
      return recognisable && reports.length === 1
        ? `${named}: the first report with this tag, event id and event name.`
        : `${named}.`;
    }
    case 'page-load':
      return 'A page load, and no conversion: an Event goal looks for an action.';
    case 'no-goal':
      return `No conversion: no goal matches the action ${eventName ?? ''}.`;
    case 'no-action':
      return 'No conversion: it has no name, and an Event goal looks for an action.';
    case 'consent-denied':
      return 'Counts for nothing: consent was denied, and Microsoft uses a denied event for no advertising purpose.';
    case 'not-readable':
      return 'Counts for nothing: it names no tag, or is neither pageLoad nor custom.';
    case 'unknown-tag':
      return 'Counts for nothing: the simulator was given other tags.';
  }
}

function sayCopies({ reports, counts, reason, recognisable, lateMs }: Case, settings: Settings): string {
  if (counts === undefined) return '';
  if (!recognisable) {
    return reason !== 'conversion' ? '' : 'It carries no event id, so Microsoft could not tell a second report from a new event.';
  }
  const { dedupWindowMs, dedupPolicy } = settings;
  const parts: string[] = [];
  const others = reports.filter((one) => one !== counts && one.report.void === undefined);
  if (others.some(({ side }) => side !== counts.side)) {
    const rule = dedupPolicy === 'first-wins' ? 'came first' : `is preferred by the policy ${dedupPolicy}`;
    parts.push(
      `Browser and server were merged: same tag, event id and event name within ${span(dedupWindowMs)}. The ${counts.side}'s report stands, as it ${rule}.`,
    );
  }
  const again = others.filter(({ side }) => side === counts.side).length;
  if (again > 0) {
    const more = again === 1 ? '1 more report' : `${again} more reports`;
    parts.push(
      `Once alone: ${more} of the ${counts.side} with the same tag, event id and event name came within ${span(dedupWindowMs)}.`,
    );
  }
  for (const side of ['server', 'browser'] as const) {
    if (reports.some((one) => one.side === side && one.report.void === 'consent-denied')) {
      parts.push(`A report of the ${side} counts for nothing: consent was denied there.`);
    }
  }
  if (lateMs !== undefined) {
    parts.push(
      `Not merged with the report of ${span(lateMs)} before: Microsoft is taken to look back ${span(dedupWindowMs)}, so both count.`,
    );
  }
  return parts.join(' ');
}

function sayNear({ sides, isSameSide, differs, eventName }: NearMiss, own: string | null): string {
  const who = sides === 'both' ? 'an event of browser and server' : `${isSameSide ? 'another' : 'a'} report of the ${sides}`;
  const other = `Not merged with ${who}`;
  switch (differs) {
    case 'name':
      return `${other} that has the same event id: that one is named ${eventName || 'nothing'}, this one ${own || 'nothing'}.`;
    case 'id':
      return `${other} of the same order: their event ids differ.`;
    case 'no-id':
      return `${other} of the same order: one of them has no event id.`;
    case 'no-ids':
      return `${other} of the same order: neither has an event id.`;
    case 'page-load':
      return `The ${sides} told of a page load at the same address within ${span(pageSpanMs)}: page loads of the tag are not merged, so one view stands twice.`;
  }
}

const listed = (names: readonly string[]): string =>
  names.length < 2 ? (names[0] ?? '') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;

function span(ms: number): string {
  return ms >= 3_600_000 ? `${Math.round(ms / 360_000) / 10} h` : `${Math.round(ms / 100) / 10} s`;
}
