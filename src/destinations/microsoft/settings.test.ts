import { expect, test } from 'vitest';
import { microsoft } from './microsoft.ts';
import { createTagVocabulary } from './tag-vocabulary.ts';

const token = 'aaaabbbb-cccc-4ddd-8eee-ffff00001111';

function connect(input: Record<string, unknown>) {
  const result = microsoft.connect({ tagId: '187012345', token, ...input });
  return 'issues' in result ? result.issues.map(({ field }) => field) : result.settings;
}

test('a tag id and a token are enough; the other settings have their documented defaults', () => {
  expect(connect({})).toEqual({
    tagId: '187012345',
    token,
    endpoint: 'https://capi.uet.microsoft.com',
    pageLoads: 'auto',
    whenDenied: 'skip',
    events: 'all',
    eventNames: {},
    itemId: '{id}',
    latePurchases: 'off',
    adjustGoals: [],
    adjustAfterHours: 24,
  });
});

test('empty settings report the missing tag id and token', () => {
  const result = microsoft.connect({});
  expect('issues' in result && result.issues.map(({ field }) => field)).toEqual(['settings.tagId', 'settings.token']);
});

test.each([[undefined], [null], ['x'], [[]]])('settings that are %j are refused', (input) => {
  expect(microsoft.connect(input)).toMatchObject({ issues: [{ field: 'settings', code: 'invalid-setting' }] });
});

test('a tag id may be a number', () => {
  expect(connect({ tagId: 97_247_724 })).toMatchObject({ tagId: '97247724' });
});

test.each(['', '0', '0187', '18701234x', ' 187012345', '1'.repeat(21), -5, 1.5, true])('the tag id %j is refused', (tagId) => {
  expect(connect({ tagId })).toEqual(['settings.tagId']);
});

test.each(['', 'two words', 'line\n', 'schlüssel', 7])('the token %j is refused', (input) => {
  expect(connect({ token: input })).toEqual(['settings.token']);
});

test.each([
  ['https://capi.uet.microsoft.com/', 'https://capi.uet.microsoft.com'],
  ['http://127.0.0.1:9090', 'http://127.0.0.1:9090'],
  ['https://proxy.example/capi//', 'https://proxy.example/capi'],
])('the endpoint %s is accepted', (endpoint, expected) => {
  expect(connect({ endpoint })).toMatchObject({ endpoint: expected });
});

test.each([
  '',
  'capi.uet.microsoft.com',
  'ftp://capi.example',
  'https://user:pass@capi.example',
  'https://capi.example?a',
  'https://capi.example/#a',
  ' https://capi.example',
])('the endpoint %j is refused', (endpoint) => {
  expect(connect({ endpoint })).toEqual(['settings.endpoint']);
});

test('event names are stored by canonical name, whatever alias or case they have', () => {
  expect(connect({ eventNames: { order_completed: 'sale', LEAD: ' contact ', MyEvent: 'mine' } })).toMatchObject({
    eventNames: { Purchase: 'sale', Lead: 'contact', myevent: 'mine' },
  });
});

test.each([
  [{ Lead: '' }, 'settings.eventNames.Lead'],
  [{ Lead: '  ' }, 'settings.eventNames.Lead'],
  [{ Lead: 'x'.repeat(101) }, 'settings.eventNames.Lead'],
  [{ 'not a name': 'x' }, 'settings.eventNames.not a name'],
  [{ Lead: 'a', generate_lead: 'b' }, 'settings.eventNames.generate_lead'],
])('the event names %j are refused at the wrong entry', (eventNames, field) => {
  expect(connect({ eventNames })).toEqual([field]);
});

test('§5.4 events are stored by canonical name, once each, whatever alias or case they have', () => {
  expect(connect({ events: ['order_completed', 'PURCHASE', 'Newsletter_Joined', 'page_view'] })).toMatchObject({
    events: ['Purchase', 'newsletter_joined', 'PageView'],
  });
  expect(connect({ events: 'all' })).toMatchObject({ events: 'all' });
});

test.each([
  [[], 'settings.events'],
  ['Purchase', 'settings.events'],
  [['Purchase', 7], 'settings.events'],
  [['Purchase', 'not a name'], 'settings.events[1]'],
  [['Purchase', ''], 'settings.events[1]'],
])('the events %j are refused at the wrong entry', (events, field) => {
  expect(connect({ events })).toEqual([field]);
});

test.each(['{id}', '{sku}', 'shopify_US_{productId}_{variantId}', ' {variantId}/{variantId} ', 'ä-{id}'])(
  '§4.9 the item id template %j is accepted',
  (itemId) => {
    expect(connect({ itemId })).toMatchObject({ itemId: itemId.trim() });
  },
);

test.each(['', ' ', 'sku', '{}', '{ID}', '{id', 'id}', '{{id}}', '{id}{', '{id}{price}', '{ id }', `{id}${'x'.repeat(97)}`, 7])(
  '§4.9 the item id template %j is refused',
  (itemId) => {
    expect(connect({ itemId })).toEqual(['settings.itemId']);
  },
);

test('§4.9 a template with an unknown placeholder gets a message with the rule and the fix', () => {
  const result = microsoft.connect({ tagId: '1', token, itemId: 'shop_{color}' });
  expect('issues' in result && result.issues).toEqual([
    {
      field: 'settings.itemId',
      code: 'invalid-setting',
      message:
        'Must be 1 to 100 characters with at least one of {id}, {sku}, {productId} and {variantId}, and no other braces. Write it like shopify_US_{productId}_{variantId}.',
    },
  ]);
});

test('a customer id is digits, also as a number, and is optional', () => {
  expect(connect({ customerId: 254_610_987 })).toMatchObject({ customerId: '254610987' });
  expect(connect({})).not.toHaveProperty('customerId');
});

test.each(['', '0123', 'C123', 'BACID_123', ' 1', '1'.repeat(21), null, 1.5])('the customer id %j is refused', (customerId) => {
  expect(connect({ customerId })).toEqual(['settings.customerId']);
});

test("§8.1 the browser tag's names and page types are those of the server", () => {
  const input = {
    tagId: '1',
    token,
    customerId: 254_610_987,
    itemId: 'eu_{sku}',
    eventNames: { lead: 'contact', Joined: 'subscribe' },
  };
  const words = createTagVocabulary(input);
  expect(words.itemId).toBe('eu_{sku}');
  expect(words.events).toMatchObject({
    pageview: {},
    page_viewed: {},
    viewcontent: { name: 'view_item', pageType: 'product' },
    product_viewed: { name: 'view_item', pageType: 'product' },
    addtocart: { name: 'add_to_cart', pageType: 'cart' },
    begin_checkout: { name: 'begin_checkout', pageType: 'cart' },
    purchase: { name: 'purchase', pageType: 'purchase' },
    generate_lead: { name: 'contact' },
    search: { name: 'search', pageType: 'searchresults' },
    signup: { name: 'sign_up' },
    joined: { name: 'subscribe' },
  });
  expect(words.events.pageview).toEqual({});
});

test("the tag uses Microsoft's usual names without a connection", () => {
  const words = createTagVocabulary(undefined);
  expect([words.itemId, words.events.checkout_completed]).toEqual(['{id}', { name: 'purchase', pageType: 'purchase' }]);
});
