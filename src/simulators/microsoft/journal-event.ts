import type { Arrived, NearMiss, Reason, ToldReport } from './counting.ts';
import { isPageLoad, reasonFor, reportThatCounts, sayWhy } from './counting.ts';
import type { Goals } from './goals.ts';
import type { Kin } from './kin.ts';
import type { Fields } from './schema.ts';
import type { Settings } from './settings.ts';

/** Everything that was reported about one event, and whether and why Microsoft would count it. */
export interface JournalEvent {
  readonly tagId: string;
  readonly eventId: string | null;
  readonly eventName: string | null;
  readonly eventType: string;
  /** Reports in the order of their arrival. */
  readonly server: readonly ToldReport[];
  readonly browser: readonly ToldReport[];
  /** Whose report stands for the event. */
  readonly counted: 'server' | 'browser' | 'none';
  /** The goals that it is a conversion for. */
  readonly goals: readonly string[];
  readonly reason: Reason;
  /** Whether it looks like an event that was reported before or by the other side, and yet counts by itself. */
  readonly doubtful: boolean;
  readonly why: string;
}

/** The reports that are one event. */
export interface Group {
  readonly tagId: string;
  readonly key: string | undefined;
  readonly firstAt: number;
  readonly lateMs: number | undefined;
  readonly event: Fields;
  readonly reports: Arrived[];
}

interface Around {
  readonly settings: Settings;
  readonly goals: Goals;
  readonly kin: Kin<Group>;
}

/** The event as the goals and the settings judge it now. */
export function tellEvent(group: Group, { settings, goals: all, kin }: Around): JournalEvent {
  const { tagId, key, event, reports, lateMs } = group;
  const counts = reportThatCounts(reports, settings);
  const eventName = text(event.eventName);
  const action = text(counts?.report.event.eventName);
  const matched = action === null || isPageLoad(counts?.report.event.eventType) ? [] : all.match(action);
  const reason = reasonFor(reports, counts, matched);
  const goals = reason === 'conversion' ? matched : [];
  const near = reason === 'conversion' || reason === 'no-goal' ? nearMisses(group, kin, settings) : [];
  const one = { reports, counts, reason, goals, eventName, recognisable: key !== undefined, lateMs, near };
  return {
    tagId,
    eventId: text(event.eventId),
    eventName,
    eventType: text(event.eventType) ?? '',
    server: told(reports, 'server', counts),
    browser: told(reports, 'browser', counts),
    counted: counts?.side ?? 'none',
    goals,
    reason,
    doubtful: near.length > 0 || (lateMs !== undefined && reason === 'conversion'),
    why: sayWhy(one, settings),
  };
}

/** What the other side alone reported, and what looks like the same thing. */
function nearMisses(group: Group, kin: Kin<Group>, { dedupWindowMs }: Settings): NearMiss[] {
  const [first] = group.reports;
  if (first === undefined || group.reports.some(({ side }) => side !== first.side)) return [];
  const other = first.side === 'server' ? 'browser' : 'server';
  const found = kin
    .of(group.tagId, group.event)
    .find(
      ({ member }) =>
        member.reports.every(({ side }) => side === other) &&
        member.reports.some(({ report }) => report.void === undefined) &&
        Math.abs(member.firstAt - group.firstAt) <= dedupWindowMs,
    );
  if (found === undefined) return [];
  const { by, member } = found;
  const hasIds = text(group.event.eventId) !== null && text(member.event.eventId) !== null;
  const differs = by === 'id' ? 'name' : hasIds ? 'id' : 'no-id';
  return [{ side: other, differs, eventName: text(member.event.eventName) ?? '' }];
}

function told(reports: readonly Arrived[], side: Arrived['side'], counts: Arrived | undefined): ToldReport[] {
  return reports.flatMap((one) => {
    if (one.side !== side) return [];
    const isCopy = counts !== undefined && one !== counts && one.report.void === undefined;
    return [isCopy ? { ...one.report, duplicateOf: counts.report.id } : one.report];
  });
}

/** `null` for what is no text, or empty. */
export const text = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);
