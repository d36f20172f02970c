import type { Commerce, EnrichedEvent, Item } from '../../event/event.ts';
import { isStandardEventName, type StandardEventName } from '../../event/event-names.ts';
import { countPieces, readCurrency, reportMissingCurrency } from '../kit/mapping/commerce-fields.ts';
import { type IssueReporter, limitCount, type ReportIssue, requireMaxLength, truncate } from '../kit/mapping/field-limits.ts';
import { formatItemIds } from '../kit/mapping/item-id.ts';
import { omitEmpty } from '../kit/mapping/omit-empty.ts';
import { fieldPatterns, maxLengths, type Payload } from './payload.ts';
import type { Settings } from './settings.ts';
import type { CustomDataPart } from './tag-settings.ts';

type CustomData = NonNullable<Payload['custom_data']>;

const catalogue: readonly CustomDataPart[] = ['money', 'items'];

/** The parts of `commerce` that Meta documents for each standard event. A custom event has all parts. */
export const partsByEvent = {
  PageView: [],
  ViewContent: catalogue,
  AddToCart: catalogue,
  InitiateCheckout: [...catalogue, 'itemCount'],
  Purchase: [...catalogue, 'itemCount', 'order'],
  Lead: ['money'],
  Search: [...catalogue, 'search'],
  SignUp: ['money'],
} as const satisfies Record<StandardEventName, readonly CustomDataPart[]>;

/**
 * Returns the event's value, its items, its search, and the properties that the settings allow.
 * @source https://developers.facebook.com/docs/marketing-api/conversions-api/parameters/custom-data (2026-09-12)
 */
export function toCustomData(
  { name, commerce, properties }: EnrichedEvent,
  settings: Settings,
  reporterFor: IssueReporter,
): CustomData {
  const parts: readonly CustomDataPart[] | undefined = isStandardEventName(name) ? partsByEvent[name] : undefined;
  const has = (part: CustomDataPart) => parts === undefined || parts.includes(part);
  return omitEmpty({
    ...toProperties(properties, settings.properties, reporterFor),
    ...(has('money') && toMoney(commerce, reporterFor)),
    ...(has('items') && toContents(commerce, settings, reporterFor)),
    ...(has('itemCount') && commerce.items && { num_items: countPieces(commerce.items) }),
    ...(has('order') && {
      order_id: requireMaxLength(commerce.orderId, maxLengths.id, reporterFor('commerce.orderId', 'order_id')),
    }),
    ...(has('search') && {
      search_string: truncate(commerce.searchTerm, maxLengths.text, reporterFor('commerce.searchTerm', 'search_string')),
    }),
  });
}

function toMoney(commerce: Commerce, reporterFor: IssueReporter): Pick<CustomData, 'value' | 'currency'> {
  const currency = readCurrency(commerce, fieldPatterns.currency, reporterFor);
  const report = reporterFor('commerce.value', 'value');
  const value = limitAmount(commerce.value, report);
  if (value !== undefined && currency === undefined) {
    reportMissingCurrency(report);
    return {};
  }
  return omitEmpty({ value, currency });
}

/** Returns the amount if it is 0 or more. Meta documents no range and no number of decimals. */
function limitAmount(amount: number | undefined, report: ReportIssue): number | undefined {
  if (amount === undefined) return undefined;
  if (amount < 0) {
    report('negative', 'is not sent: it must be 0 or more. Meta takes no refunds through this API: leave them out.');
    return undefined;
  }
  // Adding zero turns -0, which JSON cannot represent, into 0.
  return amount + 0;
}

/** Returns the items that have an id, in order. Meta finds them in the catalogue by it. */
function toContents({ items = [], category }: Commerce, { itemId, contentType }: Settings, reporterFor: IssueReporter) {
  const ids = formatItemIds(items, itemId, (index) => `contents[${index}].id`, reporterFor);
  const contents = items.flatMap((item, index) => toContent(item, ids[index], index, reporterFor));
  const [first, ...others] = items;
  return {
    contents,
    content_ids: [...new Set(contents.map(({ id }) => id))],
    content_type: contents.length === 0 ? undefined : contentType,
    content_name:
      others.length > 0
        ? undefined
        : truncate(first?.name, maxLengths.text, reporterFor('commerce.items[0].name', 'content_name')),
    content_category: truncate(category, maxLengths.text, reporterFor('commerce.category', 'content_category')),
  };
}

function toContent(item: Item, input: string | undefined, index: number, reporterFor: IssueReporter) {
  const report = (from: string, to: string) => reporterFor(`commerce.items[${index}].${from}`, `contents[${index}].${to}`);
  const id = requireMaxLength(input, maxLengths.itemId, report('id', 'id'));
  if (id === undefined || id.trim() === '') return [];
  const price = limitAmount(item.price, report('price', 'item_price'));
  return [
    {
      id,
      quantity: limitCount(item.quantity, report('quantity', 'quantity')) ?? 1,
      ...(price !== undefined && { item_price: price }),
    },
  ];
}

/** Returns the properties that the operator allows: texts, numbers and booleans. */
function toProperties(
  raw: EnrichedEvent['properties'],
  allowed: readonly string[],
  reporterFor: IssueReporter,
): Readonly<Record<string, string | number | boolean>> {
  const found = allowed.flatMap((key): (readonly [string, string | number | boolean])[] => {
    const value = Object.hasOwn(raw, key) ? raw[key] : undefined;
    const report = reporterFor(`properties.${key}`, key);
    if (value === undefined || value === null) return [];
    if (typeof value === 'object') {
      report('property-invalid', 'is not sent: it must be a text, a number or true or false. Send a single value.');
      return [];
    }
    if (typeof value !== 'string') return [[key, value] as const];
    const text = truncate(value, maxLengths.text, report);
    return text === undefined || text.trim() === '' ? [] : [[key, text] as const];
  });
  return Object.fromEntries(found);
}
