import { type Fields, isFields } from '../../kit/fields.ts';
import type { Parameters } from '../../kit/tag/beacon.ts';

/** One report of the browser tag: one `GET /action/0`. */
export interface Beacon {
  readonly tagId: string;
  readonly parameters: Parameters;
  /** The same event with the names of the Conversions API, so that both reports can be compared. */
  readonly event: Fields;
}

/**
 * Maps the parameters of the browser tag to the names of the Conversions API.
 *
 * @source https://learn.microsoft.com/en-us/advertising/msa-help/hlp_ba_conc_uet_parameters_table (2026-05) and
 * https://learn.microsoft.com/en-us/advertising/guides/uet-conversion-api-integration (2026-08-04). How `event_id` and `pid` are written on
 * the wire is an assumption, as is that `ecomm_query` is a search term and `hct_booking_xref` a `bookingHref`.
 */
export function readBeacon(parameters: Parameters): Beacon {
  const get = (name: string): string | undefined => {
    const value = Object.hasOwn(parameters, name) ? parameters[name] : undefined;
    return value === '' ? undefined : value;
  };
  const person = parseFields(get('pid'));
  const event = omitEmpty({
    eventType: get('evt'),
    eventName: get('ea'),
    eventId: get('event_id'),
    eventSourceUrl: get('p'),
    referrerUrl: get('r'),
    pageTitle: get('tl'),
    keywords: get('kw'),
    pageLoadId: get('mid'),
    adStorageConsent: get('asc'),
    userData: omitEmpty({
      msclkid: clickId(get('msclkid')),
      em: toText(person.em),
      ph: toText(person.ph),
      anonymousId: get('vid'),
      externalId: get('uid'),
    }),
    customData: omitEmpty({
      eventCategory: get('ec'),
      eventLabel: get('el'),
      eventValue: toNumber(get('ev')),
      value: toNumber(get('gv')),
      currency: get('gc'),
      transactionId: get('transaction_id'),
      searchTerm: get('search_term') ?? get('ecomm_query'),
      itemIds: get('prodid')?.split(','),
      items: parseList(get('items')),
      pageType: get('pagetype'),
      ecommTotalValue: toNumber(get('ecomm_totalvalue')),
      ecommCategory: get('ecomm_category'),
      hotelData: omitEmpty({
        totalPrice: toNumber(get('hct_total_price')),
        basePrice: toNumber(get('hct_base_price')),
        checkinDate: get('hct_checkin_date'),
        checkoutDate: get('hct_checkout_date'),
        lengthOfStay: toNumber(get('hct_length_of_stay')),
        partnerHotelId: get('hct_partner_hotel_id'),
        bookingHref: get('hct_booking_xref'),
      }),
    }),
  });
  return { tagId: (get('ti') ?? '').slice(0, 64), parameters, event };
}

/** Removes the tag's suffix: `-1` for an id of this page's URL, `-0` for one of the cookie, `N` if the cookie was refused. */
function clickId(value: string | undefined): string | undefined {
  return value === 'N' ? undefined : value?.replace(/-[01]N?$/, '');
}

const toText = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

function toNumber(text: string | undefined): number | string | undefined {
  return text !== undefined && /^-?\d{1,15}(\.\d{1,15})?$/.test(text) ? Number(text) : text;
}

function parseFields(text: string | undefined): Fields {
  const value = parseJson(text);
  return isFields(value) ? value : {};
}

function parseList(text: string | undefined): unknown {
  const value = parseJson(text);
  return Array.isArray(value) ? value : text;
}

function parseJson(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}

function omitEmpty(fields: Fields): Fields {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined && !(isFields(value) && Object.keys(value).length === 0)),
  );
}
