import type { OpenAlertView } from '../../../api/client.ts';

/** Returns the alerts with the urgent ones first, then those that need a person, each with the oldest first. */
export function sortAlerts(alerts: readonly OpenAlertView[]): readonly OpenAlertView[] {
  const isRetried = ({ on }: OpenAlertView) => on === 'retrying';
  return alerts.toSorted(
    (a, b) => Number(b.isUrgent) - Number(a.isUrgent) || Number(isRetried(a)) - Number(isRetried(b)) || a.since - b.since,
  );
}
