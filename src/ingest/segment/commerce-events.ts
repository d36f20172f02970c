import { normalizeEventName } from '../../event/event-names.ts';
import { getAmount, getObjects, getText, type Json, omitUndefined, roundToThousandth } from '../../hooks/json-fields.ts';

/**
 * The events of Segment's e-commerce specification and the fields that they have. Names are compared without case, spaces, `_` and `-`. Earlier
 * names, which old shops still send, are in the same row.
 * @source https://segment.com/docs/connections/spec/ecommerce/v2/ (2025-11)
 */

/** How an event states its products and amounts. `order` also has the amounts of the order; `refund` those that are paid back. */
type Shape = 'product' | 'list' | 'order' | 'refund' | 'cancellation';

interface CommerceEvent {
  /** Convey's name. Absent: a custom event with the name as it was sent. */
  readonly name?: string;
  readonly names: readonly string[];
  readonly shape: Shape;
  readonly pageType?: string;
}

const commerceEvents: readonly CommerceEvent[] = [
  { name: 'ViewContent', names: ['Product Viewed', 'Viewed Product'], shape: 'product', pageType: 'product' },
  { name: 'Search', names: ['Products Searched', 'Searched Products'], shape: 'list', pageType: 'searchresults' },
  { name: 'AddToCart', names: ['Product Added', 'Added Product'], shape: 'product' },
  { name: 'InitiateCheckout', names: ['Checkout Started', 'Started Order'], shape: 'order' },
  { name: 'Purchase', names: ['Order Completed', 'Completed Order'], shape: 'order', pageType: 'purchase' },
  { name: 'Refund', names: ['Order Refunded', 'Refunded Order'], shape: 'refund' },
  { name: 'OrderCancelled', names: ['Order Cancelled'], shape: 'cancellation' },
  { name: 'SignUp', names: ['Signed Up', 'Account Created'], shape: 'list' },
  { name: 'Lead', names: ['Lead Captured', 'Lead Generated'], shape: 'list' },
  { names: ['Product List Viewed', 'Viewed Product Category', 'Product List Filtered'], shape: 'list', pageType: 'category' },
  { names: ['Cart Viewed'], shape: 'list', pageType: 'cart' },
  { names: ['Product Removed', 'Removed Product'], shape: 'product', pageType: 'cart' },
  { names: ['Product Clicked'], shape: 'product' },
  { names: ['Checkout Step Viewed', 'Checkout Step Completed', 'Payment Info Entered', 'Order Updated'], shape: 'order' },
];

const eventByName = new Map(commerceEvents.flatMap((event) => event.names.map((name) => [normalize(name), event] as const)));
const eventByOwnName = new Map(
  commerceEvents.flatMap((event) => (event.name === undefined ? [] : [[event.name, event] as const])),
);

function normalize(name: string): string {
  return name.toLowerCase().replace(/[\s_-]+/g, '');
}

/** Returns the event by a name of Segment, or by one that Convey knows from elsewhere, such as `purchase`. */
function findCommerceEvent(event: string): CommerceEvent | undefined {
  return eventByName.get(normalize(event)) ?? eventByOwnName.get(normalizeEventName(toCustomName(event)) ?? '');
}

/** Returns whether a track under this name is a purchase. */
export function isPurchaseTrack(event: string): boolean {
  return findCommerceEvent(event)?.name === 'Purchase';
}

/** The name, the commerce data and the other properties of a track. */
export interface TrackedCommerce {
  readonly name: string;
  readonly commerce: Json;
  /** The properties that no field of an event has. */
  readonly properties: Json;
  /** Whether another message of the same order may be another event: a refund of a part. */
  readonly isRepeatable: boolean;
}

/** Reads the name and the properties of a track. A name that Convey cannot have becomes the nearest that it can. */
export function readCommerceEvent(event: string, properties: Json): TrackedCommerce {
  const known = findCommerceEvent(event);
  const name = known?.name ?? toCustomName(event);
  if (!known) return { name, commerce: {}, properties: omit(properties, ['products']), isRepeatable: false };
  const items = getObjects(properties, 'products').map(readItem);
  const commerce = readers[known.shape](properties, items);
  return {
    name,
    commerce: omitUndefined({ ...commerce, pageType: known.pageType }),
    properties: omit(properties, [...readNames[known.shape], 'products']),
    isRepeatable: known.shape === 'refund',
  };
}

const orderFields = ['order_id', 'checkout_id', 'currency', 'total', 'revenue', 'value', 'shipping', 'tax', 'discount', 'coupon'];
const itemFields = ['product_id', 'sku', 'id', 'name', 'brand', 'category', 'variant', 'price', 'quantity', 'coupon', 'position'];
const itemAddresses = ['url', 'image_url'];

/** The properties that each shape reads, or that belong to its product. */
const readNames: Readonly<Record<Shape, readonly string[]>> = {
  product: [...itemFields, ...itemAddresses, 'value', 'currency'],
  list: ['category', 'query', 'value', 'currency'],
  order: orderFields,
  refund: orderFields,
  cancellation: orderFields,
};

type Items = readonly Json[];

const readers: Readonly<Record<Shape, (properties: Json, items: Items) => Json>> = {
  product: (properties) => ({
    value: getAmount(properties, 'value') ?? sumItems([readItem(properties)]),
    currency: getText(properties, 'currency'),
    items: [readItem(properties)],
  }),
  list: (properties, items) => ({
    value: getAmount(properties, 'value'),
    currency: getText(properties, 'currency'),
    category: getText(properties, 'category'),
    searchTerm: getText(properties, 'query'),
    ...(items.length > 0 && { items }),
  }),
  order: (properties, items) => ({
    orderId: getText(properties, 'order_id'),
    checkoutId: getText(properties, 'checkout_id'),
    // `total` includes shipping and tax, `revenue` does not.
    value: firstAmount(properties, ['total', 'revenue', 'value']) ?? sumItems(items),
    currency: getText(properties, 'currency'),
    shipping: getAmount(properties, 'shipping'),
    tax: getAmount(properties, 'tax'),
    discount: getAmount(properties, 'discount'),
    coupon: getText(properties, 'coupon'),
    ...(items.length > 0 && { items }),
  }),
  // Without products the whole order is refunded, so no amount is stated.
  refund: (properties, items) => ({
    orderId: getText(properties, 'order_id'),
    ...(items.length > 0 && {
      value: firstAmount(properties, ['total', 'revenue', 'value']) ?? sumItems(items),
      currency: getText(properties, 'currency'),
      items,
    }),
  }),
  cancellation: (properties) => ({ orderId: getText(properties, 'order_id') }),
};

function readItem(product: Json): Json {
  return omitUndefined({
    id: getText(product, 'product_id') ?? getText(product, 'sku') ?? getText(product, 'id'),
    productId: getText(product, 'product_id'),
    sku: getText(product, 'sku'),
    name: getText(product, 'name'),
    brand: getText(product, 'brand'),
    category: getText(product, 'category'),
    variant: getText(product, 'variant'),
    price: getAmount(product, 'price'),
    quantity: getAmount(product, 'quantity') ?? 1,
  });
}

function firstAmount(properties: Json, names: readonly string[]): number | undefined {
  return names.map((name) => getAmount(properties, name)).find((amount) => amount !== undefined);
}

function sumItems(items: Items): number | undefined {
  const prices = items.map((item) => [getAmount(item, 'price'), getAmount(item, 'quantity') ?? 1] as const);
  if (prices.every(([price]) => price === undefined)) return undefined;
  return roundToThousandth(prices.reduce((sum, [price = 0, quantity]) => sum + price * quantity, 0));
}

function omit(properties: Json, names: readonly string[]): Json {
  return Object.fromEntries(Object.entries(properties).filter(([name]) => !names.includes(name)));
}

/** Returns a name of letters, digits and `_` that begins with a letter, at most 100 characters. */
function toCustomName(event: string): string {
  const plain = event.trim().replace(/\W+/g, '_').slice(0, 100);
  return /^[A-Za-z]/.test(plain) ? plain : `E_${plain}`.slice(0, 100);
}
