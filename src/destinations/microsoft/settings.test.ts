import { expect, test } from 'vitest';
import { microsoft, tagEventNames } from './microsoft.ts';

const token = 'aaaabbbb-cccc-4ddd-8eee-ffff00001111';

function connect(given: Record<string, unknown>) {
  const result = microsoft.connect({ tagId: '187012345', token, ...given });
  return 'issues' in result ? result.issues.map(({ field }) => field) : result.settings;
}

test('a tag id and a token are enough; the rest has its documented default', () => {
  expect(connect({})).toEqual({
    tagId: '187012345',
    token,
    endpoint: 'https://capi.uet.microsoft.com',
    pageLoads: 'auto',
    whenDenied: 'skip',
    eventNames: {},
  });
});

test('without anything, the tag id and the token are asked for', () => {
  const result = microsoft.connect({});
  expect('issues' in result && result.issues.map(({ field }) => field)).toEqual(['settings.tagId', 'settings.token']);
});

test.each([[undefined], [null], ['x'], [[]]])('settings that are %j are no settings', (given) => {
  expect(microsoft.connect(given)).toMatchObject({ issues: [{ field: 'settings', code: 'invalid-setting' }] });
});

test('a tag id may be a number', () => {
  expect(connect({ tagId: 97_247_724 })).toMatchObject({ tagId: '97247724' });
});

test.each(['', '0', '0187', '18701234x', ' 187012345', '1'.repeat(21), -5, 1.5, true])('the tag id %j is refused', (tagId) => {
  expect(connect({ tagId })).toEqual(['settings.tagId']);
});

test.each(['', 'two words', 'line\n', 'schlüssel', 7])('the token %j is refused', (given) => {
  expect(connect({ token: given })).toEqual(['settings.token']);
});

test.each([
  ['https://capi.uet.microsoft.com/', 'https://capi.uet.microsoft.com'],
  ['http://127.0.0.1:9090', 'http://127.0.0.1:9090'],
  ['https://proxy.example/capi//', 'https://proxy.example/capi'],
])('the endpoint %s is taken', (endpoint, taken) => {
  expect(connect({ endpoint })).toMatchObject({ endpoint: taken });
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

test('event names are kept by canonical name, whatever alias or case they came with', () => {
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
])('the event names %j are refused where they are wrong', (eventNames, field) => {
  expect(connect({ eventNames })).toEqual([field]);
});

test("the browser tag's names are the server's names", () => {
  expect(tagEventNames({ tagId: '1', token, eventNames: { lead: 'contact', Joined: 'subscribe' } })).toEqual({
    ViewContent: 'view_item',
    AddToCart: 'add_to_cart',
    InitiateCheckout: 'begin_checkout',
    Purchase: 'purchase',
    Lead: 'contact',
    Search: 'search',
    SignUp: 'sign_up',
    joined: 'subscribe',
  });
});
