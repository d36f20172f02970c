import type { Settings } from '../settings.ts';
import type { EventGroup, Reason, ReceivedReport, ToldReport } from './conversion-counting.ts';
import { countReason, explainCount, isPageLoad, selectCountedReport } from './conversion-counting.ts';
import type { Goals } from './event-goals.ts';
import type { FindNearMisses } from './near-misses.ts';

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
  /** Whether it looks like another event, by whichever side, and yet stands by itself. */
  readonly doubtful: boolean;
  readonly why: string;
}

interface Around {
  readonly settings: Settings;
  readonly goals: Goals;
  readonly findNearMisses: FindNearMisses;
}

/** The event as the goals and the settings judge it now. */
export function toJournalEvent(group: EventGroup, around: Around): JournalEvent {
  const { settings, goals: all, findNearMisses } = around;
  const { tagId, key, event, reports, lateMs } = group;
  const counts = selectCountedReport(reports, settings);
  const eventName = text(event.eventName);
  const action = text(counts?.report.event.eventName);
  const matched = action === null || isPageLoad(counts?.report.event.eventType) ? [] : all.match(action);
  const reason = countReason(reports, counts, matched);
  const goals = reason === 'conversion' ? matched : [];
  const near = findNearMisses(group, reason);
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
    why: explainCount(one, settings),
  };
}

function told(
  reports: readonly ReceivedReport[],
  side: ReceivedReport['side'],
  counts: ReceivedReport | undefined,
): ToldReport[] {
  return reports.flatMap((one) => {
    if (one.side !== side) return [];
    const isCopy = counts !== undefined && one !== counts && one.report.void === undefined;
    return [isCopy ? { ...one.report, duplicateOf: counts.report.id } : one.report];
  });
}

/** `null` for what is no text, or empty. */
export const text = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);
