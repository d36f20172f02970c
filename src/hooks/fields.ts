/** The kind of a field decides how its value is read. */
export type HookFieldKind = 'text' | 'money' | 'number' | 'time';

/** The fields of an event that a mapping can fill, with their kinds. */
const eventFields = {
  name: 'text',
  id: 'text',
  time: 'time',
  'user.email': 'text',
  'user.phone': 'text',
  'user.emailSha256': 'text',
  'user.phoneSha256': 'text',
  'user.externalId': 'text',
  'user.anonymousId': 'text',
  'user.ip': 'text',
  'user.userAgent': 'text',
  'user.country': 'text',
  'user.firstName': 'text',
  'user.lastName': 'text',
  'user.dateOfBirth': 'text',
  'user.gender': 'text',
  'user.address.street': 'text',
  'user.address.city': 'text',
  'user.address.state': 'text',
  'user.address.zip': 'text',
  'user.address.country': 'text',
  'page.url': 'text',
  'page.referrer': 'text',
  'consent.adStorage': 'text',
  'consent.adUserData': 'text',
  'consent.adPersonalization': 'text',
  'commerce.value': 'money',
  'commerce.currency': 'text',
  'commerce.orderId': 'text',
  'commerce.checkoutId': 'text',
  'commerce.shipping': 'money',
  'commerce.tax': 'money',
  'commerce.discount': 'money',
  'commerce.coupon': 'text',
  'commerce.category': 'text',
  'commerce.channel': 'text',
  'commerce.customerType': 'text',
  'commerce.orderCount': 'number',
  'commerce.subscription': 'text',
  'goal.category': 'text',
  'goal.label': 'text',
  'goal.value': 'number',
} as const satisfies Readonly<Record<string, HookFieldKind>>;

const itemFields = {
  id: 'text',
  name: 'text',
  price: 'money',
  quantity: 'number',
  brand: 'text',
  category: 'text',
  variant: 'text',
  sku: 'text',
  productId: 'text',
  variantId: 'text',
  discount: 'money',
} as const satisfies Readonly<Record<string, HookFieldKind>>;

/** The fields of an event by name and kind. */
export const hookFields: readonly { readonly name: string; readonly kind: HookFieldKind }[] = Object.entries(eventFields).map(
  ([name, kind]) => ({ name, kind }),
);
export const hookItemFieldNames: readonly string[] = Object.keys(itemFields);

/** Members with names of the operator's or of platforms: `clickIds.msclkid`, `browserIds._fbp`, `properties.plan`. */
const openField = /^(?:clickIds|browserIds|properties)\.(?!__proto__$)[A-Za-z_][\w-]{0,63}$/;

/** Returns the kind of an event's field; `undefined` if there is no such field. */
export function findHookFieldKind(name: string): HookFieldKind | undefined {
  const kinds: Readonly<Record<string, HookFieldKind>> = eventFields;
  return Object.hasOwn(kinds, name) ? kinds[name] : openField.test(name) ? 'text' : undefined;
}

/** Returns the kind of an item's field; `undefined` if there is no such field. */
export function findHookItemFieldKind(name: string): HookFieldKind | undefined {
  const kinds: Readonly<Record<string, HookFieldKind>> = itemFields;
  return Object.hasOwn(kinds, name) ? kinds[name] : undefined;
}
