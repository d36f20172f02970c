import { type CaptureSettings, isDefaultEvent } from './capture-settings.ts';
import { hasSignedSender } from './hook.ts';
import type { Site } from './site.ts';

/** The settings that decide who reports a site's orders. */
export type OrderSettings = Pick<Site, 'platform' | 'webhooks' | 'hooks' | 'purchases'>;

/** Returns whether the shop itself reports its orders: a page's report of one would be a second event with another id. */
export function reportsOwnOrders(site: OrderSettings): boolean {
  return site.platform !== 'custom' || hasSignedSender(site);
}

/** Returns whether a page's data layer may report purchases: an order counts once. */
export function mayCapturePurchases(site: OrderSettings): boolean {
  return site.purchases === 'confirmed' || !reportsOwnOrders(site);
}

/**
 * Returns why the purchases of a site's data layers are not read. Undefined: they are, or nothing is. `isChosen`: the operator named them, so
 * that they are missed.
 */
export function explainLeftOutPurchases(
  site: OrderSettings & { readonly capture?: CaptureSettings },
): { readonly isChosen: boolean; readonly says: string } | undefined {
  const { mode = 'off', events, map = {} } = site.capture?.dataLayer ?? {};
  const isMapped = Object.values(map).some(({ as }) => as === 'Purchase');
  const isRead = isMapped || (events?.includes('purchase') ?? isDefaultEvent('purchase'));
  if (mode === 'off' || !isRead || mayCapturePurchases(site)) return undefined;
  return {
    isChosen: isMapped || events !== undefined,
    says: 'Purchases of the dataLayer are not read, because the shop reports its orders itself and could use another id. To read them, too, set `purchases` to `confirmed`',
  };
}
