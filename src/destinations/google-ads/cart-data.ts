import type { EnrichedEvent, Item } from '../../event/event.ts';
import { type IssueReporter, limitCount, requireMaxLength } from '../kit/mapping/field-limits.ts';
import { formatItemIds } from '../kit/mapping/item-id.ts';
import { omitEmpty } from '../kit/mapping/omit-empty.ts';
import { maxLengths, type Payload } from './payload.ts';
import type { Settings } from './settings.ts';

type CartData = NonNullable<Payload['cartData']>;

/**
 * Returns the items of a purchase that have an id and a price; Google uses no others. Prices are those after discounts, so no discount is sent.
 * @source https://github.com/googleapis/googleapis/blob/master/google/ads/datamanager/v1/cart_data.proto (2026-08-22)
 */
export function toCartData(
  { name, commerce: { items = [] } }: EnrichedEvent,
  { merchantId, feedLabel, feedLanguage, itemId }: Settings,
  reporterFor: IssueReporter,
): CartData | undefined {
  if (merchantId === undefined || name !== 'Purchase') return undefined;
  const ids = formatItemIds(items, itemId, (index) => `cartData.items[${index}].merchantProductId`, reporterFor);
  const sent = items.flatMap((item, index) => toItem(item, ids[index], index, reporterFor));
  if (sent.length === 0) return undefined;
  return {
    merchantId,
    ...omitEmpty({ merchantFeedLabel: feedLabel, merchantFeedLanguageCode: feedLanguage }),
    items: sent,
  };
}

function toItem(item: Item, given: string | undefined, index: number, reporterFor: IssueReporter): CartData['items'] {
  const report = (from: string, to: string) => reporterFor(`commerce.items[${index}].${from}`, `cartData.items[${index}].${to}`);
  const id = requireMaxLength(given, maxLengths.itemId, report('id', 'merchantProductId'));
  if (id === undefined || id.trim() === '') return [];
  const { price } = item;
  if (price === undefined || !Number.isFinite(price) || price < 0) {
    report('price', 'unitPrice')(
      'item-without-price',
      'is missing or below 0, so the item is not sent: Google uses no item without a price. Send `price` with each item.',
    );
    return [];
  }
  const quantity = limitCount(item.quantity, report('quantity', 'quantity')) ?? 1;
  // Adding zero turns -0, which JSON cannot represent, into 0.
  return [{ merchantProductId: id, quantity: String(quantity), unitPrice: price + 0 }];
}
