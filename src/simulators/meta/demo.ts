import { type DemoRun, demoFacts, demoToken, type PlatformDemo } from '../kit/demo.ts';
import { type Fields, isFields } from '../kit/fields.ts';

const datasetId = '1234567890123456';
/** For a connection that the reader adds. */
const ownDatasetId = '1234567890123457';

export const metaDemo: PlatformDemo = {
  options: { token: { [datasetId]: demoToken, [ownDatasetId]: demoToken } },
  settings: (endpoint) => ({ datasetId, token: demoToken, endpoint }),
  tag: (origin) => ({ mode: 'load', pixelId: datasetId, script: `${origin}/en_US/fbevents.js` }),
  reportByTag: ({ id, name, url, at, value }) => ({
    path: '/tr/',
    query: { id: datasetId, ev: name, eid: id, dl: url, ts: at, 'cd[value]': value, 'cd[currency]': value && 'USD' },
  }),
  clickParameter: 'fbclid=IwAR0demo',
  ownConnection: `dataset ID ${ownDatasetId}, token ${demoToken}`,
  expected: (run) => new Map([...expectFromServer(run), ...expectFromBrowser(run)]),
  listMatchKeys: ({ user_data }) =>
    ['fbc', 'fbp', 'em', 'ph', 'external_id'].filter((key) => isFields(user_data) && key in user_data),
};

const known = {
  external_id: [demoFacts.anonymousId],
  client_ip_address: demoFacts.ip,
  client_user_agent: demoFacts.agent,
  country: ['79adb2a2fce5c6ba215fe5f27f532d4e7edbac4b6a5e09e1ef3a08084a904621'],
};
const identified = {
  ...known,
  em: ['0b6542ea781224b9278a8e16ad86dace01d0e50a68d4c28ceffa991fb474861f'],
  ph: ['f8a0621a89b87b16447d34d2169bdba8e3eaae523b45df87d86108ee65bd1d6f'],
  external_id: ['dcf3a047f36839e9765beb629393fe2a121bd0659f6aa87be352244bfbf666f0', demoFacts.anonymousId],
};
const basket = {
  value: 125.4,
  currency: 'USD',
  content_ids: ['sku1'],
  content_name: 'Wall clock',
  content_type: 'product',
  contents: [{ id: 'sku1', quantity: 2, item_price: 62.7 }],
};

function expectFromServer({ id, startedAt }: DemoRun): readonly (readonly [string, Fields])[] {
  const at = Math.floor(startedAt / 1_000);
  const expect = (index: number, event_name: string, path: string, sent: Fields): [string, Fields] => [
    `${id}-${index}`,
    {
      event_name,
      event_time: at + index,
      event_id: `${id}-${index}`,
      action_source: 'website',
      event_source_url: demoFacts.shop + path,
      user_data: known,
      ...sent,
    },
  ];
  return [
    expect(0, 'PageView', demoFacts.landing, {}),
    expect(1, 'Search', '/search?q=wall+clock', { custom_data: { search_string: 'wall clock' } }),
    expect(2, 'ViewContent', '/p/sku1', {
      custom_data: {
        value: 62.7,
        currency: 'USD',
        content_ids: ['sku1'],
        content_type: 'product',
        contents: [{ id: 'sku1', quantity: 1 }],
      },
    }),
    expect(3, 'AddToCart', '/cart', { custom_data: basket }),
    expect(4, 'Lead', '/newsletter', { user_data: identified }),
    expect(5, 'CompleteRegistration', '/account', { user_data: identified }),
    expect(6, 'InitiateCheckout', '/checkout', { user_data: identified, custom_data: { ...basket, num_items: 2 } }),
    expect(7, 'Purchase', '/thanks', { user_data: identified, custom_data: { ...basket, num_items: 2, order_id: '1001' } }),
  ];
}

function expectFromBrowser({ id, startedAt, origin, visitorId }: DemoRun): readonly (readonly [string, Fields])[] {
  const at = Math.floor(startedAt / 1_000);
  const expect = (index: number, event_name: string, path: string, sent: Fields): [string, Fields] => [
    `${id}-browser-${index}`,
    {
      event_name,
      event_time: at + index,
      event_id: `${id}-browser-${index}`,
      action_source: 'website',
      event_source_url: origin + path,
      user_data: { external_id: [visitorId], client_user_agent: demoFacts.agent },
      ...sent,
    },
  ];
  return [expect(0, 'PageView', demoFacts.landing, {}), expect(1, 'AddToCart', '/cart', { custom_data: basket })];
}
