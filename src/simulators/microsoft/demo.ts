import { type DemoRun, demoFacts, demoToken, type PlatformDemo } from '../kit/demo.ts';
import { type Fields, isFields } from '../kit/fields.ts';

const tagId = '187012345';
/** For a connection that the reader adds. */
const ownTagId = '187012346';

export const microsoftDemo: PlatformDemo = {
  options: { token: { [tagId]: demoToken, [ownTagId]: demoToken } },
  settings: (endpoint) => ({ tagId, token: demoToken, endpoint, customerId: '254610987' }),
  account: (endpoint) => ({ clientId: 'demo-app', clientSecret: demoToken, developerToken: demoToken, endpoint }),
  tag: (origin) => ({ mode: 'load', tagId, script: `${origin}/bat.js`, idSync: `${origin}/c.gif` }),
  reportByTag({ id, name, url, value }) {
    const goal = { ea: tagNames[name], event_id: id, gv: value, gc: 'USD' };
    return {
      path: '/action/0',
      query: { ti: tagId, p: url, ...(name === 'PageView' ? { evt: 'pageLoad' } : { evt: 'custom', ...goal }) },
    };
  },
  clickParameter: 'msclkid=dd4afcccb1c94a4cad9544dd7e5006ab',
  ownConnection: `UET tag ID ${ownTagId}, token ${demoToken}`,
  expected: (run) => new Map([...expectFromServer(run), ...expectFromBrowser(run)]),
  listMatchKeys: ({ userData }) =>
    ['msclkid', 'em', 'ph', 'externalId', 'anonymousId'].filter((key) => isFields(userData) && key in userData),
};

const tagNames = {
  PageView: undefined,
  ViewContent: 'view_item',
  AddToCart: 'add_to_cart',
  InitiateCheckout: 'begin_checkout',
  Purchase: 'purchase',
} as const;

const msclkid = 'dd4afccc-b1c9-4a4c-ad95-44dd7e5006ab';
const known = {
  anonymousId: demoFacts.anonymousId,
  msclkid,
  clientIpAddress: demoFacts.ip,
  clientUserAgent: demoFacts.agent,
};
const identified = {
  ...known,
  em: 'c4d25e9c90ff23e9145397bc6fbd5385ca5fbe78211222ccbecd0b369ebb19a6',
  ph: 'c59475d96e9f01d7d18d06cfad84dd02333207f02c0c2c5663ef2782cda0390e',
  externalId: 'dcf3a047f36839e9765beb629393fe2a121bd0659f6aa87be352244bfbf666f0',
};
const basket = {
  value: 125.4,
  currency: 'USD',
  items: [{ id: 'sku1', name: 'Wall clock', price: 62.7, quantity: 2 }],
  itemIds: ['sku1'],
  ecommTotalValue: 125.4,
};

function expectFromServer({ id, startedAt }: DemoRun): readonly (readonly [string, Fields])[] {
  const at = Math.floor(startedAt / 1_000);
  const expect = (index: number, eventName: string | null, path: string, sent: Fields): [string, Fields] => [
    `${id}-${index}`,
    {
      eventType: eventName === null ? 'pageLoad' : 'custom',
      eventId: `${id}-${index}`,
      ...(eventName !== null && { eventName }),
      eventTime: at + index,
      eventSourceUrl: demoFacts.shop + path,
      adStorageConsent: 'G',
      userData: known,
      ...sent,
    },
  ];
  return [
    expect(0, null, demoFacts.landing, {}),
    expect(1, 'search', '/search?q=wall+clock', { customData: { searchTerm: 'wall clock', pageType: 'searchresults' } }),
    expect(2, 'view_item', '/p/sku1', {
      customData: { value: 62.7, currency: 'USD', items: [{ id: 'sku1' }], itemIds: ['sku1'], pageType: 'product' },
    }),
    expect(3, 'add_to_cart', '/cart', { customData: { ...basket, pageType: 'cart' } }),
    expect(4, 'lead', '/newsletter', { userData: identified }),
    expect(5, 'sign_up', '/account', { userData: identified }),
    expect(6, 'begin_checkout', '/checkout', { userData: identified, customData: { ...basket, pageType: 'cart' } }),
    expect(7, 'purchase', '/thanks', {
      userData: identified,
      customData: { ...basket, pageType: 'purchase', transactionId: '1001' },
    }),
  ];
}

function expectFromBrowser({ id, startedAt, origin, visitorId }: DemoRun): readonly (readonly [string, Fields])[] {
  const at = Math.floor(startedAt / 1_000);
  const expect = (index: number, type: Fields, path: string, sent: Fields): [string, Fields] => [
    `${id}-browser-${index}`,
    {
      ...type,
      eventId: `${id}-browser-${index}`,
      eventTime: at + index,
      eventSourceUrl: origin + path,
      pageTitle: 'Demo shop',
      pageLoadId: demoFacts.loadId,
      adStorageConsent: 'G',
      userData: { anonymousId: visitorId, msclkid, clientUserAgent: demoFacts.agent },
      ...sent,
    },
  ];
  return [
    expect(0, { eventType: 'pageLoad' }, demoFacts.landing, {}),
    expect(1, { eventType: 'custom', eventName: 'add_to_cart' }, '/cart', { customData: { ...basket, pageType: 'cart' } }),
  ];
}
