import type { Fields } from '../../../pixel/browser-report.ts';
import { formatItemId, listItems, omitAbsent, toText } from '../../../pixel/tag-values.ts';
import type { PinterestTagSettings } from '../tag-settings.ts';

/**
 * Returns an event's data, with the values of the server's report: the two count as one event, and either may be used. `search_query` is an
 * assumption.
 * @source https://github.com/pinterest/pinterest-magento2-extension (2026-04-14)
 */
export function buildTagData(id: string, commerce: Fields, { itemId, currency: usual }: PinterestTagSettings): Fields {
  const items = listItems(commerce);
  const value = toAmount(commerce.value);
  const given = `${commerce.currency ?? usual}`.toUpperCase();
  // Without a currency Pinterest takes the ad account's.
  const currency = /^[A-Z]{3}$/.test(given) && value !== undefined ? given : undefined;
  const lines = items.flatMap((item) => {
    const product_id = formatItemId(item, itemId);
    return product_id
      ? [
          {
            product_id,
            product_price: currency && toAmount(item.price),
            product_quantity: item.quantity,
            product_name: toText(item.name),
            product_category: toText(item.category),
            product_brand: toText(item.brand),
          },
        ]
      : [];
  });
  return omitAbsent({
    event_id: id,
    value: currency && value,
    currency,
    order_id: toText(commerce.orderId),
    order_quantity: items.reduce((sum, { quantity }) => sum + (Math.round(Number(quantity)) || 1), 0) || undefined,
    search_query: toText(commerce.searchTerm),
    line_items: lines[0] && lines,
  });
}

function toAmount(value: unknown): number | undefined {
  const amount = Number(toText(value));
  return amount >= 0 ? amount : undefined;
}
