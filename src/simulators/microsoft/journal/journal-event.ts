import { toText } from '../../kit/fields.ts';
import { type ListedReport, listReports } from '../../kit/report.ts';
import type { Settings } from '../settings.ts';
import type { MicrosoftReport, Reason, ReportGroup } from './conversion-counting.ts';
import { countReason, explainCount, isPageLoad, selectCountedReport } from './conversion-counting.ts';
import type { Goals } from './event-goals.ts';
import type { FindNearMisses } from './near-misses.ts';

/** Everything that was reported about one event, and whether and why Microsoft would count it. */
export interface JournalEvent {
  readonly tagId: string;
  readonly eventId: string | null;
  readonly eventName: string | null;
  readonly eventType: string;
  /** Reports in the order of arrival. */
  readonly server: readonly ListedReport<MicrosoftReport>[];
  readonly browser: readonly ListedReport<MicrosoftReport>[];
  /** The source of the report that is used. */
  readonly counted: 'server' | 'browser' | 'none';
  /** The names of the goals that count it as a conversion. */
  readonly goals: readonly string[];
  readonly reason: Reason;
  /** Whether it looks like another event and was not merged with it. */
  readonly doubtful: boolean;
  readonly why: string;
}

interface JournalEventContext {
  readonly settings: Settings;
  readonly goals: Goals;
  readonly findNearMisses: FindNearMisses;
}

/** Returns the event as evaluated by the current goals and settings. */
export function toJournalEvent(group: ReportGroup, context: JournalEventContext): JournalEvent {
  const { settings, goals: allGoals, findNearMisses } = context;
  const { tagId, key, event, reports, lateMs } = group;
  const counted = selectCountedReport(reports, settings);
  const eventName = toText(event.eventName);
  const action = toText(counted?.report.event.eventName);
  const matched = action === null || isPageLoad(counted?.report.event.eventType) ? [] : allGoals.match(action);
  const reason = countReason(reports, counted, matched);
  const goals = reason === 'conversion' ? matched : [];
  const near = findNearMisses(group, reason);
  const one = { reports, counted, reason, goals, eventName, hasKey: key !== undefined, lateMs, near };
  return {
    tagId,
    eventId: toText(event.eventId),
    eventName,
    eventType: toText(event.eventType) ?? '',
    server: listReports(reports, 'server', counted),
    browser: listReports(reports, 'browser', counted),
    counted: counted?.source ?? 'none',
    goals,
    reason,
    doubtful: near.length > 0 || (lateMs !== undefined && reason === 'conversion'),
    why: explainCount(one, settings),
  };
}
