import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { buildShopifyOrder, shopifyBodies } from '../ingest/webhooks/shopify.fixture.ts';
import { parseShopifyWebhook } from '../ingest/webhooks/shopify.ts';
import { findBodyKind, hasBodyKind } from '../ingest/webhooks/shopify-topics.ts';
import { customerFields, orderFields, refundFields } from './include-fields.ts';

type Content = Readonly<Record<string, unknown>>;

/** Builds a body with each of the fields, as objects, lists and texts. Each text has the given value. */
const lists = new Set([
  'note_attributes',
  'discount_codes',
  'line_items',
  'discount_allocations',
  'transactions',
  'refund_line_items',
]);

function buildBody(fields: readonly string[], toValue: (path: string) => unknown): Content {
  const body: Record<string, unknown> = {};
  for (const field of fields) {
    const names = field.split('.');
    let parent = body;
    for (const name of names.slice(0, -1)) {
      const next: unknown = parent[name] ?? (lists.has(name) ? [{}] : {});
      parent[name] = next;
      parent = (Array.isArray(next) ? next[0] : next) as Record<string, unknown>;
    }
    parent[names.at(-1) ?? ''] = toValue(field);
  }
  return body;
}

/** Returns the body, and the paths of the members that are looked up. */
function record(body: Content) {
  const paths = new Set<string>();
  const wrap = (value: unknown, path: string): unknown => {
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map((one) => wrap(one, path));
    return new Proxy(value, {
      getOwnPropertyDescriptor(target, name) {
        paths.add(path === '' ? String(name) : `${path}.${String(name)}`);
        return Reflect.getOwnPropertyDescriptor(target, name);
      },
      get: (target, name) => {
        const at = path === '' ? String(name) : `${path}.${String(name)}`;
        paths.add(at);
        return wrap(Reflect.get(target, name), at);
      },
    });
  };
  return { body: wrap(body, '') as Content, paths };
}

/** Texts without which a body reports nothing. */
const texts: Readonly<Record<string, string>> = {
  ...{
    id: '1',
    order_id: '1',
    cancelled_at: '2026-11-24T10:00:00Z',
    state: 'enabled',
    'note_attributes.name': '_convey_visitor',
  },
  ...{ 'transactions.kind': 'refund', 'transactions.status': 'success', 'transactions.amount': '1' },
};

/** Returns the members that the parser reads, in bodies that have each text or not, beside those by which it checks the kind. */
function findReadFields(topics: readonly string[], fields: readonly string[]): readonly string[] {
  const all = new Set<string>();
  for (const topic of topics)
    for (let run = 0; run < 200; run += 1) {
      const content = buildBody(
        fields,
        (path) => texts[path] ?? (crc32(`${run} ${path}`) % 2 === 0 || path === 'admin_graphql_api_id' ? null : '1'),
      );
      const [parsed, checked] = [record(content), record(content)];
      parseShopifyWebhook({ topic, body: parsed.body, purchaseOn: topic === 'orders/paid' ? 'paid' : 'create' });
      const kind = findBodyKind(topic);
      if (kind) hasBodyKind(kind, checked.body);
      for (const path of parsed.paths) if (!checked.paths.has(path) || fields.includes(path)) all.add(path);
    }
  // Objects and lists are parts of the paths of their members.
  return [...all].filter((path) => ![...all].some((other) => other.startsWith(`${path}.`))).toSorted();
}

const orders = ['orders/create', 'orders/paid', 'orders/cancelled'];

describe('the fields for which the app asks', () => {
  it.each([
    ['orders', orders, orderFields],
    ['refunds', ['refunds/create'], refundFields],
    ['customers', ['customers/create'], customerFields],
  ])('are those that the parser reads of %s', (_, topics, fields) => {
    expect(findReadFields(topics, fields)).toEqual(fields.toSorted());
  });

  it.each([
    ['orders/create', buildShopifyOrder(), orderFields],
    ['orders/cancelled', buildShopifyOrder({ cancelled_at: '2026-11-24T10:00:00Z' }), orderFields],
    ['refunds/create', shopifyBodies['refunds/create'] ?? {}, refundFields],
    ['customers/create', shopifyBodies['customers/create'] ?? {}, customerFields],
  ] as const)('give the same event as a whole body: %s', (topic, body, fields) => {
    const cut = cutBody(body, fields);
    expect(JSON.stringify(cut).length).toBeLessThan(JSON.stringify(body).length);
    const whole = parseShopifyWebhook({ topic, body, purchaseOn: 'create' });
    expect(whole).toHaveProperty('reports');
    expect(parseShopifyWebhook({ topic, body: cut, purchaseOn: 'create' })).toEqual(whole);
  });
});

/** Cuts a body to the fields, as Shopify documents `include_fields`. */
function cutBody(body: Content, fields: readonly string[]): Content {
  const cut = (value: unknown, paths: readonly string[]): unknown => {
    if (Array.isArray(value)) return value.map((one) => cut(one, paths));
    if (typeof value !== 'object' || value === null || paths.includes('')) return value;
    const kept = Object.entries(value).flatMap(([name, member]) => {
      const own = paths.flatMap((path) =>
        path === name ? [''] : path.startsWith(`${name}.`) ? [path.slice(name.length + 1)] : [],
      );
      return own.length > 0 ? [[name, cut(member, own)]] : [];
    });
    return Object.fromEntries(kept);
  };
  return cut(body, fields) as Content;
}
