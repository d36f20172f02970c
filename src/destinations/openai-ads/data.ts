import type { Commerce, EnrichedEvent, Item } from '../../event/event.ts';
import { readCurrency, reportMissingCurrency } from '../kit/mapping/commerce-fields.ts';
import { type IssueReporter, limitCount, type ReportIssue, requireMaxLength, truncate } from '../kit/mapping/field-limits.ts';
import { formatItemIds } from '../kit/mapping/item-id.ts';
import { omitEmpty } from '../kit/mapping/omit-empty.ts';
import { toMinorUnits } from './minor-units.ts';
import { fieldPatterns, maxLengths, type Payload } from './payload.ts';
import type { Settings } from './settings.ts';
import type { DataType } from './tag-settings.ts';

/**
 * Returns the event's value and items. A `customer_action` has no items, and a `plan_enrollment` has the id of its first item as its plan.
 * @source https://developers.openai.com/ads/api-reference (2026-09-11)
 */
export function toData(
  type: DataType,
  { commerce }: EnrichedEvent,
  settings: Settings,
  reporterFor: IssueReporter,
): Payload['data'] {
  const currency = readCurrency(commerce, fieldPatterns.currency, reporterFor);
  const contents = type === 'customer_action' ? [] : toContents(commerce, currency, settings, reporterFor);
  return {
    type,
    ...toAmount(commerce, currency, reporterFor('commerce.value', 'amount')),
    ...omitEmpty(type === 'plan_enrollment' ? { plan_id: contents[0]?.id } : { contents }),
  };
}

function toAmount(
  { value }: Commerce,
  currency: string | undefined,
  report: ReportIssue,
): Pick<Payload['data'], 'amount' | 'currency'> {
  if (value === undefined) return {};
  if (currency === undefined) {
    reportMissingCurrency(report);
    return {};
  }
  const amount = limitAmount(value, currency, report);
  return amount === undefined ? {} : { amount, currency };
}

function limitAmount(given: number | undefined, currency: string, report: ReportIssue): number | undefined {
  if (given === undefined) return undefined;
  const amount = toMinorUnits(given, currency);
  if (amount === undefined)
    report('amount-invalid', 'is not sent: it must be 0 or more, and a possible amount. Refunds are not sent: leave them out.');
  return amount;
}

/** Returns the items that have an id, in order. */
function toContents(
  { items = [] }: Commerce,
  currency: string | undefined,
  settings: Settings,
  reporterFor: IssueReporter,
): NonNullable<Payload['data']['contents']> {
  const ids = formatItemIds(items, settings.itemId, (index) => `contents[${index}].id`, reporterFor);
  return items.flatMap((item, index) => toContent(item, ids[index], index, currency, settings, reporterFor));
}

function toContent(
  item: Item,
  given: string | undefined,
  index: number,
  currency: string | undefined,
  { itemAmount }: Settings,
  reporterFor: IssueReporter,
) {
  const report = (from: string, to: string) => reporterFor(`commerce.items[${index}].${from}`, `contents[${index}].${to}`);
  const id = requireMaxLength(given, maxLengths.itemId, report('id', 'id'));
  if (id === undefined) return [];
  const quantity = limitCount(item.quantity === 0 ? undefined : item.quantity, report('quantity', 'quantity')) ?? 1;
  const price = item.price === undefined || itemAmount === 'piece' ? item.price : item.price * quantity;
  const amount = currency === undefined ? undefined : limitAmount(price, currency, report('price', 'amount'));
  return [
    {
      id,
      ...omitEmpty({ name: truncate(item.name, maxLengths.text, report('name', 'name')) }),
      content_type: 'product' as const,
      quantity,
      ...(amount !== undefined && currency !== undefined && { amount, currency }),
    },
  ];
}
