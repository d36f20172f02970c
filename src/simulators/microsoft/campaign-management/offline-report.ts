import type { ConversionGoal } from '../journal/conversion-goal.ts';
import type { OfflineAdjustmentRow, OfflineRow } from './offline-conversions.ts';

type Row = OfflineRow | OfflineAdjustmentRow;

/**
 * Returns what became of the uploaded rows of a goal.
 * @source https://learn.microsoft.com/en-us/advertising/campaign-management-service/getofflineconversionreportbygoalids (2026-08-17)
 */
export function summarizeGoal({ id, fields }: ConversionGoal, rows: readonly Row[]): object {
  const own = rows.filter(({ goalId }) => goalId === id);
  const byDay = Map.groupBy(own, ({ at }) => at.slice(0, 10));
  const overall = count(own);
  return {
    GoalId: id,
    ConversionName: fields.Name,
    OverallSuccessCount: overall.success,
    OverallUnattributedCount: overall.unattributed,
    OverallSuccessRate: overall.rate,
    OverallAlerts: overall.alerts,
    DailySummaries: [...byDay].map(([day, ofDay]) => {
      const { success, unattributed, rate, alerts } = count(ofDay);
      return {
        DateUtc: `${day}T00:00:00Z`,
        SuccessCount: success,
        UnattributedCount: unattributed,
        SuccessRate: rate,
        Alerts: alerts,
      };
    }),
  };
}

function count(rows: readonly Row[]) {
  const failed = rows.filter(({ outcome }) => outcome !== 'Success');
  const reasons = Map.groupBy(failed, ({ outcome }) => outcome);
  const success = rows.length - failed.length;
  return {
    success,
    unattributed: failed.length,
    rate: rows.length === 0 ? 0 : Math.round((success / rows.length) * 10_000) / 100,
    alerts: [...reasons].map(([reason, all]) => ({ Count: all.length, UnattributedReason: reason })),
  };
}
