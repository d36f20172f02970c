import { type DemoRun, demoFacts, demoToken, type PlatformDemo } from '../kit/demo.ts';
import { type Fields, getList, isFields } from '../kit/fields.ts';
import type { Action } from './settings.ts';

const tagId = 'AW-123456789';
const [purchase, lead, signUp] = ['987654321', '987654322', '987654323'] as const;

const actions: readonly Action[] = [
  { id: purchase, name: 'Purchase', type: 'WEBPAGE', label: `${tagId}/purchase-1` },
  { id: lead, name: 'Lead', type: 'WEBPAGE', label: `${tagId}/lead-1` },
  { id: signUp, name: 'SignUp', type: 'UPLOAD_CLICKS' },
];

export const googleAdsDemo: PlatformDemo = {
  // Google takes half an hour, for which no reader of the demo waits.
  options: { action: actions, refreshToken: [demoToken], verdictMinutes: 0.25 },
  settings: (endpoint) => ({
    customerId: '123-456-7890',
    conversions: { Purchase: `${purchase} website`, Lead: `${lead} website`, SignUp: `${signUp} import` },
    credential: 'refresh-token',
    clientId: 'demo-client',
    clientSecret: demoToken,
    refreshToken: demoToken,
    endpoint,
    tokenEndpoint: endpoint,
  }),
  tag: (origin) => ({
    mode: 'load',
    tagId,
    labels: { Purchase: 'purchase-1', Lead: 'lead-1' },
    script: `${origin}/gtag/js`,
  }),
  reportByTag: ({ id, name, url, at, value, orderId = id }) =>
    name === 'Purchase'
      ? {
          path: `/pagead/conversion/${tagId.replace('AW-', '')}/`,
          query: { label: 'purchase-1', oid: orderId, fst: at, url, value, currency_code: 'USD', gcs: 'G111', ud: 1, pers: 1 },
        }
      : undefined,
  clickParameter: 'gclid=Cj0KCQ.demo',
  ownConnection: `customer ID 123-456-7890, action ${purchase} website, credential refresh-token, OAuth client demo-client with the secret ${demoToken}, then Connect Google`,
  expected: (run) => new Map(expectFromServer(run)),
  listMatchKeys: ({ adIdentifiers, userData }) => [
    ...(isFields(adIdentifiers) ? Object.keys(adIdentifiers) : []),
    ...(getList(userData, 'userIdentifiers') ?? []).filter(isFields).flatMap((identifier) => Object.keys(identifier)),
  ],
};

const userData = {
  userIdentifiers: [
    { emailAddress: '0b6542ea781224b9278a8e16ad86dace01d0e50a68d4c28ceffa991fb474861f' },
    { phoneNumber: 'c59475d96e9f01d7d18d06cfad84dd02333207f02c0c2c5663ef2782cda0390e' },
  ],
};

/** Only bound events arrive, and only those with an identity: the shopper clicked no ad of Google. */
function expectFromServer({ id, startedAt }: DemoRun): readonly (readonly [string, Fields])[] {
  const expect = (index: number, sent: Fields): [string, Fields] => [
    `${id}-${index}`,
    {
      transactionId: `${id}-${index}`,
      eventTimestamp: new Date(Math.floor(startedAt / 1_000) * 1_000 + index * 1_000).toISOString(),
      eventSource: 'WEB',
      userData,
      consent: { adUserData: 'CONSENT_GRANTED', adPersonalization: 'CONSENT_DENIED' },
      eventDeviceInfo: { userAgent: demoFacts.agent },
      ...sent,
    },
  ];
  return [expect(4, {}), expect(5, {}), expect(7, { transactionId: '1001', conversionValue: 125.4, currency: 'USD' })];
}
