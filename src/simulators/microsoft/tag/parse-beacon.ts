import type { Fields } from '../events-api/event-rules.ts';
import { isFields } from '../events-api/event-rules.ts';
import type { Settings } from '../settings.ts';

/** A query's parameters by name, bounded and cut. The first of a name stands. */
export type Parameters = Readonly<Record<string, string>>;

/** What the browser's tag said in one `GET /action/0`. */
export interface Beacon {
  readonly tagId: string;
  readonly parameters: Parameters;
  /** The same in the words of the Conversions API, so that both copies of an event can be held side by side. */
  readonly event: Fields;
}

/** Reads what stands behind the `?`; whatever is too much is left out, whatever is too long is cut. */
export function readParameters(query: string, { beaconParameters, beaconValueChars }: Settings): Parameters {
  const read = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(query)) {
    if (read.size >= beaconParameters) break;
    if (name !== '' && name.length <= 64 && !read.has(name)) read.set(name, value.slice(0, beaconValueChars));
  }
  return Object.fromEntries(read);
}

/**
 * Parameters of the browser's tag and what the Conversions API calls the same.
 *
 * @source https://learn.microsoft.com/en-us/advertising/msa-help/hlp_ba_conc_uet_parameters_table (2026-05) and
 * https://learn.microsoft.com/en-us/advertising/guides/uet-conversion-api-integration (2026-08-04). How `event_id` and `pid` are
 * written on the wire is an assumption, as is
 * that `ecomm_query` is a search term and `hct_booking_xref` a `bookingHref`.
 */
export function readBeacon(parameters: Parameters): Beacon {
  const given = (name: string): string | undefined => {
    const value = Object.hasOwn(parameters, name) ? parameters[name] : undefined;
    return value === '' ? undefined : value;
  };
  const person = fieldsIn(given('pid'));
  const event = without({
    eventType: given('evt'),
    eventName: given('ea'),
    eventId: given('event_id'),
    eventSourceUrl: given('p'),
    referrerUrl: given('r'),
    pageTitle: given('tl'),
    keywords: given('kw'),
    pageLoadId: given('mid'),
    adStorageConsent: given('asc'),
    userData: without({
      msclkid: clickId(given('msclkid')),
      em: textOf(person.em),
      ph: textOf(person.ph),
      anonymousId: given('vid'),
      externalId: given('uid'),
    }),
    customData: without({
      eventCategory: given('ec'),
      eventLabel: given('el'),
      eventValue: numberOf(given('ev')),
      value: numberOf(given('gv')),
      currency: given('gc'),
      transactionId: given('transaction_id'),
      searchTerm: given('search_term') ?? given('ecomm_query'),
      itemIds: given('prodid')?.split(','),
      items: listIn(given('items')),
      pageType: given('pagetype'),
      ecommTotalValue: numberOf(given('ecomm_totalvalue')),
      ecommCategory: given('ecomm_category'),
      hotelData: without({
        totalPrice: numberOf(given('hct_total_price')),
        basePrice: numberOf(given('hct_base_price')),
        checkinDate: given('hct_checkin_date'),
        checkoutDate: given('hct_checkout_date'),
        lengthOfStay: numberOf(given('hct_length_of_stay')),
        partnerHotelId: given('hct_partner_hotel_id'),
        bookingHref: given('hct_booking_xref'),
      }),
    }),
  });
  return { tagId: (given('ti') ?? '').slice(0, 64), parameters, event };
}

/** The tag adds `-1` for an id of this page's address, `-0` for one of the cookie, `N` where the cookie was refused. */
function clickId(value: string | undefined): string | undefined {
  return value === 'N' ? undefined : value?.replace(/-[01]N?$/, '');
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

function numberOf(text: string | undefined): number | string | undefined {
  return text !== undefined && /^-?\d{1,15}(\.\d{1,15})?$/.test(text) ? Number(text) : text;
}

function fieldsIn(text: string | undefined): Fields {
  const value = parsed(text);
  return isFields(value) ? value : {};
}

function listIn(text: string | undefined): unknown {
  const value = parsed(text);
  return Array.isArray(value) ? value : text;
}

function parsed(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}

function without(fields: Fields): Fields {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined && !(isFields(value) && Object.keys(value).length === 0)),
  );
}
