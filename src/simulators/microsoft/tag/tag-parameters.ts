/**
 * The part of the tag that validates an event's parameters and maps them to their names on the wire.
 *
 * Assumptions: the limits are those of an older build; an unlisted name is dropped silently; the wire names
 * `event_id`, `transaction_id`, `search_term`, `tax`, `shipping`, `coupon`, `method`, `content_type`, `content_id` equal the
 * pushed ones; `items` and `pid` are JSON.
 */
export const tagParameters = String.raw`
// Names on the wire by pushed name.
const wireNames = {
  event_category: 'ec', event_label: 'el', event_value: 'ev', revenue_value: 'gv', currency: 'gc',
  ecomm_prodid: 'prodid', ecomm_pagetype: 'pagetype', ec: 'ec', el: 'el', ev: 'ev', gv: 'gv', gc: 'gc',
};
const sameNames = [
  'event_id', 'transaction_id', 'search_term', 'tax', 'shipping', 'coupon', 'method', 'content_type', 'content_id', 'items',
  'ecomm_totalvalue', 'ecomm_category', 'ecomm_query', 'hct_base_price', 'hct_total_price', 'hct_checkin_date',
  'hct_checkout_date', 'hct_length_of_stay', 'hct_partner_hotel_id', 'hct_booking_xref',
];
for (const name of sameNames) wireNames[name] = name;
const numeric = ['event_value', 'revenue_value', 'ev', 'gv', 'tax', 'shipping', 'ecomm_totalvalue', 'hct_base_price', 'hct_total_price'];

const isFields = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const isGiven = (value) => value !== undefined && value !== null && value !== '';
function throwInvalid(name, rule) { throw new Error('UET: ' + name + ' ' + rule + '. The event was not sent.'); }

function checkParameters(parameters) {
  if (!rules.throws) return;
  for (const name of numeric) {
    const value = parameters[name];
    if (!isGiven(value)) continue;
    const isNumber = /^\d+(\.\d{1,3})?$/.test(String(value)) && Number(value) <= 999999999999;
    if (!isNumber) throwInvalid(name, 'must be a number from 0 to 999,999,999,999 with at most 3 decimals');
  }
  const currency = parameters.currency ?? parameters.gc;
  if (isGiven(currency) && !/^[A-Za-z]{3}$/.test(currency)) throwInvalid('currency', 'must be 3 letters');
  const products = [parameters.ecomm_prodid].flat().filter(isGiven);
  if (products.length > 0 && !isGiven(parameters.ecomm_pagetype)) throwInvalid('ecomm_prodid', 'requires ecomm_pagetype');
  if (rules.productIds && !products.every((id) => /^[A-Za-z0-9-]{1,50}$/.test(id)))
    throwInvalid('ecomm_prodid', 'must be 1 to 50 letters, digits and dashes');
}

function toWire(parameters) {
  const sent = {};
  for (const [name, value] of Object.entries(parameters)) {
    if (!Object.hasOwn(wireNames, name) || !isGiven(value)) continue;
    sent[wireNames[name]] = name === 'ecomm_prodid' ? [value].flat().join(',') : typeof value === 'object' ? JSON.stringify(value) : String(value);
  }
  return sent;
}
`;
