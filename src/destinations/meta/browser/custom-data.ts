import type { Fields } from '../../../pixel/browser-report.ts';
import { formatItemId, listItems, omitAbsent, toText } from '../../../pixel/tag-values.ts';
import type { CustomDataPart, MetaTagSettings } from '../tag-settings.ts';

/**
 * Returns an event's custom data, with the values of the server's report: the two count as one event, and either may be used.
 * @param parts the parts of `commerce` that the server sends with the event; absent: all
 * @source https://developers.facebook.com/docs/meta-pixel/reference (2026-09-12)
 */
export function buildCustomData(
  commerce: Fields,
  parts: readonly CustomDataPart[] | undefined,
  { itemId, contentType, currency: usual }: MetaTagSettings,
): Fields {
  const items = listItems(commerce);
  const pieces = items.map((item) => ({
    id: formatItemId(item, itemId),
    // An item without a whole number is one piece, as at the collector.
    quantity: /^\d+(\.0+)?$/.test(`${item.quantity}`) ? Number(item.quantity) : 1,
    item_price: toAmount(item.price),
  }));
  const contents = pieces.filter(({ id }) => id);
  const currency = `${commerce.currency ?? usual}`.toUpperCase();
  const byPart: Readonly<Record<CustomDataPart, Fields | false>> = {
    money: /^[A-Z]{3}$/.test(currency) && { value: toAmount(commerce.value), currency },
    items: {
      ...(contents[0] && {
        contents,
        content_ids: [...new Set(contents.map(({ id }) => id))],
        content_type: contentType,
      }),
      content_name: items[1] ? undefined : shorten(items[0]?.name),
      content_category: shorten(commerce.category),
    },
    itemCount: { num_items: items[0] && pieces.reduce((sum, { quantity }) => sum + quantity, 0) },
    order: { order_id: toText(commerce.orderId) },
    search: { search_string: shorten(commerce.searchTerm) },
  };
  return omitAbsent(Object.assign({}, ...(parts?.map((part) => byPart[part]) ?? Object.values(byPart))));
}

function shorten(text: unknown): string | undefined {
  return toText(text)?.slice(0, 500);
}

function toAmount(value: unknown): number | undefined {
  const amount = Number(toText(value));
  return amount >= 0 ? amount : undefined;
}
