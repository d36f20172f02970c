import { renewalName } from '../../event/event-names.ts';
import type { HookReading } from '../hook-event.ts';
import {
  getAmount,
  getObject,
  getObjects,
  getText,
  type Json,
  omitUndefined,
  parseVisitorAttribute,
  visitorAttributeName,
} from '../json-fields.ts';

/**
 * Reads an order: the first one of a subscription comes from a checkout, the others recur.
 * @source https://developer.rechargepayments.com/2021-11/orders (2026-11): `type`, `external_order_id`, `client_details`
 */
export function readOrder(order: Json, id: string): HookReading {
  const type = getText(order, 'type')?.toLowerCase();
  if (type !== 'checkout' && type !== 'recurring') return { ignored: 'The order is neither a first nor a recurring one.' };
  const isFirst = type === 'checkout';
  const orderId = getExternalId(order, 'external_order_id') ?? id;
  const { anonymousId, isDenied } = parseVisitorAttribute(findAttribute(order, visitorAttributeName));
  const submission = {
    id: `${isFirst ? 'purchase' : 'renewal'}-${orderId}`,
    name: isFirst ? 'Purchase' : renewalName,
    time: getText(order, 'processed_at') ?? getText(order, 'created_at'),
    user: omitUndefined({ ...readCustomer(order), anonymousId, ...(isFirst && readDevice(order)) }),
    ...(isDenied && { consent: { adStorage: 'denied', explicit: true } }),
    commerce: omitUndefined({
      value: getAmount(order, 'total_price'),
      currency: getText(order, 'currency'),
      orderId,
      pageType: 'purchase',
      items: readItems(order),
      subscription: isFirst ? 'first' : 'renewal',
    }),
  };
  return { reports: [{ submission, ...(!isFirst && { notSent: 'record-only' }) }] };
}

/** Returns the id that the shop system has of an object. Old versions have it as the member itself. */
function getExternalId(parent: Json, name: string): string | undefined {
  return getText(getObject(parent, name), 'ecommerce') ?? getText(parent, name);
}

function findAttribute(order: Json, name: string): string | undefined {
  const attributes = [...getObjects(order, 'order_attributes'), ...getObjects(order, 'note_attributes')];
  const found = attributes.find((one) => getText(one, 'name') === name);
  return found && getText(found, 'value');
}

function readCustomer(order: Json): Json {
  const customer = getObject(order, 'customer');
  const address = getObject(order, 'billing_address');
  const country = getText(address, 'country_code');
  return {
    email: getText(customer, 'email') ?? getText(order, 'email'),
    phone: getText(address, 'phone'),
    externalId: getExternalId(customer, 'external_customer_id') ?? getText(customer, 'id'),
    country,
    firstName: getText(address, 'first_name'),
    lastName: getText(address, 'last_name'),
    address: omitUndefined({
      street: getText(address, 'address1'),
      city: getText(address, 'city'),
      state: getText(address, 'province'),
      zip: getText(address, 'zip'),
      country,
    }),
  };
}

/** Returns address and agent of the shopper, who is at the checkout of a first order alone. */
function readDevice(order: Json): Json {
  const device = getObject(order, 'client_details');
  return { ip: getText(device, 'browser_ip'), userAgent: getText(device, 'user_agent') };
}

function readItems(order: Json): readonly Json[] {
  return getObjects(order, 'line_items').map((line) => {
    const [productId, variantId] = [getExternalId(line, 'external_product_id'), getExternalId(line, 'external_variant_id')];
    return omitUndefined({
      id: variantId ?? productId,
      productId,
      variantId,
      sku: getText(line, 'sku'),
      name: getText(line, 'title'),
      price: getAmount(line, 'unit_price') ?? getAmount(line, 'price'),
      quantity: getAmount(line, 'quantity'),
    });
  });
}
