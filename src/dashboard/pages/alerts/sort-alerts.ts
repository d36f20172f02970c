import type { OpenAlertView } from '../../../api/client.ts';

/** Returns the alerts with the urgent ones first, then the oldest. */
export function sortAlerts(alerts: readonly OpenAlertView[]): readonly OpenAlertView[] {
  return alerts.toSorted((a, b) => Number(b.isUrgent) - Number(a.isUrgent) || a.since - b.since);
}
