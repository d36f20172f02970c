import type { Commerce, EnrichedEvent, Item } from '../../event/event.ts';
import { countPieces, reportMissingCurrency } from '../kit/mapping/commerce-fields.ts';
import { type IssueReporter, limitCount, type ReportIssue, requireMaxLength, truncate } from '../kit/mapping/field-limits.ts';
import { formatItemIds } from '../kit/mapping/item-id.ts';
import { omitEmpty } from '../kit/mapping/omit-empty.ts';
import { isSupportedCurrency } from './currencies.ts';
import { maxLengths, type Payload } from './payload.ts';
import type { Settings } from './settings.ts';

type Properties = NonNullable<Payload['properties']>;

/**
 * Returns the event's value, items, order and search. A page view has none of them. `search_string` and `query` are the earlier and the
 * later name of one field, and both are sent (an assumption).
 * @source https://business-api.tiktok.com/portal/docs?id=1771101151059969 (2026-08-10)
 */
export function toProperties({ name, commerce }: EnrichedEvent, settings: Settings, reporterFor: IssueReporter): Properties {
  if (name === 'PageView') return {};
  const search = truncate(commerce.searchTerm, maxLengths.text, reporterFor('commerce.searchTerm', 'search_string'));
  return omitEmpty({
    ...toMoney(name, commerce, reporterFor),
    ...toContents(commerce, settings, reporterFor),
    num_items: countPieces(commerce.items ?? []),
    order_id: requireMaxLength(commerce.orderId, maxLengths.id, reporterFor('commerce.orderId', 'order_id')),
    search_string: search,
    query: search,
  });
}

/** Returns the value with its currency, or neither. A currency is never relabelled, because a wrong revenue would steer the bids. */
function toMoney(name: string, { value, currency: given }: Commerce, reporterFor: IssueReporter): Properties {
  const currency = given?.toUpperCase();
  const report = reporterFor('commerce.value', 'value');
  const amount = limitAmount(value, report);
  if (amount === undefined) {
    if (name === 'Purchase' && value === undefined)
      report(
        'value-missing',
        'is missing: TikTok cannot optimise for value without it. Send `commerce.value` with each purchase.',
      );
    return {};
  }
  if (currency === undefined) {
    reportMissingCurrency(report);
    return {};
  }
  if (isSupportedCurrency(currency)) return { value: amount, currency };
  reporterFor('commerce.currency', 'currency')(
    'currency-unsupported',
    "is not sent, and neither is the value: TikTok does not list this currency. Send the value in one of TikTok's currencies.",
  );
  return {};
}

/** Returns the amount if it is 0 or more. TikTok documents no range and no number of decimals. */
function limitAmount(amount: number | undefined, report: ReportIssue): number | undefined {
  if (amount === undefined) return undefined;
  if (amount < 0) {
    report('negative', 'is not sent: it must be 0 or more. TikTok takes no refunds through this API: leave them out.');
    return undefined;
  }
  // Adding zero turns -0, which JSON cannot represent, into 0.
  return amount + 0;
}

/** Returns the items that have an id, in order. TikTok finds them in the catalogue by it. */
function toContents({ items = [] }: Commerce, { itemId, contentType }: Settings, reporterFor: IssueReporter) {
  const ids = formatItemIds(items, itemId, (index) => `contents[${index}].content_id`, reporterFor);
  const contents = items.flatMap((item, index) => toContent(item, ids[index], index, reporterFor));
  return contents.length === 0 ? {} : { contents, content_type: contentType };
}

function toContent(item: Item, given: string | undefined, index: number, reporterFor: IssueReporter) {
  const report = (from: string, to: string) => reporterFor(`commerce.items[${index}].${from}`, `contents[${index}].${to}`);
  const id = requireMaxLength(given, maxLengths.itemId, report('id', 'content_id'));
  if (id === undefined || id.trim() === '') return [];
  return [
    {
      content_id: id,
      ...omitEmpty({
        content_name: truncate(item.name, maxLengths.text, report('name', 'content_name')),
        content_category: truncate(item.category, maxLengths.text, report('category', 'content_category')),
        brand: truncate(item.brand, maxLengths.text, report('brand', 'brand')),
        price: limitAmount(item.price, report('price', 'price')),
      }),
      quantity: limitCount(item.quantity, report('quantity', 'quantity')) ?? 1,
    },
  ];
}
