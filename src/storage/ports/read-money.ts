import { isSkipReason, type SkipReason } from '../../event/skip-reasons.ts';
import type { UnixMs } from '../../event/units.ts';
import { formatConsumerId } from './consumer-id.ts';
import { countBucketStart } from './event-counts.ts';
import type { MoneySum, UnsentMoney } from './money.ts';
import type { Store } from './store.ts';

/** The orders of a connection that its platform does not have: of its backlog, of its dead letters, and of its skipped events. */
export interface MissingMoney extends UnsentMoney {
  /** The skipped orders by reason, of those that the event log received in the period. */
  readonly skipped: { readonly [R in SkipReason]?: readonly MoneySum[] };
}

/**
 * Reads the orders of a connection that its platform does not have, beside the events that `createBacklogReader` counts. An order without a
 * value has the currency `''`.
 * @param period when the event log received the skipped orders
 */
export async function readMoney(
  { store }: { readonly store: Pick<Store, 'getUnsentMoney' | 'getMoneyCounts'> },
  site: string,
  connection: string,
  period: { readonly since: UnixMs; readonly until: UnixMs },
): Promise<MissingMoney> {
  const consumer = formatConsumerId(site, connection);
  const since = countBucketStart(period.since);
  const { until } = period;
  const [unsent, counts] = await Promise.all([
    store.getUnsentMoney(site, consumer),
    store.getMoneyCounts(site, [consumer], since, until, Math.max(1, until - since)),
  ]);
  const skipped: { [R in SkipReason]?: readonly MoneySum[] } = {};
  for (const { outcome, currency, orders, amount } of counts.connections.get(consumer)?.settled ?? [])
    if (isSkipReason(outcome)) skipped[outcome] = [...(skipped[outcome] ?? []), { currency, orders, amount }];
  return { ...unsent, skipped };
}
