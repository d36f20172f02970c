import { getRefunded } from '../../event/order-adjustment.ts';
import type { Site } from '../../event/site.ts';
import type { IndexedPurchase } from '../../storage/ports/event-index.ts';
import type { Store } from '../../storage/ports/store.ts';

/** Reads the refunds of purchases. Returns a lookup of what was paid back of a purchase by now, in its currency; nothing for one without a value. */
export async function readRefunded(
  { id }: Pick<Site, 'id'>,
  purchases: readonly IndexedPurchase[],
  store: Pick<Store, 'listRefunds'>,
): Promise<(purchase: IndexedPurchase) => { readonly refunded?: number }> {
  const orderIds = purchases.flatMap(({ orderId }) => orderId ?? []);
  const refunds = orderIds.length === 0 ? [] : await store.listRefunds(id, orderIds);
  const byOrder = Map.groupBy(refunds, ({ orderId }) => orderId);
  return ({ orderId = '', money }) => {
    if (!money) return {};
    const thousandths = getRefunded(Math.round(money.amount * 1_000), money.currency, byOrder.get(orderId) ?? []);
    return { refunded: thousandths / 1_000 };
  };
}
