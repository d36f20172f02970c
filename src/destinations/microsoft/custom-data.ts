import type { Commerce, EnrichedEvent, Goal, Hotel, Item, PageType } from '../../event/event.ts';
import { readCurrency, reportMissingCurrency } from '../kit/mapping/commerce-fields.ts';
import { type IssueReporter, limitCount, requireMaxLength, requirePattern, truncate } from '../kit/mapping/field-limits.ts';
import { formatItemIds } from '../kit/mapping/item-id.ts';
import { omitEmpty } from '../kit/mapping/omit-empty.ts';
import { limitAmount } from './amounts.ts';
import { fieldPatterns, maxLengths, type Payload } from './payload.ts';
import type { Settings } from './settings.ts';

/**
 * Returns the event's shop, search and travel data, and the fields that event goals compare besides the name.
 * @source https://learn.microsoft.com/en-us/advertising/guides/uet-conversion-api-integration (2026-08-04)
 */
export function toCustomData(
  { name, commerce, goal }: EnrichedEvent,
  { itemId }: Settings,
  reporterFor: IssueReporter,
): NonNullable<Payload['customData']> {
  const pageType = commerce.pageType ?? getPageType(name);
  const currency = readCurrency(commerce, fieldPatterns.currency, reporterFor);
  const value = toRevenue(commerce, currency, reporterFor);
  const items = toItems(commerce.items ?? [], itemId, reporterFor);
  return omitEmpty({
    ...toGoal(goal, reporterFor),
    searchTerm: truncate(commerce.searchTerm, maxLengths.text, reporterFor('commerce.searchTerm', 'searchTerm')),
    transactionId: requireMaxLength(commerce.orderId, maxLengths.id, reporterFor('commerce.orderId', 'transactionId')),
    value,
    currency,
    items,
    itemIds: items.flatMap(({ id }) => id ?? []),
    pageType,
    ecommTotalValue: pageType === 'cart' || pageType === 'purchase' ? value : undefined,
    ecommCategory: truncate(commerce.category, maxLengths.name, reporterFor('commerce.category', 'ecommCategory')),
    hotelData: commerce.hotel && toHotel(commerce.hotel, reporterFor),
  });
}

/** Returns the page type of Microsoft's retail audiences for the events that happen on such a page. */
export function getPageType(name: string): PageType | undefined {
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

function toRevenue({ value }: Commerce, currency: string | undefined, reporterFor: IssueReporter): number | undefined {
  const report = reporterFor('commerce.value', 'value');
  if (value !== undefined && currency === undefined) {
    reportMissingCurrency(report);
    return undefined;
  }
  return limitAmount(value, report, 'Report a refund to Microsoft as a conversion adjustment.');
}

function toGoal({ category, label, value }: Goal, reporterFor: IssueReporter) {
  return {
    eventCategory: truncate(category, maxLengths.name, reporterFor('goal.category', 'eventCategory')),
    eventLabel: truncate(label, maxLengths.name, reporterFor('goal.label', 'eventLabel')),
    eventValue: limitAmount(value, reporterFor('goal.value', 'eventValue')),
  };
}

function toItems(input: readonly Item[], template: string, reporterFor: IssueReporter) {
  const ids = formatItemIds(input, template, (index) => `items[${index}].id`, reporterFor);
  return input.map((item, index) => toItem(item, ids[index], index, reporterFor)).filter((item) => Object.keys(item).length > 0);
}

function toItem({ quantity, price, name }: Item, id: string | undefined, index: number, reporterFor: IssueReporter) {
  const report = (part: string) => reporterFor(`commerce.items[${index}].${part}`, `items[${index}].${part}`);
  return omitEmpty({
    id: requireMaxLength(id, maxLengths.name, report('id')),
    quantity: limitCount(quantity, report('quantity')),
    price: limitAmount(price, report('price')),
    name: truncate(name, maxLengths.name, report('name')),
  });
}

function toHotel(hotel: Hotel, reporterFor: IssueReporter) {
  const report = (part: string) => reporterFor(`commerce.hotel.${part}`, `hotelData.${part}`);
  const date = (part: 'checkinDate' | 'checkoutDate') =>
    requirePattern(
      hotel[part],
      fieldPatterns.date,
      report(part),
      'date-invalid',
      'it must be a calendar date as YYYY-MM-DD. Correct it at its source.',
    );
  return omitEmpty({
    totalPrice: limitAmount(hotel.totalPrice, report('totalPrice')),
    basePrice: limitAmount(hotel.basePrice, report('basePrice')),
    checkinDate: date('checkinDate'),
    checkoutDate: date('checkoutDate'),
    lengthOfStay: limitCount(hotel.lengthOfStay, report('lengthOfStay')),
    partnerHotelId: requireMaxLength(hotel.partnerHotelId, maxLengths.name, report('partnerHotelId')),
    bookingHref: requireMaxLength(hotel.bookingHref, maxLengths.name, report('bookingHref')),
  });
}
