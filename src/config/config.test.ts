import { describe, expect, it } from 'vitest';
import { connection, findProblemPaths, findProblems, readValidConfig, site, token } from './config.fixture.ts';
import { getAdminSocketPath } from './config.ts';

describe('a config file', () => {
  it('needs only a site with a domain, a write key and a connection, and has defaults for the rest', () => {
    const config = readValidConfig({ sites: [site] });
    expect(config).toMatchObject({
      dataDir: '/srv/shop/data',
      collector: { host: '0.0.0.0', port: 8080, trustedProxies: [], pixelPath: '/p.js' },
      dashboard: { host: '127.0.0.1', port: 8081 },
      metrics: { perConnection: false },
      allowPrivateDestinations: false,
      retentionDays: { events: 8, deadLetters: 30, facts: 400, counts: 400 },
      sites: [
        {
          name: 'shop',
          platform: 'custom',
          bots: 'drop',
          consent: { policy: 'regional' },
          tags: { microsoft: { mode: 'off' } },
          timeZone: 'UTC',
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

  it('is complete if the file is empty: no sites, and the secrets key in the data folder', () => {
    expect(readValidConfig({})).toMatchObject({
      sites: [],
      endpoints: {},
      secretsKeyFile: '/srv/shop/data/secrets.key',
      secretsKeys: {},
    });
  });

  it('takes no tables of countries unless it asks for them, and reads paths relative to the file', () => {
    expect(readValidConfig({}).country).toEqual({ mode: 'headers', files: [] });
    expect(readValidConfig({ country: { mode: 'table' } }).country).toEqual({ mode: 'table', files: [] });
    const files = ['geo/a.mmdb', '/var/lib/b.mmdb'];
    expect(readValidConfig({ country: { mode: 'table', files } }).country.files).toEqual(['/srv/shop/geo/a.mmdb', files[1]]);
  });

  it.each([
    [{ mode: 'tables' }, 'country.mode', 'Must be `headers` or `table`.'],
    [{ mode: 'table', files: [] }, 'country.files', 'Must be a list of one to four paths'],
    [{ mode: 'table', files: ['a', 'b', 'c', 'd', 'e'] }, 'country.files', 'Must be a list of one to four paths'],
    [{ mode: 'table', files: 'a.mmdb' }, 'country.files', 'Must be a list of one to four paths'],
    [{ mode: 'table', files: [''] }, 'country.files[0]', 'Must be a list of one to four paths'],
    [{ files: ['a.mmdb'] }, 'country.files', 'Needs `country.mode` `table`'],
    [{ mode: 'table', file: 'a.mmdb' }, 'country.file', 'Is not a setting'],
  ])('refuses the tables of countries %j', (country, path, message) => {
    expect(findProblems({ country })).toEqual([{ path, message: expect.stringContaining(message) }]);
  });

  it('replaces ${NAME} with values of the environment, and reports unset variables', () => {
    const settings = { tagId: '${TAG}', token: '${PART}-${PART}' };
    const file = { sites: [{ ...site, connections: [{ ...connection, settings }] }] };
    expect(readValidConfig(file, { TAG: '42', PART: 'x' }).sites[0]?.connections[0]?.settings).toMatchObject({
      tagId: '42',
      token: 'x-x',
    });
    expect(findProblems(file, { TAG: '42' })).toEqual([
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
    const [problem, ...others] = findProblems({ dashboard: { publicUrl }, sites: [site] });
    expect([problem?.path, others]).toEqual(['dashboard.publicUrl', []]);
    expect(problem?.message).toContain('without a path, such as `https://convey.shop.example`');
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
    expect(findProblemPaths({ collector: { publicUrl } })).toEqual(['collector.publicUrl']),
  );

  it('reports every problem at once, each with its path, and never a value', () => {
    const file = {
      dataDir: 4,
      colector: {},
      collector: { port: 70_000, trustedProxies: ['canary'], pixelPath: 'canary' },
      dashboard: { publicUrl: 'https://canary.example/path' },
      retentionDays: { events: 7, counts: 34 },
      sites: [
        {
          ...site,
          id: 'Canary Shop',
          domains: [],
          writeKey: 'canary',
          secretKeys: ['sk_short'],
          defaultCountry: 'canary',
          defaultCurrency: 'canary',
          timeZone: 'canary',
          consent: { policy: 'canary' },
          bots: 'canary',
          uet: { mode: 'load' },
          purchaseHoldSeconds: 901,
          connections: [{ ...connection, id: '-', enabled: 'canary' }],
        },
      ],
    };
    expect(findProblemPaths(file).toSorted()).toEqual(
      [
        'dataDir',
        'colector',
        'collector.port',
        'collector.trustedProxies[0]',
        'collector.pixelPath',
        'dashboard.publicUrl',
        'retentionDays.events',
        'retentionDays.counts',
        'sites[0].id',
        'sites[0].domains',
        'sites[0].writeKey',
        'sites[0].secretKeys[0]',
        'sites[0].defaultCountry',
        'sites[0].defaultCurrency',
        'sites[0].timeZone',
        'sites[0].consent.policy',
        'sites[0].bots',
        'sites[0].uet.tagId',
        'sites[0].purchaseHoldSeconds',
        'sites[0].connections[0].id',
        'sites[0].connections[0].enabled',
      ].toSorted(),
    );
    for (const { message } of findProblems(file)) expect(message).not.toMatch(/canary|70000/i);
  });

  it('rejects a repeated id, write key or secret key', () => {
    expect(findProblemPaths({ sites: [site, site] })).toEqual(['sites[1].id', 'sites[1].writeKey', 'sites[1].secretKeys[0]']);
    expect(findProblemPaths({ sites: [{ ...site, connections: [connection, connection] }] })).toEqual([
      'sites[0].connections[1].id',
    ]);
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
    expect(findProblemPaths(file)).toEqual([
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
      findProblemPaths({
        sites: [{ ...site, connections: [withoutSettings, 4, 4] }, 4, { ...site, id: '-', secretKeys: [4, 4] }],
      }),
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
    expect(findProblemPaths({ sites: 4 })).toEqual(['sites']);
    expect(findProblemPaths({ sites: [{ ...site, connections: 4 }] })).toEqual(['sites[0].connections']);
  });

  it('reports only absent values as missing', () => {
    const messages = (file: unknown) => findProblems(file).map(({ message }) => message);
    expect(messages({ sites: [{ ...site, writeKey: undefined }] })).toEqual([
      expect.stringMatching(/^Is missing\. Must be text/),
    ]);
    expect(messages({ sites: [{ ...site, writeKey: 4 }] })).toEqual([expect.stringMatching(/^Must be text/)]);
    expect(messages({ collector: 4, sites: [site] })).toEqual(['Must be an object in braces.']);
  });

  it('may begin with a byte order mark', () => {
    expect(findProblems(`\ufeff${JSON.stringify({ sites: [site] })}`)).toEqual([]);
  });

  it('reports the position of a JSON error', () => {
    expect(findProblems('{\n  "sites": [ }')).toEqual([
      { path: '', message: expect.stringMatching(/^Is not valid JSON: \w+ at line 2, column 14\./) },
    ]);
    expect(findProblems(`{ "dataDir": "${token}', }`)[0]?.message).not.toContain(token);
    expect(findProblems('[]')).toEqual([{ path: '', message: expect.any(String) }]);
  });

  it.each([
    '['.repeat(200_000) + ']'.repeat(200_000),
    `{"sites": ${'{"a":'.repeat(200_000)}1${'}'.repeat(200_001)}`,
    '['.repeat(200_000),
  ])('rejects a file that is nested too deep, also if it is no JSON', (text) => {
    expect(findProblems(text)).toEqual([{ path: '', message: expect.stringMatching(/^Must not be nested more than 64 levels/) }]);
  });

  it('rejects a data folder whose path is too long for the socket', () => {
    expect(findProblemPaths({ dataDir: `/${'x'.repeat(120)}`, sites: [site] })).toEqual(['dataDir']);
  });
});
