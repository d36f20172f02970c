import { expect, it } from 'vitest';
import { readConfig } from '../src/config/config.ts';
import { destinations } from '../src/destinations/destinations.ts';
import { findBrowserIds } from '../src/visitors/browser-ids.ts';

/** The settings of each destination that operators rely on, under the names and values of the public interface. */

const key = {
  client_email: 'convey@shop-project.iam.gserviceaccount.com',
  private_key: '-----BEGIN PRIVATE KEY-----\nno key\n-----END PRIVATE KEY-----\n',
};
const oauthClient = { clientId: '1234-abc.apps.googleusercontent.com', clientSecret: 'GOCSPX-x', refreshToken: '1//r' };
const toSecret = (nth: number) => `whsec_${Buffer.from(`${nth}`.padEnd(32, 'k')).toString('base64')}`;
const action = { event: 'Purchase', actionId: '987654321', kind: 'website' };
const google = { customerId: '123-456-7890', conversions: [action] };
const events = ['Purchase', 'Lead'];
const shared = { endpoint: 'https://proxy.example', events, eventNames: { SignUp: 'lead' }, itemId: 'shop_{sku}' };

/** Settings that are accepted, by destination. Each object is one connection. */
const accepted: Readonly<Record<string, readonly object[]>> = {
  microsoft: [
    { tagId: '187012345', token: 't' },
    { ...shared, tagId: '187012345', token: 't', pageLoads: 'never', whenDenied: 'send-denied' },
  ],
  meta: [
    { datasetId: '1234567890123456', token: 't' },
    {
      ...shared,
      datasetId: '1234567890123456',
      token: 't',
      apiVersion: 'v26.0',
      testEventCode: 'TEST1',
      pageViews: 'always',
      dataProcessing: 'us-states',
    },
  ],
  'google-ads': [
    { ...google, serviceAccount: key },
    {
      ...google,
      serviceAccount: JSON.stringify(key),
      loginCustomerId: '2345678901',
      personalization: 'from-consent',
      merchantId: '1234567',
      itemId: '{sku}',
      events,
      endpoint: 'https://proxy.example',
      tokenEndpoint: 'https://proxy.example',
    },
    {
      customerId: '1234567890',
      conversions: [action, { event: 'Lead', actionId: '987654322', kind: 'import' }],
      ...oauthClient,
      quotaProject: 'shop-project',
      personalization: 'granted',
    },
  ],
  tiktok: [
    { pixelCode: 'C4ABCDEF0123456789AB', token: 't' },
    {
      ...shared,
      pixelCode: 'C4ABCDEF0123456789AB',
      token: 't',
      testEventCode: 'TEST1',
      pageViews: 'auto',
      limitedDataUse: 'us-states',
    },
  ],
  pinterest: [
    { adAccountId: '549755885175', token: 't' },
    { ...shared, adAccountId: '549755885175', token: 't', testMode: 'on', pageViews: 'never' },
  ],
  'openai-ads': [
    { pixelId: 'px_1', token: 't' },
    { ...shared, eventNames: { SignUp: 'signed_up' }, pixelId: 'px_1', token: 't' },
  ],
  webhook: [
    { url: 'https://hooks.shop.example/convey', secrets: [toSecret(1)] },
    { url: 'https://hooks.shop.example/convey', secrets: [toSecret(1), toSecret(2)], include: ['client'], events },
  ],
};

/** A wrong value of each setting, by destination. */
const wrongShared = { endpoint: 'proxy.example', events: 'some', eventNames: ['lead'], itemId: '{unknown}' };
const wrong: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  microsoft: { ...wrongShared, tagId: '0', token: 'two words', pageLoads: 'on', whenDenied: 'send' },
  meta: {
    ...wrongShared,
    datasetId: 'x',
    token: '',
    apiVersion: '26',
    testEventCode: 'a b',
    pageViews: true,
    dataProcessing: 'on',
  },
  'google-ads': {
    customerId: '123',
    conversions: 'Purchase',
    serviceAccount: { client_email: 'x' },
    clientId: 'a b',
    clientSecret: 1,
    refreshToken: '',
    quotaProject: 'X',
    loginCustomerId: 'x',
    personalization: 'on',
    merchantId: 'x',
    itemId: '',
    events: [],
    endpoint: 'ftp://proxy.example',
    tokenEndpoint: 1,
  },
  tiktok: {
    ...wrongShared,
    pixelCode: '#',
    token: ' ',
    testEventCode: '',
    pageViews: 'on',
    limitedDataUse: 'on',
  },
  pinterest: { ...wrongShared, adAccountId: 'x', token: 7, testMode: true, pageViews: 'on' },
  'openai-ads': { ...wrongShared, pixelId: 'a b', token: null },
  webhook: { url: 'hooks.shop.example', secrets: [], include: 'client', events: 1 },
};

const site = { id: 'shop', domains: ['shop.example'], writeKey: 'wk_abcdefgh' };

/** Returns a config file in which each object is the settings of one connection. */
function createFile(given: readonly (readonly [destination: string, settings: object])[]): string {
  const connections = given.map(([destination, settings], index) => ({ id: `c-${index}`, destination, settings }));
  return JSON.stringify({ sites: [{ ...site, connections }] });
}

const listProblems = (given: readonly (readonly [string, object])[]) => {
  const result = readConfig(createFile(given), {}, '/srv/shop');
  return 'problems' in result ? result.problems : [];
};

it('a config file with the settings of every destination is accepted', () => {
  const all = Object.entries(accepted).flatMap(([id, connections]) => connections.map((settings) => [id, settings] as const));
  expect(new Set(all.map(([id]) => id))).toEqual(new Set(destinations.map(({ id }) => id)));
  expect(listProblems(all)).toEqual([]);
});

it('every wrong setting of every destination is named at once, by its path', () => {
  const all = Object.entries(wrong);
  expect(all.map(([id]) => id)).toEqual(destinations.map(({ id }) => id));
  const expected = all.flatMap(([, settings], index) =>
    Object.keys(settings).map((name) => `sites[0].connections[${index}].settings.${name}`),
  );
  expect(
    listProblems(all)
      .map(({ path }) => path)
      .toSorted(),
  ).toEqual(expected.toSorted());
});

it('a setting that is absent or has a name of earlier versions is named by its path', () => {
  const earlier: Readonly<Record<string, object>> = {
    tiktok: { pixelCode: 'C4ABCDEF0123456789AB', accessToken: 't' },
    pinterest: { token: 't', mode: 'test' },
    webhook: { endpoint: 'https://hooks.shop.example', secret: toSecret(1), clientData: 'send' },
    'google-ads': { conversions: [{ event: 'Purchase', actionId: 'x' }] },
  };
  expect(listProblems(Object.entries(earlier)).map(({ path }) => path.replace('sites[0].connections', ''))).toEqual([
    '[0].settings.token',
    '[0].settings.accessToken',
    '[1].settings.adAccountId',
    '[1].settings.mode',
    '[2].settings.url',
    '[2].settings.secrets',
    '[2].settings.endpoint',
    '[2].settings.secret',
    '[2].settings.clientData',
    '[3].settings.customerId',
    '[3].settings.conversions.Purchase',
    '[3].settings.serviceAccount',
  ]);
});

it("a platform's credential is called `token`, and addresses of platforms are set in the config file only", () => {
  for (const { id, secrets, fileOnly } of destinations) {
    if (id === 'google-ads' || id === 'webhook') continue;
    expect([id, secrets, fileOnly.includes('endpoint')]).toEqual([id, ['token'], true]);
  }
  expect(destinations.find(({ id }) => id === 'google-ads')?.fileOnly).toEqual(
    expect.arrayContaining(['endpoint', 'tokenEndpoint']),
  );
});

it.each(['off', 'attach', 'load'])('a site may have the browser tag of every platform in the mode %s', (mode) => {
  const tags = {
    microsoft: { mode, tagId: '187012345' },
    meta: { mode, pixelId: '1234567890123456' },
    tiktok: { mode, pixelCode: 'C4ABCDEF0123456789AB' },
    pinterest: { mode, tagId: '2612345678901' },
    'google-ads': { mode, tagId: 'AW-123456789', labels: { Purchase: 'AbC-D_efG' } },
  };
  expect(readConfig(JSON.stringify({ sites: [{ ...site, tags }] }), {}, '/srv/shop')).toMatchObject({
    config: { sites: [{ tags }] },
  });
});

it('the browser ids of every tag are known by the names of their cookies', () => {
  const ids = {
    _fbp: 'fb.1.1790000000123.1098115397',
    _ttp: '2aBcDeFgHiJkLmNoPqRsTuVwXyZ',
    _pin_unauth: 'dWlkPU1qVXpZVFU0',
    _gcl_au: '1.1.1826881778.1773820251',
  };
  expect(Object.keys(findBrowserIds(ids) ?? {}).toSorted()).toEqual(Object.keys(ids).toSorted());
});
