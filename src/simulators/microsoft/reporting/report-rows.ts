import { type Fields, getText, isFields } from '../../kit/fields.ts';
import { type AccountCall, type ApiState, getCustomerId } from '../campaign-management/call.ts';
import type { OfflineRow } from '../campaign-management/offline-conversions.ts';
import { normalizeClickId } from '../journal/clicks.ts';
import type { JournalEvent } from '../journal/journal-event.ts';

/** One row of a report, by column. */
export type ReportRow = Readonly<Record<string, string>>;

/** One conversion of a goal. */
interface Conversion {
  readonly day: string;
  readonly goal: string;
  readonly clickId: string | undefined;
  readonly value: number;
}

/**
 * Returns how often each goal counted on each day, in UTC.
 * @source https://learn.microsoft.com/en-us/advertising/reporting-service/goalsandfunnelsreportcolumn (2026-08-17)
 */
export function listGoalRows(call: AccountCall, state: ApiState): readonly ReportRow[] {
  const ids = new Map(state.goals.all().map(({ id, fields }) => [String(fields.Name), id]));
  const groups = Map.groupBy(listConversions(call, state), ({ day, goal }) => JSON.stringify([day, goal]));
  return [...groups.values()].map((conversions) => ({
    TimePeriod: conversions[0]?.day ?? '',
    GoalId: ids.get(conversions[0]?.goal ?? '') ?? '',
    Goal: conversions[0]?.goal ?? '',
    AllConversions: String(conversions.length),
    AllRevenue: sum(conversions),
  }));
}

/**
 * Returns the clicks that events named. A click counts once, on the day of its first event in UTC.
 * @source https://learn.microsoft.com/en-us/advertising/reporting-service/msclickidperformancereportcolumn (2026-08-17)
 */
export function listClickRows(call: AccountCall, state: ApiState): readonly ReportRow[] {
  const byClick = Map.groupBy(listConversions(call, state), ({ clickId }) => clickId);
  return state.journal.clicks
    .list()
    .filter(({ tagId }) => state.tags.find(getCustomerId(call), tagId) !== undefined)
    .map(({ id, firstSeenAt }) => {
      const conversions = byClick.get(id) ?? [];
      return {
        TimePeriod: new Date(firstSeenAt).toISOString().slice(0, 10),
        MSClickId: id,
        Clicks: '1',
        CampaignId: '',
        Keyword: '',
        ConversionsQualified: String(conversions.length),
        Revenue: sum(conversions),
      };
    });
}

function listConversions(call: AccountCall, { journal, tags, offline }: ApiState): readonly Conversion[] {
  const customerId = getCustomerId(call);
  const online = journal.events().filter(({ tagId }) => tags.find(customerId, tagId) !== undefined);
  const uploaded = offline
    .list()
    .filter((row): row is OfflineRow => row.kind === 'conversion' && row.outcome === 'Success' && !row.isRetracted);
  return [
    ...online.flatMap(toConversions),
    ...uploaded
      .filter(({ accountId }) => accountId === call.access.account.id)
      .map(({ conversionTime, conversionName, clickId, value }) => ({
        day: conversionTime.slice(0, 10),
        goal: conversionName,
        clickId: clickId ?? undefined,
        value: value ?? 0,
      })),
  ];
}

function toConversions({ goals, adjustments = [], server, browser }: JournalEvent): Conversion[] {
  const used = [...server, ...browser].find((report) => report.void === undefined && report.duplicateOf === undefined);
  if (used === undefined) return [];
  const value = Number(toFields(used.event.customData).value ?? 0);
  const clickId = normalizeClickId(getText(used.event.userData, 'msclkid') ?? '');
  return goals.map((goal) => {
    const restated = adjustments.find(({ conversionName }) => conversionName === goal)?.value;
    return { day: used.at.slice(0, 10), goal, clickId, value: restated ?? (Number.isFinite(value) ? value : 0) };
  });
}

const toFields = (value: unknown): Fields => (isFields(value) ? value : {});

const sum = (conversions: readonly Conversion[]): string =>
  (Math.round(conversions.reduce((total, { value }) => total + value, 0) * 100) / 100).toFixed(2);
