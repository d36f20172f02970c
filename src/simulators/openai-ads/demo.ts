import { type DemoRun, demoFacts, demoToken, type PlatformDemo } from '../kit/demo.ts';
import { type Fields, isFields } from '../kit/fields.ts';

const pixelId = 'px-demo';
/** For a connection that the reader adds. */
const ownPixelId = 'px-yours';

export const openaiDemo: PlatformDemo = {
  options: { token: { [pixelId]: demoToken, [ownPixelId]: demoToken } },
  // Another platform's API has the same paths at the demo's address.
  settings: (origin) => ({ pixelId, token: demoToken, endpoint: `${origin}/openai-ads` }),
  tag: (origin) => ({ mode: 'load', pixelId, script: `${origin}/openai-ads/sdk/oaiq.min.js` }),
  clickParameter: 'oppref=gAAAA-demo-click',
  ownConnection: `pixel ID ${ownPixelId}, key ${demoToken}`,
  expected: (run) => new Map(expectFromServer(run)),
  listMatchKeys: ({ oppref, user }) => [
    ...(oppref === undefined ? [] : ['oppref']),
    ...['emails_sha256', 'phone_numbers_sha256', 'external_ids_sha256'].filter((key) => isFields(user) && key in user),
  ],
};

const identified = {
  emails_sha256: ['0b6542ea781224b9278a8e16ad86dace01d0e50a68d4c28ceffa991fb474861f'],
  phone_numbers_sha256: ['f8a0621a89b87b16447d34d2169bdba8e3eaae523b45df87d86108ee65bd1d6f'],
  external_ids_sha256: ['dcf3a047f36839e9765beb629393fe2a121bd0659f6aa87be352244bfbf666f0'],
  countries: ['US'],
  ip_address: demoFacts.ip,
  user_agent: demoFacts.agent,
};
const basket = {
  type: 'contents',
  amount: 12_540,
  currency: 'USD',
  contents: [{ id: 'sku1', name: 'Wall clock', content_type: 'product', quantity: 2, amount: 6_270, currency: 'USD' }],
};

/** The events before the shopper gave an e-mail have no key, so they are skipped. */
function expectFromServer({ id, startedAt }: DemoRun): readonly (readonly [string, Fields])[] {
  const expect = (index: number, type: string, path: string, data: Fields): [string, Fields] => [
    `${id}-${index}`,
    {
      id: `${id}-${index}`,
      type,
      timestamp_ms: (Math.floor(startedAt / 1_000) + index) * 1_000,
      action_source: 'web',
      source_url: demoFacts.shop + path,
      user: identified,
      data,
    },
  ];
  return [
    expect(4, 'lead_created', '/newsletter', { type: 'customer_action' }),
    expect(5, 'registration_completed', '/account', { type: 'customer_action' }),
    expect(6, 'checkout_started', '/checkout', basket),
    expect(7, 'order_created', '/thanks', basket),
  ];
}
