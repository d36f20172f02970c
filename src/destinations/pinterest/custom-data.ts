import type { Commerce, EnrichedEvent, Item } from '../../event/event.ts';
import { countPieces, readCurrency, reportMissingCurrency } from '../kit/mapping/commerce-fields.ts';
import { type IssueReporter, limitCount, type ReportIssue, requireMaxLength, truncate } from '../kit/mapping/field-limits.ts';
import { formatItemIds } from '../kit/mapping/item-id.ts';
import { omitEmpty } from '../kit/mapping/omit-empty.ts';
import { formatAmount } from './amounts.ts';
import { fieldPatterns, maxLengths, type Payload } from './payload.ts';
import type { Settings } from './settings.ts';

type CustomData = NonNullable<Payload['custom_data']>;

/**
 * Returns the event's value, its items, its order and its search. Pinterest requires no field of any event.
 * @source https://github.com/pinterest/api-description 5.23.0 (2025-12-11)
 */
export function toCustomData({ name, commerce }: EnrichedEvent, settings: Settings, reporterFor: IssueReporter): CustomData {
  const money = toMoney(commerce, reporterFor);
  if (name === 'Purchase' && money.value === undefined && commerce.value === undefined)
    reporterFor('commerce.value', 'value')(
      'purchase-without-value',
      'is missing, so Pinterest counts the purchase without revenue. Send `commerce.value` with each purchase. 0 is a value.',
    );
  return omitEmpty({
    ...money,
    ...toContents(commerce, money.currency !== undefined, settings, reporterFor),
    num_items: countPieces(commerce.items ?? []),
    order_id: requireMaxLength(commerce.orderId, maxLengths.id, reporterFor('commerce.orderId', 'order_id')),
    search_string: truncate(commerce.searchTerm, maxLengths.text, reporterFor('commerce.searchTerm', 'search_string')),
    ...(settings.limitedDataProcessing === 'california' && { opt_out_type: 'LDP' as const }),
  });
}

/** Returns value and currency, or neither: Pinterest reads a value without a currency in the currency of the ad account. */
function toMoney(commerce: Commerce, reporterFor: IssueReporter): Pick<CustomData, 'value' | 'currency'> {
  const currency = readCurrency(commerce, fieldPatterns.currency, reporterFor);
  const report = reporterFor('commerce.value', 'value');
  const value = toAmount(commerce.value, report);
  if (value === undefined) return {};
  if (currency === undefined) {
    reportMissingCurrency(report);
    return {};
  }
  return { value, currency };
}

/** Returns the amount as Pinterest's text if it is 0 or more. */
function toAmount(amount: number | undefined, report: ReportIssue): string | undefined {
  if (amount === undefined) return undefined;
  if (!(amount >= 0 && Number.isFinite(amount))) {
    report('negative', 'is not sent: it must be 0 or more. Pinterest takes no refunds through this API: leave them out.');
    return undefined;
  }
  return formatAmount(amount);
}

/** Returns the items that have an id, in order. Pinterest finds them in the catalogue by it. */
function toContents(
  { items = [], category }: Commerce,
  hasCurrency: boolean,
  { itemId }: Settings,
  reporterFor: IssueReporter,
): Partial<CustomData> {
  const ids = formatItemIds(items, itemId, (index) => `contents[${index}].id`, reporterFor);
  const contents = items.flatMap((item, index) => toContent(item, ids[index], index, hasCurrency, reporterFor));
  const [single, ...others] = items;
  const only = others.length === 0 ? single : undefined;
  const limit = (text: string | undefined, from: string, to: string) => truncate(text, maxLengths.text, reporterFor(from, to));
  return {
    contents,
    content_ids: [...new Set(contents.map(({ id }) => id))],
    ...omitEmpty({
      content_name: limit(only?.name, 'commerce.items[0].name', 'content_name'),
      content_brand: limit(only?.brand, 'commerce.items[0].brand', 'content_brand'),
      content_category:
        only?.category === undefined || only.category.trim() === ''
          ? limit(category, 'commerce.category', 'content_category')
          : limit(only.category, 'commerce.items[0].category', 'content_category'),
    }),
  };
}

/**
 * Returns one item. Pinterest documents `item_price` as the price before discounts; Convey knows the price after them, so that the sum agrees
 * with the value (an assumption).
 */
function toContent(
  item: Item,
  given: string | undefined,
  index: number,
  hasCurrency: boolean,
  reporterFor: IssueReporter,
): NonNullable<CustomData['contents']> {
  const report = (from: string, to: string) => reporterFor(`commerce.items[${index}].${from}`, `contents[${index}].${to}`);
  const id = requireMaxLength(given, maxLengths.itemId, report('id', 'id'));
  if (id === undefined || id.trim() === '') return [];
  const text = (from: 'name' | 'category' | 'brand') => truncate(item[from], maxLengths.text, report(from, `item_${from}`));
  return [
    {
      id,
      ...omitEmpty({
        item_price: hasCurrency ? toAmount(item.price, report('price', 'item_price')) : undefined,
        quantity: limitCount(item.quantity, report('quantity', 'quantity')),
        item_name: text('name'),
        item_category: text('category'),
        item_brand: text('brand'),
      }),
    },
  ];
}
