import { type DemoRun, demoFacts, demoToken, type PlatformDemo } from '../kit/demo.ts';
import { type Fields, isFields } from '../kit/fields.ts';

const adAccountId = '549755885175';
/** For a connection that the reader adds. */
const ownAdAccountId = '549755885176';

const tagId = '2612345678901';

export const pinterestDemo: PlatformDemo = {
  options: { token: { [adAccountId]: demoToken, [ownAdAccountId]: demoToken } },
  settings: (endpoint) => ({ adAccountId, token: demoToken, endpoint }),
  tag: (origin) => ({ mode: 'load', tagId, script: `${origin}/ct/core.js` }),
  reportByTag({ id, name, url, at, value }) {
    const event = {
      PageView: 'init',
      ViewContent: undefined,
      AddToCart: 'addtocart',
      InitiateCheckout: undefined,
      Purchase: 'checkout',
    }[name];
    const data = JSON.stringify({ event_id: id, value, currency: 'USD' });
    return event === undefined
      ? undefined
      : { path: '/v3/', query: { tid: tagId, event, ed: data, ad: JSON.stringify({ loc: url }), cb: at } };
  },
  clickParameter: 'epik=dj0yJnU9ZGVtbw',
  ownConnection: `ad account ID ${ownAdAccountId}, token ${demoToken}`,
  // The browser's events lack an address, because it is a local one: Pinterest needs an e-mail, or address and agent.
  expected: (run) => new Map(expectFromServer(run)),
  listMatchKeys: ({ user_data }) =>
    ['click_id', 'em', 'ph', 'external_id', 'client_ip_address'].filter((key) => isFields(user_data) && key in user_data),
};

const known = {
  client_ip_address: demoFacts.ip,
  client_user_agent: demoFacts.agent,
  country: ['79adb2a2fce5c6ba215fe5f27f532d4e7edbac4b6a5e09e1ef3a08084a904621'],
};
const identified = {
  ...known,
  em: ['0b6542ea781224b9278a8e16ad86dace01d0e50a68d4c28ceffa991fb474861f'],
  ph: ['f8a0621a89b87b16447d34d2169bdba8e3eaae523b45df87d86108ee65bd1d6f'],
  external_id: ['dcf3a047f36839e9765beb629393fe2a121bd0659f6aa87be352244bfbf666f0'],
};
const basket = {
  value: '125.4',
  currency: 'USD',
  content_ids: ['sku1'],
  content_name: 'Wall clock',
  contents: [{ id: 'sku1', item_price: '62.7', quantity: 2, item_name: 'Wall clock' }],
  num_items: 2,
};

function expectFromServer({ id, startedAt }: DemoRun): readonly (readonly [string, Fields])[] {
  const at = Math.floor(startedAt / 1_000);
  const expect = (index: number, event_name: string, path: string, sent: Fields): [string, Fields] => [
    `${id}-${index}`,
    {
      event_name,
      action_source: 'web',
      event_time: at + index,
      event_id: `${id}-${index}`,
      event_source_url: demoFacts.shop + path,
      partner_name: 'ss-convey',
      user_data: known,
      ...sent,
    },
  ];
  return [
    expect(0, 'page_visit', demoFacts.landing, {}),
    expect(1, 'search', '/search?q=wall+clock', { custom_data: { search_string: 'wall clock' } }),
    expect(2, 'page_visit', '/p/sku1', {
      custom_data: { value: '62.7', currency: 'USD', content_ids: ['sku1'], contents: [{ id: 'sku1' }], num_items: 1 },
    }),
    expect(3, 'add_to_cart', '/cart', { custom_data: basket }),
    expect(4, 'lead', '/newsletter', { user_data: identified }),
    expect(5, 'signup', '/account', { user_data: identified }),
    expect(6, 'initiate_checkout', '/checkout', { user_data: identified, custom_data: basket }),
    expect(7, 'checkout', '/thanks', { user_data: identified, custom_data: { ...basket, order_id: '1001' } }),
  ];
}
