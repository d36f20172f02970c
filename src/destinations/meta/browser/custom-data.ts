import type { Fields } from '../../../pixel/browser-report.ts';
import { formatItemId, listItems, omitAbsent, toText } from '../../../pixel/tag-values.ts';
import type { CustomDataPart, MetaTagSettings } from '../tag-settings.ts';

/**
 * Returns an event's custom data, with the values of the server's report: the two count as one event, and either may be used.
 * @param parts the parts of `commerce` that the server sends with the event; absent: all
 * @source https://developers.facebook.com/docs/meta-pixel/reference (2026-09-12)
 */
export function toCustomData(
  commerce: Fields,
  parts: readonly CustomDataPart[] | undefined,
  { itemId, contentType, currency: usual }: MetaTagSettings,
): Fields {
  const items = listItems(commerce);
  const contents = items.flatMap((item) => {
    const id = formatItemId(item, itemId);
    return id ? [{ id, quantity: toCount(item.quantity), item_price: toAmount(item.price) }] : [];
  });
  const currency = `${commerce.currency ?? usual}`.toUpperCase();
  const byPart: Readonly<Record<CustomDataPart, Fields | undefined>> = {
    money: /^[A-Z]{3}$/.test(currency) ? { value: toAmount(commerce.value), currency } : undefined,
    items: {
      ...(contents[0] && {
        contents,
        content_ids: [...new Set(contents.map(({ id }) => id))],
        content_type: contentType,
      }),
      content_name: items[1] ? undefined : toText(items[0]?.name),
      content_category: toText(commerce.category),
    },
    itemCount: { num_items: items.reduce((sum, { quantity }) => sum + toCount(quantity), 0) || undefined },
    order: { order_id: toText(commerce.orderId) },
    search: { search_string: toText(commerce.searchTerm) },
  };
  return omitAbsent(Object.assign({}, ...(parts?.map((part) => byPart[part]) ?? Object.values(byPart))));
}

function toAmount(value: unknown): number | undefined {
  const amount = Number(toText(value));
  return amount >= 0 ? amount : undefined;
}

/** Returns the number of pieces of an item. One without a quantity is one piece. */
function toCount(quantity: unknown): number {
  return Math.round(Number(quantity)) || 1;
}
