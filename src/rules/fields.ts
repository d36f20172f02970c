import type { EnrichedEvent, Item, NormalForms } from '../event/event.ts';
import type { Json } from '../event/issue.ts';
import type { Operator } from '../event/rule.ts';

/** `fact`: the rule learns whether the value is present, never the value. `any`: a property, whose type is known only in the event. */
export type FieldType = 'text' | 'list' | 'number' | 'fact' | 'any';

export type FieldValue = string | number | boolean | readonly string[] | undefined;

export interface Field {
  readonly label: string;
  readonly type: FieldType;
  readonly read: (event: EnrichedEvent) => FieldValue;
  /** Whether a rule may write the field, and copy it to other fields. An identifying field is neither. */
  readonly access?: 'write';
  /** Whether its values identify one order, and so are not suggested. */
  readonly isUnique?: true;
}

const textTests = ['equals', 'not-equals', 'in', 'contains', 'starts-with', 'matches', 'present', 'absent'] as const;
const numberTests = ['equals', 'not-equals', 'in', 'greater', 'less', 'between', 'present', 'absent'] as const;

export const operatorsByType: Readonly<Record<FieldType, readonly Operator[]>> = {
  text: textTests,
  list: textTests,
  number: numberTests,
  fact: ['present', 'absent'],
  any: [...textTests, 'greater', 'less', 'between'],
};

const text = (label: string, read: Field['read'], more: Partial<Field> = {}): Field => ({ label, type: 'text', read, ...more });
const number = (label: string, read: Field['read'], more: Partial<Field> = {}): Field => ({
  label,
  type: 'number',
  read,
  ...more,
});
const list = (label: string, read: Field['read']): Field => ({ label, type: 'list', read });
const fact = (label: string, read: (event: EnrichedEvent) => boolean): Field => ({
  label,
  type: 'fact',
  read: (event) => read(event) || undefined,
});
const writable = { access: 'write' } as const;

const hasForm = (prefix: string) => (event: EnrichedEvent) => {
  const { forms } = event.identity;
  return Object.keys(forms).some((name) => name.startsWith(prefix));
};
const addressForms: readonly (keyof NormalForms)[] = ['street', 'city', 'state', 'provinceCode', 'zip', 'zipDigits'];
const readItems = (name: 'id' | 'name' | 'category' | 'brand' | 'sku') => (event: EnrichedEvent) =>
  event.commerce.items?.flatMap((item: Item) => item[name] ?? []);

/** The fields that conditions test. `docs/guides/rules.md` has them. */
const fields: Readonly<Record<string, Field>> = {
  name: text('Event name', ({ name }) => name),
  source: list('Sources of the reports', ({ reporters }) => reporters),
  'page.url': text('Page URL', ({ page }) => page.url),
  'page.path': text('Page path', ({ page }) => (page.url === undefined ? undefined : URL.parse(page.url)?.pathname)),
  'page.referrer': text('Referrer', ({ page }) => page.referrer),
  'page.title': text('Page title', ({ page }) => page.title),
  'commerce.value': number('Value', ({ commerce }) => commerce.value, writable),
  'commerce.currency': text('Currency', ({ commerce }) => commerce.currency, writable),
  'commerce.tax': number('Tax', ({ commerce }) => commerce.tax, writable),
  'commerce.shipping': number('Shipping', ({ commerce }) => commerce.shipping, writable),
  'commerce.discount': number('Discount', ({ commerce }) => commerce.discount, writable),
  'commerce.coupon': text('Coupon', ({ commerce }) => commerce.coupon),
  'commerce.tags': list('Tags of order and customer', ({ commerce }) => commerce.tags),
  'commerce.channel': text('Sales channel', ({ commerce }) => commerce.channel, writable),
  'commerce.customerType': text('Customer type', ({ commerce }) => commerce.customerType),
  'commerce.orderCount': number("Customer's order count", ({ commerce }) => commerce.orderCount),
  'commerce.subscription': text('Subscription order', ({ commerce }) => commerce.subscription),
  'commerce.orderId': text('Order id', ({ commerce }) => commerce.orderId, { isUnique: true }),
  'commerce.pageType': text('Page type', ({ commerce }) => commerce.pageType),
  'commerce.category': text('Category', ({ commerce }) => commerce.category, writable),
  'commerce.searchTerm': text('Search term', ({ commerce }) => commerce.searchTerm),
  'commerce.itemCount': number('Number of items', ({ commerce }) =>
    commerce.items?.reduce((sum, { quantity = 1 }) => sum + quantity, 0),
  ),
  'items.id': list('Item ids', readItems('id')),
  'items.name': list('Item names', readItems('name')),
  'items.category': list('Item categories', readItems('category')),
  'items.brand': list('Item brands', readItems('brand')),
  'items.sku': list('Item SKUs', readItems('sku')),
  'goal.category': text('Goal category', ({ goal }) => goal.category, writable),
  'goal.label': text('Goal label', ({ goal }) => goal.label, writable),
  'goal.value': number('Goal value', ({ goal }) => goal.value, writable),
  'user.country': text('Country', ({ client }) => client.country),
  'user.email': fact('E-mail address', hasForm('email')),
  'user.phone': fact('Phone number', hasForm('phone')),
  'user.externalId': fact('Customer id', ({ identity }) => identity.externalId !== undefined),
  'user.name': fact('Name', hasForm('lastName')),
  'user.address': fact('Address', ({ identity: { forms } }) => addressForms.some((name) => forms[name] !== undefined)),
  clickIds: fact('Any click id', ({ identity }) => Object.keys(identity.clickIds).length > 0),
};

/** The fields without those that end in a name of the operator's choice. */
export const namedFields: readonly (Field & { readonly path: string })[] = Object.entries(fields).map(([path, field]) => ({
  path,
  ...field,
}));

/** Returns the field of a path: a listed one, `properties.…`, `clickIds.…` or `browserIds.…`. */
export function findField(path: string): Field | undefined {
  if (Object.hasOwn(fields, path)) return fields[path];
  const [root, ...names] = path.split('.');
  const name = names.join('.');
  if (name === '' || path.length > 200) return undefined;
  if (root === 'properties')
    return { label: `Property ${name}`, type: 'any', read: ({ properties }) => readProperty(properties, names) };
  if (root === 'clickIds') return fact(`Click id ${name}`, ({ identity }) => Object.hasOwn(identity.clickIds, name));
  if (root === 'browserIds') return fact(`Browser id ${name}`, ({ identity }) => Object.hasOwn(identity.browserIds ?? {}, name));
  return undefined;
}

/** The entries of a list that a test reads. */
const comparedEntries = 250;

/** Returns a property that is text, a number, true or false, or a list of texts. */
function readProperty(properties: Readonly<Record<string, Json>>, names: readonly string[]): FieldValue {
  let value: Json | undefined = properties;
  for (const name of names) value = isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
  if (Array.isArray(value))
    return value
      .slice(0, comparedEntries)
      .flatMap((one: Json) => (typeof one === 'string' || typeof one === 'number' ? [String(one)] : []));
  return typeof value === 'object' || value === null || value === undefined ? undefined : value;
}

function isObject(value: Json | undefined): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
