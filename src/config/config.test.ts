import { describe, expect, it, test } from 'vitest';
import { getAdminSocketPath, readConfig } from './config.ts';
import { toReportingConnection } from './sites.ts';

const token = 'canary-token-4711';
const connection = { id: 'bing', destination: 'microsoft', settings: { tagId: '187012345', token } };
const site = {
  id: 'shop',
  domains: ['shop.example'],
  writeKey: 'wk_abcdefgh',
  secretKeys: ['sk_abcdefghijklmnop'],
  connections: [connection],
};

const read = (file: unknown, environment: NodeJS.ProcessEnv = {}) =>
  readConfig(typeof file === 'string' ? file : JSON.stringify(file), environment, '/srv/shop');
const problems = (file: unknown, environment: NodeJS.ProcessEnv = {}) => {
  const result = read(file, environment);
  return 'problems' in result ? result.problems : [];
};
const paths = (file: unknown) => problems(file).map(({ path }) => path);
const readValidConfig = (file: unknown, environment: NodeJS.ProcessEnv = {}) => {
  const result = read(file, environment);
  if ('problems' in result) throw new Error(JSON.stringify(result.problems));
  return result.config;
};

describe('a config file', () => {
  it('needs only a site with a domain, a write key and a connection, and has defaults for the rest', () => {
    const config = readValidConfig({ sites: [site] });
    expect(config).toMatchObject({
      dataDir: '/srv/shop/data',
      collector: { host: '0.0.0.0', port: 8080, trustedProxies: [], pixelPath: '/p.js' },
      dashboard: { host: '127.0.0.1', port: 8081 },
      allowPrivateDestinations: false,
      retentionDays: { events: 8, deadLetters: 30, facts: 400 },
      sites: [
        {
          name: 'shop',
          platform: 'custom',
          bots: 'drop',
          consent: { policy: 'regional' },
          tags: { microsoft: { mode: 'off' } },
          purchaseHoldSeconds: 'auto',
        },
      ],
    });
    expect(getAdminSocketPath(config)).toBe('/srv/shop/data/admin.sock');
    const [connection] = config.sites[0]?.connections ?? [];
    expect(connection?.settings).toMatchObject({
      endpoint: 'https://capi.uet.microsoft.com',
      pageLoads: 'auto',
      whenDenied: 'skip',
    });
    expect(connection && config.getPlatform(connection).id).toBe('microsoft');
  });

  it('refuses a rule that renames what a browser tag reports, or adds a name that it reports, and names the reason and the remedy', () => {
    const when = { field: 'commerce.value', is: 'greater', value: 100 };
    const big = { id: 'big', name: 'Big orders', when, then: { rename: 'BigOrder' } };
    const names = ['FirstOrder', 'lead', 'sign_up', 'Offer', 'big_offer'];
    const also = names.map((name) => ({ id: `also-${name.toLowerCase().replaceAll('_', '-')}`, when, then: { also: { name } } }));
    const settings = { ...connection.settings, eventNames: { Offer: 'big_offer' } };
    const tagged = { ...site, tags: { microsoft: { mode: 'attach', tagId: '187012345' } } };
    const found = problems({ sites: [{ ...tagged, rules: [big], connections: [{ ...connection, settings, rules: also }] }] });
    expect(found.map(({ path }) => path)).toEqual([
      'sites[0].rules[0].then.rename',
      ...[1, 2, 3, 4].map((index) => `sites[0].connections[0].rules[${index}].then.also`),
    ]);
    expect(found[1]?.message).toBe(
      'Is not possible in rule “also-lead” while the tag `tags.microsoft` is on. The tag reports Lead itself, and the platform would count both reports. Turn the tag off, choose another name, or add the condition `source` `not-equals` `browser` under `all`.',
    );
    expect(found[0]?.message).toBe(
      'Is not possible in rule “Big orders” while the tag `tags.microsoft` is on. The tag would report another name than connection `bing`, and the platform would count both reports. Turn the tag off, or add an event with `also`.',
    );
  });

  it('refuses a rule of a connection that has the id of a rule of the site, because outcomes name rules by their ids', () => {
    const rule = { id: 'big', when: { field: 'name', is: 'present' }, then: { skip: true } };
    const own = [{ ...rule, id: 'small' }, rule];
    const found = problems({ sites: [{ ...site, rules: [rule], connections: [{ ...connection, rules: own }] }] });
    expect(found.map(({ path }) => path)).toEqual(['sites[0].connections[0].rules[1].id']);
  });

  it.each([
    ['tiktok', 'CompleteRegistration'],
    ['meta', 'CompleteRegistration'],
    ['openai-ads', 'order_created'],
  ])('knows that the tag of %s reports %s, the name of a standard event there', (destination, name) => {
    expect(toReportingConnection({ id: 'ads', destination, settings: {} }).reportedNames).toContain(name);
  });

  it('keeps only the hash of a secret key', () => {
    expect(JSON.stringify(readValidConfig({ sites: [site] }))).not.toContain('sk_abcdefghijklmnop');
    expect(readValidConfig({ sites: [site] }).sites[0]?.secretKeyHashes[0]).toMatch(/^[0-9a-f]{64}$/);
  });

  it('replaces ${NAME} with values of the environment, and reports unset variables', () => {
    const settings = { tagId: '${TAG}', token: '${PART}-${PART}' };
    const file = { sites: [{ ...site, connections: [{ ...connection, settings }] }] };
    expect(readValidConfig(file, { TAG: '42', PART: 'x' }).sites[0]?.connections[0]?.settings).toMatchObject({
      tagId: '42',
      token: 'x-x',
    });
    expect(problems(file, { TAG: '42' })).toEqual([
      { path: 'sites[0].connections[0].settings.token', message: expect.stringContaining('PART, which is not set') },
      { path: 'sites[0].connections[0].settings.token', message: expect.stringContaining('PART, which is not set') },
    ]);
  });

  it.each(['https://convey.shop.example', 'https://convey.shop.example:8443/', 'http://convey.internal'])(
    'takes %s as the address of the dashboard',
    (publicUrl) => {
      expect(readValidConfig({ dashboard: { publicUrl }, sites: [site] }).dashboard).toEqual({
        host: '127.0.0.1',
        port: 8081,
        publicUrl,
      });
    },
  );

  it.each([
    'convey.shop.example',
    'ftp://shop.example',
    'https://a:b@shop.example',
    'https://shop.example/x',
    'https://shop.example/?x',
    '',
    4,
  ])('refuses %j as the address of the dashboard', (publicUrl) => {
    const [problem, ...others] = problems({ dashboard: { publicUrl }, sites: [site] });
    expect([problem?.path, others]).toEqual(['dashboard.publicUrl', []]);
    expect(problem?.message).toContain('without a path, such as `https://convey.shop.example`');
  });

  it('reports every problem at once, each with its path, and never a value', () => {
    const file = {
      dataDir: 4,
      colector: {},
      collector: { port: 70_000, trustedProxies: ['canary'], pixelPath: 'canary' },
      dashboard: { publicUrl: 'https://canary.example/path' },
      retentionDays: { events: 7 },
      sites: [
        {
          ...site,
          id: 'Canary Shop',
          domains: [],
          writeKey: 'canary',
          secretKeys: ['sk_short'],
          defaultCountry: 'canary',
          defaultCurrency: 'canary',
          consent: { policy: 'canary' },
          bots: 'canary',
          uet: { mode: 'load' },
          purchaseHoldSeconds: 901,
          connections: [{ ...connection, id: '-', enabled: 'canary' }],
        },
      ],
    };
    expect(paths(file).toSorted()).toEqual(
      [
        'dataDir',
        'colector',
        'collector.port',
        'collector.trustedProxies[0]',
        'collector.pixelPath',
        'dashboard.publicUrl',
        'retentionDays.events',
        'sites[0].id',
        'sites[0].domains',
        'sites[0].writeKey',
        'sites[0].secretKeys[0]',
        'sites[0].defaultCountry',
        'sites[0].defaultCurrency',
        'sites[0].consent.policy',
        'sites[0].bots',
        'sites[0].uet.tagId',
        'sites[0].purchaseHoldSeconds',
        'sites[0].connections[0].id',
        'sites[0].connections[0].enabled',
      ].toSorted(),
    );
    for (const { message } of problems(file)) expect(message).not.toMatch(/canary|70000/i);
  });

  it.each([{ defaultCountry: 'ZZ' }, { defaultCurrency: 'DOL' }, { defaultCurrency: 'QQQ' }])(
    'refuses %j, which is no ISO code',
    (code) => {
      expect(paths({ sites: [{ ...site, ...code }] })).toEqual([`sites[0].${Object.keys(code)[0]}`]);
    },
  );

  it.each([
    ['com', /public suffix.*domain of the shop/],
    ['co.uk', /public suffix/],
    ['myshopify.com', /public suffix/],
    ['GitHub.io', /public suffix/],
    ['10.0.0.1', /not an IP address/],
    ['203.0.113.7', /not an IP address/],
    ['127.1', /not an IP address/],
    ['0x7f000001', /not an IP address/],
  ])('rejects %s as a domain of a site', (domain, message) => {
    expect(problems({ sites: [{ ...site, domains: ['shop.example', domain] }] })).toEqual([
      { path: 'sites[0].domains[1]', message: expect.stringMatching(message) },
    ]);
  });

  it.each(['shop.myshopify.com', 'shop.co.uk', 'localhost', 'storefront', '127.0.0.1', '127.0.0.2', 'shop.example'])(
    'accepts %s as a domain of a site',
    (domain) => expect(problems({ sites: [{ ...site, domains: [domain] }] })).toEqual([]),
  );

  it('reports problems of destination settings by path and without the token', () => {
    const settings = { tagId: '0', token: `${token} with a space`, pageLoads: 'canary' };
    const found = problems({
      sites: [
        {
          ...site,
          connections: [
            { ...connection, settings },
            { ...connection, id: 'other', destination: 'canary' },
          ],
        },
      ],
    });
    expect(found.map(({ path }) => path)).toEqual([
      'sites[0].connections[0].settings.tagId',
      'sites[0].connections[0].settings.token',
      'sites[0].connections[0].settings.pageLoads',
      'sites[0].connections[1].destination',
    ]);
    expect(JSON.stringify(found)).not.toContain(token);
  });

  it('reports problems of alerts together with others, and channels with private targets unless they are allowed', () => {
    const slack = { id: 'ops', type: 'slack', url: 'https://127.0.0.1/canary' };
    const alerts = { channels: [slack], rules: [{ on: 'paused', for: ['none'] }], digest: 'hourly' };
    expect(paths({ sites: [{ ...site, domains: [] }], alerts }).toSorted()).toEqual([
      'alerts.channels[0].url',
      'alerts.digest',
      'alerts.rules[0].for[0]',
      'sites[0].domains',
    ]);
    const valid = { sites: [site], alerts: { channels: [slack] } };
    expect(paths(valid)).toEqual(['alerts.channels[0].url']);
    expect(JSON.stringify(problems(valid))).not.toContain('canary');
    expect(readValidConfig({ ...valid, allowPrivateDestinations: true }).alerts?.channels).toEqual([slack]);
    expect(readValidConfig({ sites: [site] })).not.toHaveProperty('alerts');
  });

  it('rejects a repeated id, write key or secret key', () => {
    expect(paths({ sites: [site, site] })).toEqual(['sites[1].id', 'sites[1].writeKey', 'sites[1].secretKeys[0]']);
    expect(paths({ sites: [{ ...site, connections: [connection, connection] }] })).toEqual(['sites[0].connections[1].id']);
  });

  it('reads the browser tags of a site, and `uet` as the earlier name of `tags.microsoft`', () => {
    const uet = { mode: 'attach', tagId: '187012345', queue: 'shopq' };
    const tagsOf = (members: object) => readValidConfig({ sites: [{ ...site, ...members }] }).sites[0];
    expect(tagsOf({ uet })).toEqual(tagsOf({ tags: { microsoft: uet } }));
    expect(tagsOf({ uet })?.tags.microsoft).toMatchObject({ ...uet, script: 'https://bat.bing.com/bat.js' });
    expect(tagsOf({ uet })).not.toHaveProperty('uet');
    expect(paths({ sites: [{ ...site, tags: { microsoft: { mode: 'load', script: 4 }, other: {} } }] })).toEqual([
      'sites[0].tags.microsoft.script',
      'sites[0].tags.microsoft.tagId',
      'sites[0].tags.other',
    ]);
    expect(paths({ sites: [{ ...site, uet, tags: { microsoft: uet } }] })).toEqual(['sites[0].uet']);
  });

  it('reports problems of all kinds together', () => {
    const settings = { ...connection.settings, endpoint: 'https://10.0.0.1' };
    const broken = [
      { ...connection, settings, enabled: 'canary' },
      { ...connection, destination: 'canary' },
    ];
    const file = {
      dataDir: `/${'x'.repeat(120)}`,
      collector: { port: 70_000 },
      sites: [
        { ...site, connections: broken },
        { ...site, uet: { mode: 'load', script: 4 }, connections: [{ ...connection, settings: { tagId: '0', token } }] },
      ],
    };
    expect(paths(file)).toEqual([
      'collector.port',
      'sites[0].connections[0].enabled',
      'sites[1].uet.script',
      'sites[1].uet.tagId',
      'dataDir',
      'sites[0].connections[0].settings.endpoint',
      'sites[0].connections[1].destination',
      'sites[1].connections[0].settings.tagId',
      'sites[1].id',
      'sites[1].writeKey',
      'sites[1].secretKeys[0]',
      'sites[0].connections[1].id',
    ]);
  });

  it('reports one problem per invalid value, and none of its members', () => {
    const withoutSettings = { id: 'bing', destination: 'microsoft' };
    expect(
      paths({ sites: [{ ...site, connections: [withoutSettings, 4, 4] }, 4, { ...site, id: '-', secretKeys: [4, 4] }] }),
    ).toEqual([
      'sites[0].connections[0].settings',
      'sites[0].connections[1]',
      'sites[0].connections[2]',
      'sites[1]',
      'sites[2].id',
      'sites[2].secretKeys[0]',
      'sites[2].secretKeys[1]',
      'sites[2].writeKey',
    ]);
    expect(paths({ sites: 4 })).toEqual(['sites']);
    expect(paths({ sites: [{ ...site, connections: 4 }] })).toEqual(['sites[0].connections']);
  });

  it('reports only absent values as missing', () => {
    const messages = (file: unknown) => problems(file).map(({ message }) => message);
    expect(messages({ sites: [{ ...site, writeKey: undefined }] })).toEqual([
      expect.stringMatching(/^Is missing\. Must be text/),
    ]);
    expect(messages({ sites: [{ ...site, writeKey: 4 }] })).toEqual([expect.stringMatching(/^Must be text/)]);
    expect(messages({ collector: 4, sites: [site] })).toEqual(['Must be an object in braces.']);
  });

  it('may begin with a byte order mark', () => {
    expect(problems(`\ufeff${JSON.stringify({ sites: [site] })}`)).toEqual([]);
  });

  it('reports the position of a JSON error', () => {
    expect(problems('{\n  "sites": [ }')).toEqual([
      { path: '', message: expect.stringMatching(/^Is not valid JSON: \w+ at line 2, column 14\./) },
    ]);
    expect(problems(`{ "dataDir": "${token}', }`)[0]?.message).not.toContain(token);
    expect(problems('[]')).toEqual([{ path: '', message: expect.any(String) }]);
  });

  it('rejects a data folder whose path is too long for the socket', () => {
    expect(paths({ dataDir: `/${'x'.repeat(120)}`, sites: [site] })).toEqual(['dataDir']);
  });
});

describe('an endpoint', () => {
  const withEndpoint = (endpoint: string, more: object = {}) => ({
    ...more,
    sites: [{ ...site, connections: [{ ...connection, settings: { ...connection.settings, endpoint } }] }],
  });

  test.each([
    'http://127.0.0.1:9090',
    'https://127.0.0.1',
    'https://10.0.0.1',
    'https://[::1]',
    'http://capi.example',
    'https://capi.example:8080',
    'https://0x7f.1',
  ])('%s is refused: it is not a public https address', (endpoint) => {
    expect(problems(withEndpoint(endpoint))).toEqual([
      { path: 'sites[0].connections[0].settings.endpoint', message: expect.stringContaining('allowPrivateDestinations') },
    ]);
  });

  test('on a private network needs permission of the file or the environment, a public one does not', () => {
    expect(paths(withEndpoint('http://127.0.0.1:9090', { allowPrivateDestinations: true }))).toEqual([]);
    expect(problems(withEndpoint('http://127.0.0.1:9090'), { CONVEY_ALLOW_PRIVATE_DESTINATIONS: '1' })).toEqual([]);
    expect(paths(withEndpoint('https://capi.example'))).toEqual([]);
  });
});

describe('the config for the dashboard', () => {
  const key = 'ab'.repeat(32);

  it('is complete if the file is empty: no sites, and the secrets key in the data folder', () => {
    expect(readValidConfig({})).toMatchObject({
      sites: [],
      endpoints: {},
      secretsKeyFile: '/srv/shop/data/secrets.key',
      secretsKeys: {},
    });
  });

  it('reads the secrets key from the environment and never contains it', () => {
    expect(readValidConfig({ secretsKeyFile: 'keys/convey' }).secretsKeyFile).toBe('/srv/shop/keys/convey');
    const config = readValidConfig({}, { CONVEY_SECRETS_KEY: key, CONVEY_SECRETS_KEY_OLD: 'cd'.repeat(32) });
    expect(config.secretsKeys.present?.id).not.toBe(config.secretsKeys.old?.id);
    expect(JSON.stringify(config)).not.toContain('abab');
  });

  it('needs the secrets key in the environment when the data is in a database, and never repeats the password', () => {
    const store = 'postgres://convey:canary-4711@db.example/convey';
    expect(readValidConfig({ store }, { CONVEY_SECRETS_KEY: 'ab'.repeat(32) }).store).toBe(store);
    expect(problems({ store })).toEqual([
      { path: 'the environment variable CONVEY_SECRETS_KEY', message: expect.stringContaining('openssl rand') },
    ]);
    for (const wrong of ['mysql://convey:canary-4711@db.example', 'canary-4711', 5]) {
      const found = problems({ store: wrong });
      expect(found.map(({ path }) => path)).toEqual(['store']);
      expect(JSON.stringify(found)).not.toContain('4711');
    }
  });

  it('reports an invalid key of the environment without repeating it', () => {
    const [problem, ...others] = problems({}, { CONVEY_SECRETS_KEY: 'canary' });
    expect(others).toEqual([]);
    expect(problem).toMatchObject({
      path: 'the environment variable CONVEY_SECRETS_KEY',
      message: expect.stringContaining('openssl'),
    });
    expect(JSON.stringify(problem)).not.toContain('canary');
  });

  it('accepts the public URL of the collector', () => {
    const readPublicUrl = (publicUrl: string) => readValidConfig({ collector: { publicUrl } }).collector.publicUrl;
    expect(readPublicUrl('https://data.shop.example')).toBe('https://data.shop.example');
    expect(readPublicUrl('https://shop.example/data')).toBe('https://shop.example/data');
    expect(readPublicUrl('https://Shop.example/m/data/')).toBe('https://shop.example/m/data');
    expect(readValidConfig({}).collector.publicUrl).toBeUndefined();
  });

  it.each([
    'https://shop.example/a?b',
    'https://shop.example/#a',
    "https://shop.example/a'b",
    'https://shop.example//',
    'https://a@shop.example/data',
    '/data',
    'ftp://shop.example/data',
  ])('refuses %j as the address of the collector', (publicUrl) =>
    expect(paths({ collector: { publicUrl } })).toEqual(['collector.publicUrl']),
  );

  it('guards its endpoints as those of connections', () => {
    const endpoints = { microsoft: 'http://127.0.0.1:9090/' };
    expect(paths({ endpoints })).toEqual(['endpoints.microsoft']);
    expect(readValidConfig({ endpoints, allowPrivateDestinations: true }).endpoints).toEqual({
      microsoft: 'http://127.0.0.1:9090',
    });
    expect(paths({ endpoints: { elsewhere: 'https://ads.example' } })).toEqual(['endpoints.elsewhere']);
    expect(paths({ endpoints: { microsoft: 'nothing' } })).toEqual(['endpoints.microsoft']);
  });
});
