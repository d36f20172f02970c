import type { Fields } from '../../../pixel/browser-report.ts';
import { formatItemId, listItems, omitAbsent, toText } from '../../../pixel/tag-values.ts';
import type { TiktokTagSettings } from '../tag-settings.ts';

/**
 * Returns an event's properties, with the values of the server's report: the two count as one event, and the first one is kept.
 * @source https://business-api.tiktok.com/portal/docs?id=1771101151059969 (2026-08-10)
 */
export function buildProperties(
  commerce: Fields,
  { itemId, contentType, currency: usual, isLimited }: TiktokTagSettings,
): Fields {
  const items = listItems(commerce);
  const contents = items.flatMap((item) => {
    const content_id = formatItemId(item, itemId);
    return content_id
      ? [
          {
            content_id,
            content_name: toText(item.name),
            content_category: toText(item.category),
            brand: toText(item.brand),
            price: toAmount(item.price),
            quantity: toCount(item.quantity),
          },
        ]
      : [];
  });
  const value = toAmount(commerce.value);
  const currency = `${commerce.currency ?? usual}`.toUpperCase();
  const query = toText(commerce.searchTerm);
  return omitAbsent({
    ...(value !== undefined && /^[A-Z]{3}$/.test(currency) && { value, currency }),
    ...(contents[0] && { contents, content_type: contentType }),
    num_items: items.reduce((sum, { quantity }) => sum + toCount(quantity), 0) || undefined,
    order_id: toText(commerce.orderId),
    search_string: query,
    query,
    limited_data_use: isLimited,
  });
}

function toAmount(value: unknown): number | undefined {
  const amount = Number(toText(value));
  return amount >= 0 ? amount : undefined;
}

/** Returns the number of pieces of an item. One without a quantity is one piece. */
function toCount(quantity: unknown): number {
  return Math.round(Number(quantity)) || 1;
}
