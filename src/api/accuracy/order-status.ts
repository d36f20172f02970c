import type { BoundDestination } from '../../destinations/kit/destination.ts';
import { reducedByRefundCode } from '../../event/adjusted-outcomes.ts';
import { denialCodes } from '../../event/denial-codes.ts';
import { gracePeriodMs, type OrderStatus } from '../../event/order-accuracy.ts';
import type { Connection, Site } from '../../event/site.ts';
import type { UnixMs } from '../../event/units.ts';
import type { ConnectionState } from '../../storage/ports/connection-state.ts';
import { formatConsumerId } from '../../storage/ports/consumer-id.ts';
import type { DeferredDelivery } from '../../storage/ports/deferred-deliveries.ts';
import type { IndexedPurchase } from '../../storage/ports/event-index.ts';
import type { StoredOutcome } from '../../storage/ports/outcomes.ts';
import type { Store } from '../../storage/ports/store.ts';

export interface StatusSources {
  readonly store: Pick<Store, 'getOutcomes' | 'getDeferredDeliveries' | 'getConnectionState'>;
  readonly now: () => UnixMs;
  readonly getPlatform: (connection: Connection) => Pick<BoundDestination, 'isTest'>;
}

interface PurchaseStatuses {
  readonly purchase: IndexedPurchase;
  /** By connection. */
  readonly standings: ReadonlyMap<string, OrderStatus>;
  /** The rule that skipped the purchase, by connection. */
  readonly rules: ReadonlyMap<string, string>;
}

/** Returns the status of a purchase on one connection. */
export function getOrderStatus(
  { offset, receivedAt }: Pick<IndexedPurchase, 'offset' | 'receivedAt'>,
  delivery: {
    readonly state: Pick<ConnectionState, 'cursor' | 'begins'> | undefined;
    readonly stored: StoredOutcome | undefined;
    readonly deferred: Pick<DeferredDelivery, 'reason'> | undefined;
    readonly now: UnixMs;
  },
): OrderStatus {
  const { state, deferred, now } = delivery;
  const stored = delivery.stored?.isRetired ? undefined : delivery.stored;
  const isLate = now - receivedAt >= gracePeriodMs;
  if (!stored) {
    if (!state || (state.begins && offset <= state.begins.after)) return 'earlier';
    if (offset > state.cursor) return isLate ? 'unsent' : 'waiting';
    return 'lost';
  }
  const { outcome, issues } = stored;
  switch (outcome) {
    case 'delivered':
      if (issues.some(({ code }) => code === 'claimed')) return 'claimed';
      return issues.some(({ code }) => code !== reducedByRefundCode) ? 'noted' : 'accepted';
    case 'waiting':
      if (!isLate) return 'waiting';
      return deferred?.reason === 'hold' ? 'unsent' : 'retrying';
    case 'dead':
      if (issues.some(({ code }) => code === 'expired')) return 'expired';
      return issues.some(({ code }) => code === 'corrupt') ? 'damaged' : 'rejected';
    case 'consent-denied':
      return issues.some(({ code }) => denialCodes.has(code)) ? 'claimed' : outcome;
    // Refunds alone have these, which are no orders.
    case 'restated':
    case 'retracted':
    case 'awaiting-purchase':
    case 'awaiting-upload':
    case 'no-purchase':
    case 'unsupported':
      return 'record-only';
    default:
      return outcome;
  }
}

/** Returns the connections whose orders are counted: the enabled ones, without those whose platform counts nothing. */
export function selectCounting(
  { connections }: Pick<Site, 'connections'>,
  { getPlatform }: Pick<StatusSources, 'getPlatform'>,
): Site['connections'] {
  return connections.filter((one) => one.enabled && !getPlatform(one).isTest);
}

/** Returns the status of each purchase on each counted connection of the site. */
export async function readStatuses(
  site: Pick<Site, 'id' | 'connections'>,
  purchases: readonly IndexedPurchase[],
  sources: StatusSources,
): Promise<readonly PurchaseStatuses[]> {
  const { store, now } = sources;
  const at = now();
  const results = purchases.map((purchase) => ({
    purchase,
    standings: new Map<string, OrderStatus>(),
    rules: new Map<string, string>(),
  }));
  const offsets = purchases.map(({ offset }) => offset);
  for (const { id } of selectCounting(site, sources)) {
    const consumer = formatConsumerId(site.id, id);
    // Read the state first: events that the cursor passes in the meantime already have an outcome.
    const state = await store.getConnectionState(consumer);
    const outcomes = await store.getOutcomes(consumer, offsets);
    const late = purchases.filter(
      ({ offset, receivedAt }) => at - receivedAt >= gracePeriodMs && outcomes.get(offset)?.outcome === 'waiting',
    );
    const deferrals = new Map(
      late.length === 0
        ? []
        : (
            await store.getDeferredDeliveries(
              consumer,
              late.map(({ offset }) => offset),
            )
          ).map((one) => [one.offset, one]),
    );
    for (const { purchase, standings, rules } of results) {
      const { offset } = purchase;
      const delivery = { state, stored: outcomes.get(offset), deferred: deferrals.get(offset), now: at };
      const status = getOrderStatus(purchase, delivery);
      standings.set(id, status);
      const skip = status === 'rule' ? delivery.stored?.rules?.effects.find(({ did }) => did === 'skip') : undefined;
      if (skip) rules.set(id, skip.rule);
    }
  }
  return results;
}
