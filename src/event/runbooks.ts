import type { AlertConditionName } from './alert-conditions.ts';

/** The sections of the runbooks, `docs/operations/runbooks.md`, by the alert or the kind of issue. */
const runbooks: Readonly<
  Record<AlertConditionName | 'channel-failing' | 'no-delivery' | 'delivery' | 'refusing' | 'budget-used-up', string>
> = {
  paused: 'connection-paused',
  retrying: 'events-wait',
  'oldest-undelivered': 'events-wait',
  delivery: 'events-wait',
  accuracy: 'orders-not-accounted-for',
  'no-events': 'no-events',
  'no-orders': 'no-events',
  'pixel-missing': 'no-events',
  'rejected-share': 'failed-events',
  'dead-letters': 'failed-events',
  disk: 'disk-nearly-full',
  refusing: 'no-events-accepted',
  'goal-missing': 'missing-goals',
  'goal-uncounted': 'missing-goals',
  'consent-differs': 'contradicted-consent',
  'over-budget': 'browser-budget',
  'budget-used-up': 'browser-budget',
  'key-distrusted': 'distrusted-key',
  'channel-failing': 'a-channel-fails',
  'no-delivery': 'nobody-delivers',
};

const sections = new Map(Object.entries(runbooks));

/** Returns the path of the dashboard's page with the steps for an alert or an issue. Undefined if there are none. */
export function getRunbookPath(kind: string): string | undefined {
  const section = sections.get(kind);
  return section === undefined ? undefined : `/runbooks#${section}`;
}
