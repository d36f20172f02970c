import { type DemoRun, demoFacts, demoToken, type PlatformDemo } from '../kit/demo.ts';
import { type Fields, isFields } from '../kit/fields.ts';

const pixelCode = 'C4DEMO0123456789ABCD';
/** For a connection that the reader adds. */
const ownPixelCode = 'C4OWN00123456789ABCD';

export const tiktokDemo: PlatformDemo = {
  options: { token: { [pixelCode]: demoToken, [ownPixelCode]: demoToken } },
  settings: (endpoint) => ({ pixelCode, token: demoToken, endpoint }),
  tag: (origin) => ({ mode: 'load', pixelCode, script: `${origin}/i18n/pixel/events.js` }),
  reportByTag: ({ id, name, url, at, value }) => ({
    path: '/api/v2/pixel',
    body: {
      pixel_code: pixelCode,
      event: name === 'PageView' ? 'Pageview' : name,
      event_id: id,
      timestamp: at,
      page: { url },
      ...(value !== undefined && { properties: { value, currency: 'USD' } }),
    },
  }),
  clickParameter: 'ttclid=E.C.P.demo-click',
  ownConnection: `pixel code ${ownPixelCode}, access token ${demoToken}`,
  // Page views are not sent. The scripted browser has no address that a platform may see, no click and no cookie of TikTok.
  expected: (run) => new Map(expectFromServer(run)),
  listMatchKeys: ({ user }) =>
    ['ttclid', 'email', 'phone', 'external_id', 'ttp', 'ip', 'user_agent'].filter((key) => isFields(user) && key in user),
};

const known = { ip: demoFacts.ip, user_agent: demoFacts.agent };
const identified = {
  ...known,
  email: '0b6542ea781224b9278a8e16ad86dace01d0e50a68d4c28ceffa991fb474861f',
  phone: 'c59475d96e9f01d7d18d06cfad84dd02333207f02c0c2c5663ef2782cda0390e',
  external_id: 'dcf3a047f36839e9765beb629393fe2a121bd0659f6aa87be352244bfbf666f0',
};
const basket = {
  value: 125.4,
  currency: 'USD',
  contents: [{ content_id: 'sku1', content_name: 'Wall clock', price: 62.7, quantity: 2 }],
  content_type: 'product',
  num_items: 2,
};

function expectFromServer({ id, startedAt }: DemoRun): readonly (readonly [string, Fields])[] {
  const at = Math.floor(startedAt / 1_000);
  const expect = (index: number, event: string, path: string, sent: Fields): [string, Fields] => [
    `${id}-${index}`,
    { event, event_time: at + index, event_id: `${id}-${index}`, user: known, page: { url: demoFacts.shop + path }, ...sent },
  ];
  return [
    expect(1, 'Search', '/search?q=wall+clock', { properties: { search_string: 'wall clock', query: 'wall clock' } }),
    expect(2, 'ViewContent', '/p/sku1', {
      properties: {
        value: 62.7,
        currency: 'USD',
        contents: [{ content_id: 'sku1', quantity: 1 }],
        content_type: 'product',
        num_items: 1,
      },
    }),
    expect(3, 'AddToCart', '/cart', { properties: basket }),
    expect(4, 'Lead', '/newsletter', { user: identified }),
    expect(5, 'CompleteRegistration', '/account', { user: identified }),
    expect(6, 'InitiateCheckout', '/checkout', { user: identified, properties: basket }),
    expect(7, 'Purchase', '/thanks', { user: identified, properties: { ...basket, order_id: '1001' } }),
  ];
}
