import { isFields, toText } from '../../kit/fields.ts';
import { type ListedReport, listReports } from '../../kit/report.ts';
import type { Settings } from '../settings.ts';
import type { Adjustment, AdjustmentRow } from './adjustment-row.ts';
import type { Adjustments } from './adjustments.ts';
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
  /** The adjustments that hold, at most one for each goal. Absent: there is none. */
  readonly adjustments?: readonly Adjustment[];
  readonly reason: Reason;
  /** Whether it looks like another event and was not merged with it. */
  readonly doubtful: boolean;
  readonly why: string;
}

interface JournalEventContext {
  readonly settings: Settings;
  readonly goals: Goals;
  readonly adjustments: Pick<Adjustments, 'find'>;
  readonly findNearMisses: FindNearMisses;
}

/** Returns the event as evaluated by the current goals and settings. */
export function toJournalEvent(group: ReportGroup, context: JournalEventContext): JournalEvent {
  const { settings, goals: allGoals, findNearMisses } = context;
  const { tagId, key, event, reports, lateMs } = group;
  const counted = selectCountedReport(reports, settings);
  const eventName = toText(event.eventName);
  const used = counted?.report.event;
  const matched = used === undefined || isPageLoad(used.eventType) ? [] : allGoals.match(tagId, used);
  const adjustments = findAdjustments(matched, used?.customData, context.adjustments);
  const remaining = matched.filter((name) => !adjustments.some((one) => isRetraction(one) && one.conversionName === name));
  const hasRetraction = remaining.length < matched.length;
  const reason = hasRetraction && remaining.length === 0 ? 'retracted' : countReason(reports, counted, matched);
  const goals = reason === 'conversion' ? remaining : [];
  const near = findNearMisses(group, reason);
  const one = { reports, counted, reason, goals, adjustments, eventName, hasKey: key !== undefined, lateMs, near };
  return {
    tagId,
    eventId: toText(event.eventId),
    eventName,
    eventType: toText(event.eventType) ?? '',
    server: listReports(reports, 'server', counted),
    browser: listReports(reports, 'browser', counted),
    counted: counted?.source ?? 'none',
    goals,
    ...(adjustments.length > 0 && { adjustments }),
    reason,
    doubtful: near.length > 0 || (lateMs !== undefined && reason === 'conversion'),
    why: explainCount(one, settings),
  };
}

const isRetraction = ({ adjustmentType }: Adjustment): boolean => adjustmentType === 'Retract';

/** Returns the adjustments that hold for the goals, by the names of the goals. */
function findAdjustments(goals: readonly string[], data: unknown, adjustments: Pick<Adjustments, 'find'>): Adjustment[] {
  const transactionId = toText(isFields(data) ? data.transactionId : undefined);
  if (transactionId === null) return [];
  return goals.flatMap((name) => toAdjustment(name, adjustments.find(name, transactionId)));
}

function toAdjustment(conversionName: string, row: AdjustmentRow | undefined): Adjustment[] {
  if (row === undefined) return [];
  const { adjustmentType, adjustmentTime, value, currency } = row;
  return [{ conversionName, adjustmentType, adjustmentTime, value, currency }];
}
