import type { Issue } from '../../../event/issue.ts';
import type { Offset } from '../../log/event-log.ts';
import type { EventOutcomeEntry } from '../../ports/outcomes.ts';

/** The tables without a removed connection's rows. Its attempts and outcomes stay. */
export const clearedTables = [
  'connections',
  'deferred_deliveries',
  'receipts',
  'dead_letters',
  'expired_ranges',
  'outcome_counts',
  'outcome_totals',
  'delivery_times',
  'purchase_outcomes',
  'settled_money',
  'delivery_errors',
  'rule_counts',
  'delivered_orders',
  'uploads',
  'upload_states',
] as const;

const removed: Issue = {
  field: 'connection',
  code: 'connection-removed',
  message: 'The connection was removed before this event was sent. It is no longer sent.',
};

const removedUnverified: Issue = {
  field: 'connection',
  code: 'connection-removed',
  message: "The connection was removed before the platform gave its verdict. Compare the event with the platform's own report.",
};

/**
 * Returns the last outcomes of a removed connection.
 * @param waiting its deferred deliveries @param awaiting the events of its receipts
 */
export function listRemovalOutcomes(waiting: readonly Offset[], awaiting: readonly Offset[]): readonly EventOutcomeEntry[] {
  return [
    ...waiting.map((offset) => ({ offset, outcome: 'dead', issues: [removed] }) as const),
    ...awaiting.map((offset) => ({ offset, outcome: 'unverified', issues: [removedUnverified] }) as const),
  ];
}
