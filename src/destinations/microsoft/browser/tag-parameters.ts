import type { Fields, Report } from '../../../pixel/browser-report.ts';
import { formatItemId, listItems, omitAbsent, toText } from '../../../pixel/tag-values.ts';
import type { TagEvent, UetTagSettings } from '../tag-settings.ts';

/**
 * Returns an event in the tag's parameters. The tag throws, and the event is lost, on an amount that is negative, above 999,999,999,999 or
 * has more than three decimals, on a currency that is not three letters, on an unknown page type, on `ecomm_prodid` without
 * `ecomm_pagetype`, and on ids of products and hotels that are not plain. Such values are omitted here; the collector's report has them.
 * @source https://learn.microsoft.com/en-us/advertising/msa-help/hlp_ba_conc_uet_parameters_table (2026-05),
 * hlp_ba_conc_uetv2syntaxupdate (2026-06); the bounds are those of an older build of the tag (an assumption)
 */
export function toTagParameters(
  { id, commerce = {}, goal = {}, user = {} }: Report,
  event: TagEvent,
  { itemId, pageTypes, currency: usual }: UetTagSettings,
): Fields {
  const input = toText(commerce.pageType)?.toLowerCase();
  const pageType = pageTypes.find((known) => known === input) ?? event.pageType;
  const currency = pickFitting(toText(commerce.currency ?? usual)?.toUpperCase(), /^[A-Z]{3}$/);
  const value = currency && amount(commerce.value);
  const items = listItems(commerce).map((item) => toItem(item, itemId));
  const plainIds = items.flatMap(({ id }) => pickFitting(id, /^[\da-z-]{1,50}$/i) ?? []);
  return omitAbsent({
    event_id: toText(id),
    event_category: toText(goal.category),
    event_label: toText(goal.label),
    event_value: amount(goal.value),
    revenue_value: value,
    currency,
    transaction_id: toText(commerce.orderId),
    search_term: toText(commerce.searchTerm),
    items: items.length ? items : undefined,
    ecomm_pagetype: pageType,
    ecomm_prodid: pageType && plainIds.length ? plainIds : undefined,
    ecomm_totalvalue: /^(cart|purchase)$/.test(pageType ?? '') ? value : undefined,
    ecomm_category: toText(commerce.category),
    ...(currency && toHotel(Object(commerce.hotel))),
    pid: toPerson(user),
  });
}

function toItem(item: Fields, template: string) {
  return omitAbsent({
    id: formatItemId(item, template),
    name: toText(item.name),
    price: amount(item.price),
    quantity: amount(item.quantity),
  });
}

/** Returns the hotel's parameters. The tag requires the total price for any of them. */
function toHotel(hotel: Fields): Fields | undefined {
  const date = (name: string) => pickFitting(toText(hotel[name]), /^\d{4}-\d\d-\d\d$/);
  const reference = (name: string) => pickFitting(toText(hotel[name]), /^[\da-z]{1,64}$/i);
  return amount(hotel.totalPrice) === undefined
    ? undefined
    : {
        hct_total_price: amount(hotel.totalPrice),
        hct_base_price: amount(hotel.basePrice),
        hct_checkin_date: date('checkinDate'),
        hct_checkout_date: date('checkoutDate'),
        hct_length_of_stay: pickFitting(toText(hotel.lengthOfStay), /^([12]?\d|30)$/),
        hct_partner_hotel_id: reference('partnerHotelId'),
        hct_booking_xref: reference('bookingHref'),
      };
}

/**
 * Returns the person for enhanced conversions. The tag hashes an e-mail address itself, and accepts a phone number only in E.164; a hash of
 * either is used unchanged.
 * @source https://learn.microsoft.com/en-us/advertising/msa-help/hlp_ba_conc_uet_enhancedconversions (2026-06)
 */
function toPerson({ email, emailSha256, phone, phoneSha256 }: Fields): Fields | undefined {
  const em = pickFitting(cutAppendix(email || emailSha256), /.@.|^[\da-f]{64}$/i);
  const ph = pickFitting(cutAppendix(phone || phoneSha256).replace(/[^+\da-z]/gi, ''), /^(\+[1-9]\d{6,14}|[\da-f]{64})$/i);
  return em || ph ? { em, ph } : undefined;
}

/** Returns a hash without the appendix of Meta's library, as the collector reads it, and another text without outer spaces. */
function cutAppendix(value: unknown): string {
  return `${value}`.trim().replace(/^([\da-f]{64})\.[\w-]{1,16}$/i, '$1');
}

function pickFitting(written: string | undefined, form: RegExp): string | undefined {
  return written && form.test(written) ? written : undefined;
}

function amount(value: unknown): number | undefined {
  const rounded = Math.round(Number(toText(value)) * 1e3) / 1e3;
  return rounded >= 0 && rounded <= 999_999_999_999 ? rounded : undefined;
}
