import type { Commerce, EnrichedEvent, Goal, Hotel, Item, PageType } from '../../event/event.ts';
import { omitEmpty } from '../kit/omit-empty.ts';
import { type IssueReporter, limitAmount, limitCount, requirePattern, truncate, wholeId } from './field-limits.ts';
import { type ItemPart, itemIdOf } from './item-id.ts';
import { fieldPatterns, maxLengths, type Payload } from './payload.ts';
import type { Settings } from './settings.ts';

/**
 * Returns the event's shop, search and travel data, and the fields that event goals compare besides the name.
 * @source https://learn.microsoft.com/en-us/advertising/guides/uet-conversion-api-integration (2026-08-04)
 */
export function customDataOf(
  { name, commerce, goal }: EnrichedEvent,
  { itemId }: Settings,
  tellOf: IssueReporter,
): NonNullable<Payload['customData']> {
  const pageType = commerce.pageType ?? pageTypeOf(name);
  const currency = currencyOf(commerce, tellOf);
  const value = revenueOf(commerce, currency, tellOf);
  const items = itemsOf(commerce.items ?? [], itemId, tellOf);
  return omitEmpty({
    ...goalOf(goal, tellOf),
    searchTerm: truncate(commerce.searchTerm, maxLengths.text, tellOf('commerce.searchTerm', 'searchTerm')),
    transactionId: wholeId(commerce.orderId, maxLengths.id, tellOf('commerce.orderId', 'transactionId')),
    value,
    currency,
    items,
    itemIds: items.flatMap(({ id }) => id ?? []),
    pageType,
    ecommTotalValue: pageType === 'cart' || pageType === 'purchase' ? value : undefined,
    ecommCategory: truncate(commerce.category, maxLengths.name, tellOf('commerce.category', 'ecommCategory')),
    hotelData: commerce.hotel && hotelOf(commerce.hotel, tellOf),
  });
}

/** Returns the page type of Microsoft's retail audiences for the events that happen on such a page. */
export function pageTypeOf(name: string): PageType | undefined {
  switch (name) {
    case 'Purchase':
      return 'purchase';
    case 'AddToCart':
    case 'InitiateCheckout':
      return 'cart';
    case 'ViewContent':
      return 'product';
    case 'Search':
      return 'searchresults';
    default:
      return undefined;
  }
}

function currencyOf({ currency }: Commerce, tellOf: IssueReporter): string | undefined {
  const tell = tellOf('commerce.currency', 'currency');
  return requirePattern(
    currency?.toUpperCase(),
    fieldPatterns.currency,
    tell,
    'currency-invalid',
    'it must be a three-letter ISO 4217 code. Send one, such as USD.',
  );
}

function revenueOf({ value }: Commerce, currency: string | undefined, tellOf: IssueReporter): number | undefined {
  const tell = tellOf('commerce.value', 'value');
  if (value !== undefined && currency === undefined) {
    tell(
      'value-without-currency',
      "is not sent: it needs a currency. Send `commerce.currency`, or set the site's `defaultCurrency`.",
    );
    return undefined;
  }
  return limitAmount(value, tell, 'Report a refund to Microsoft as a conversion adjustment.');
}

function goalOf({ category, label, value }: Goal, tellOf: IssueReporter) {
  return {
    eventCategory: truncate(category, maxLengths.name, tellOf('goal.category', 'eventCategory')),
    eventLabel: truncate(label, maxLengths.name, tellOf('goal.label', 'eventLabel')),
    eventValue: limitAmount(value, tellOf('goal.value', 'eventValue')),
  };
}

function itemsOf(given: readonly Item[], template: string, tellOf: IssueReporter) {
  /** The first item that lacks each part. Only that item gets an issue. */
  const firstWithout = new Map<ItemPart, number>();
  const items = given.map((item, index) => {
    const { id, missing } = itemIdOf(item, template);
    for (const part of missing) if (!firstWithout.has(part)) firstWithout.set(part, index);
    return itemOf(item, id, index, tellOf);
  });
  firstWithout.delete('id');
  for (const [part, index] of firstWithout) {
    tellOf(`commerce.items[${index}].${part}`, `items[${index}].id`)(
      'item-id-part-missing',
      `is the item's plain \`id\`, if it has one: the setting \`itemId\` also requires \`${part}\`. Send it with every item, or change the setting.`,
    );
  }
  return items.filter((item) => Object.keys(item).length > 0);
}

function itemOf({ quantity, price, name }: Item, id: string | undefined, index: number, tellOf: IssueReporter) {
  const tell = (part: string) => tellOf(`commerce.items[${index}].${part}`, `items[${index}].${part}`);
  return omitEmpty({
    id: wholeId(id, maxLengths.name, tell('id')),
    quantity: limitCount(quantity, tell('quantity')),
    price: limitAmount(price, tell('price')),
    name: truncate(name, maxLengths.name, tell('name')),
  });
}

function hotelOf(hotel: Hotel, tellOf: IssueReporter) {
  const tell = (part: string) => tellOf(`commerce.hotel.${part}`, `hotelData.${part}`);
  const date = (part: 'checkinDate' | 'checkoutDate') =>
    requirePattern(
      hotel[part],
      fieldPatterns.date,
      tell(part),
      'date-invalid',
      'it must be a calendar date as YYYY-MM-DD. Correct it at its source.',
    );
  return omitEmpty({
    totalPrice: limitAmount(hotel.totalPrice, tell('totalPrice')),
    basePrice: limitAmount(hotel.basePrice, tell('basePrice')),
    checkinDate: date('checkinDate'),
    checkoutDate: date('checkoutDate'),
    lengthOfStay: limitCount(hotel.lengthOfStay, tell('lengthOfStay')),
    partnerHotelId: wholeId(hotel.partnerHotelId, maxLengths.name, tell('partnerHotelId')),
    bookingHref: wholeId(hotel.bookingHref, maxLengths.name, tell('bookingHref')),
  });
}
