import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readConfig } from '../config/config.ts';
import { getSiteTags } from '../destinations/site-tags.ts';
import type { Json } from '../event/issue.ts';
import type { Site } from '../event/site.ts';
import { sha256 } from '../identity/hashing.ts';
import { createPixelScripts } from '../ingest/browser/pixel-script.ts';
import { createLogger } from '../logger.ts';
import { SitesChangedError } from '../storage/ports/dashboard-sites.ts';
import type { Store } from '../storage/ports/store.ts';
import { EmptiedStore } from '../storage/store/sqlite/emptied-store.fixture.ts';
import { openKeyRing } from './key-ring.ts';
import { ChangeNotAppliedError, MoveRunningError, SiteRegistry, type SiteRegistryDeps } from './site-registry.ts';

const token = 'canary-token-4711';
const ofFile = {
  id: 'shop',
  domains: ['shop.example'],
  writeKey: 'wk_shop_example',
  secretKeys: ['sk_0123456789abcdef'],
  connections: [{ id: 'bing', destination: 'microsoft', settings: { tagId: '1', token: 'token-of-the-file' } }],
};
const bing = { destination: 'microsoft', settings: { tagId: '187012345', token } };

let emptied: EmptiedStore;
beforeAll(async () => {
  emptied = await EmptiedStore.open();
});
afterAll(() => emptied.close());

let dir: string;
let store: Store;
let logged: string[];
let applied: (readonly Site[])[];
let onApply: () => void;
let config: string;
let isMoving: boolean;
beforeEach(() => {
  isMoving = false;
  dir = mkdtempSync(join(tmpdir(), 'convey-book-'));
  emptied.empty();
  store = emptied.store;
  logged = [];
  applied = [];
  onApply = () => undefined;
  config = JSON.stringify({ sites: [ofFile] });
});
afterEach(() => rmSync(dir, { recursive: true }));

/** Opens the site registry of this folder, as a gateway does when it starts. */
async function open(environment: NodeJS.ProcessEnv = {}, more: Partial<SiteRegistryDeps> = {}): Promise<SiteRegistry> {
  const read = readConfig(config, environment, dir);
  if ('problems' in read) throw new Error(JSON.stringify(read.problems));
  return SiteRegistry.open({
    file: read.config,
    rules: read.config,
    store,
    keys: openKeyRing(join(dir, 'secrets.key'), read.config.secretsKeys),
    wasThere: async (site) => site === 'once',
    apply: async (sites) => {
      applied.push(sites);
      onApply();
    },
    isMoving: () => isMoving,
    now: () => 1_000,
    logger: createLogger('debug', { write: (line) => logged.push(line) }),
    ...more,
  });
}

async function withSite(): Promise<SiteRegistry> {
  const registry = await open();
  await registry.createSite({ id: 'made', domains: ['made.example'] });
  return registry;
}

/** Reads the key file, and the files of the store with what earlier tests left there. */
function readFiles(): string[] {
  return [dir, dirname(emptied.file)].flatMap((from) =>
    readdirSync(from).map((name) => readFileSync(join(from, name)).toString('latin1')),
  );
}

const listIds = (sites: readonly Site[]) => sites.map(({ id }) => id);
const getSettings = (registry: SiteRegistry, site: string, connection: string) =>
  registry
    .sites()
    .find(({ id }) => id === site)
    ?.connections.find(({ id }) => id === connection)?.settings;

describe('a site of the dashboard', () => {
  it('is not changed while the data is being moved into a database, whose gateways have a copy of the sites', async () => {
    const registry = await withSite();
    const stored = await store.listDashboardSites();
    isMoving = true;
    await expect(registry.changeSite('made', undefined, { name: 'Other' })).rejects.toThrow(MoveRunningError);
    await expect(registry.createSite({ id: 'new', domains: ['new.example'] })).rejects.toThrow(MoveRunningError);
    await expect(registry.removeSite('made')).rejects.toThrow(MoveRunningError);
    expect(await store.listDashboardSites()).toEqual(stored);
    isMoving = false;
    expect(await registry.changeSite('made', undefined, { name: 'Other' })).toMatchObject({ site: { name: 'Other' } });
  });

  it('has the rules of the config file, runs immediately and survives a restart', async () => {
    const registry = await open();
    const created = await registry.createSite({
      id: 'made',
      domains: ['Made.Example'],
      defaultCountry: 'us',
      defaultCurrency: null,
      uet: { mode: 'load', tagId: '187012345' },
    });
    expect(created).toMatchObject({
      origin: 'dashboard',
      runs: true,
      site: {
        name: 'made',
        domains: ['made.example'],
        defaultCountry: 'US',
        consent: { policy: 'regional', missingCountry: 'unknown' },
        tags: { microsoft: { mode: 'load', queue: 'uetq' } },
        bots: 'drop',
      },
    });
    expect('site' in created && created.site.writeKey).toMatch(/^wk_[\w-]{24}$/);
    expect(applied.map(listIds)).toEqual([['shop', 'made']]);
    const restarted = await open();
    expect(restarted.entries()).toEqual(registry.entries());
  });

  it('is rejected with field and rule if it breaks a rule, and not stored', async () => {
    const registry = await open();
    const refused = await registry.createSite({ id: 'No', domains: ['https://made.example'], uet: { mode: 'attach' } });
    expect(refused).toMatchObject({ refused: 'parameter-invalid' });
    const { issues = [] } = 'refused' in refused ? refused : {};
    expect(issues.map(({ field }) => field).toSorted()).toEqual(['domains[0]', 'id', 'uet.tagId']);
    for (const { message } of issues) expect(message).not.toContain('made.example');
    expect(await store.listDashboardSites()).toEqual([]);
    expect(applied).toEqual([]);
  });

  it('gives no role to accounts of an earlier site with its id, which the config file had', async () => {
    const registry = await open();
    const account = { password: 'hash', createdAt: 1 };
    await store.addAccount({ ...account, name: 'ada', role: 'owner', sites: [] });
    await store.addAccount({ ...account, name: 'vic', role: 'per-site', sites: [{ site: 'made', role: 'owner' }] });
    await registry.createSite({ id: 'made', domains: ['made.example'] });
    expect((await store.findAccount('vic'))?.sites).toEqual([]);
    await store.setAccess('vic', { role: 'per-site', sites: [{ site: 'made', role: 'viewer' }] });
    await registry.changeSite('made', undefined, { name: 'Made' });
    expect((await store.findAccount('vic'))?.sites).toHaveLength(1);
  });

  it.each(['shop', 'made', 'once'])('is rejected if its id is or was in use: %s', async (id) => {
    const registry = await withSite();
    expect(await registry.createSite({ id, domains: ['x.example'] })).toEqual({ refused: 'site-exists' });
  });

  it('keeps its rule for a missing country, which only a new site states, when its policy is changed', async () => {
    const registry = await open();
    await registry.createSite({ id: 'made', domains: ['made.example'], consent: { policy: 'strict' } });
    const changed = await registry.changeSite('made', undefined, { consent: { policy: 'regional' } });
    expect(changed).toMatchObject({ site: { consent: { policy: 'regional', missingCountry: 'unknown' } } });
    const chosen = await registry.changeSite('made', undefined, { consent: { missingCountry: 'default-country' } });
    expect(chosen).toMatchObject({ site: { consent: { policy: 'regional', missingCountry: 'default-country' } } });
  });

  it('is changed by a merge patch, in which null removes a member', async () => {
    const registry = await withSite();
    await registry.changeSite('made', undefined, { defaultCountry: 'us', uet: { mode: 'load', tagId: '5' }, name: 'Made' });
    const changed = await registry.changeSite('made', undefined, { defaultCountry: null, uet: { mode: 'attach' } });
    const { site } = 'site' in changed ? changed : {};
    expect(site).toMatchObject({ name: 'Made', domains: ['made.example'], tags: { microsoft: { mode: 'attach', tagId: '5' } } });
    expect(site).not.toHaveProperty('defaultCountry');
  });

  it('rejects a change of an earlier revision', async () => {
    const registry = await withSite();
    const before = registry.entry('made')?.revision;
    await registry.changeSite('made', before, { name: 'One' });
    expect(await registry.changeSite('made', before, { name: 'Two' })).toEqual({ refused: 'changed-meanwhile' });
    expect(await registry.putConnection('made', 'bing', before, bing)).toEqual({ refused: 'changed-meanwhile' });
    expect(registry.entry('made')?.site.name).toBe('One');
  });

  it('applies concurrent changes one after another', async () => {
    const registry = await withSite();
    const keys = await Promise.all(Array.from({ length: 5 }, () => registry.createKey('made', 'secret')));
    expect(keys.every((one) => 'key' in one)).toBe(true);
    expect(registry.entry('made')?.site.secretKeyHashes).toHaveLength(5);
    expect((await open()).entry('made')?.site.secretKeyHashes).toHaveLength(5);
  });

  it('rejects changes if it belongs to the config file', async () => {
    const registry = await open();
    for (const change of [
      registry.changeSite('shop', undefined, {}),
      registry.removeSite('shop'),
      registry.createKey('shop', 'secret'),
    ])
      expect(await change).toEqual({ refused: 'file-made' });
    expect(await registry.putConnection('shop', 'bing', undefined, bing)).toEqual({ refused: 'file-made' });
    expect(await registry.removeConnection('shop', 'bing')).toEqual({ refused: 'file-made' });
  });

  it('is removed with its connections and their state', async () => {
    const registry = await withSite();
    await registry.putConnection('made', 'bing', undefined, bing);
    expect(await registry.removeSite('made')).toBe('done');
    expect(listIds(registry.sites())).toEqual(['shop']);
    expect([await store.listDashboardSites(), await store.listDashboardConnections()]).toEqual([[], []]);
    expect(await registry.removeSite('made')).toEqual({ refused: 'no-such-site' });
  });
});

describe('the keys of a site', () => {
  it('return a secret key once and store its hash', async () => {
    const registry = await withSite();
    const created = await registry.createKey('made', 'secret');
    const { key = '', id = '' } = 'key' in created ? created : {};
    expect(registry.entry('made')?.site.secretKeyHashes).toEqual([sha256(key)]);
    expect(JSON.stringify([registry.entries(), await store.listDashboardSites()])).not.toContain(key);
    expect(await registry.removeKey('made', id)).toBe('done');
    expect(registry.entry('made')?.site.secretKeyHashes).toEqual([]);
    expect(await registry.removeKey('made', id)).toEqual({ refused: 'no-such-key' });
  });

  it('keep an old write key valid until it is removed', async () => {
    const registry = await withSite();
    const before = registry.entry('made')?.site.writeKey ?? '';
    await registry.createKey('made', 'write');
    expect(registry.entry('made')?.site.oldWriteKeys).toEqual([before]);
    expect(registry.entry('made')?.site.writeKey).not.toBe(before);
    expect(await registry.removeKey('made', before)).toBe('done');
    expect(registry.entry('made')?.site).not.toHaveProperty('oldWriteKeys');
  });

  it('are limited to twenty of a kind', async () => {
    const registry = await withSite();
    for (let count = 0; count < 20; count += 1) await registry.createKey('made', 'secret');
    expect(await registry.createKey('made', 'secret')).toEqual({ refused: 'too-many-keys' });
    expect(await registry.createKey('made', 'write')).toHaveProperty('key');
  });
});

describe('a connection of the dashboard', () => {
  it.each(['made', 'shop'])('sends with its secrets, of which the entry has only the names: site %s', async (site) => {
    const registry = await withSite();
    const entry = await registry.putConnection(site, 'second', undefined, bing);
    const [second] = 'connections' in entry ? entry.connections.filter(({ id }) => id === 'second') : [];
    expect(second).toMatchObject({ origin: 'dashboard', enabled: true, secrets: ['token'], settings: { tagId: '187012345' } });
    expect(Object.keys(second?.settings ?? {})).not.toEqual(expect.arrayContaining(['token', 'endpoint']));
    expect(getSettings(registry, site, 'second')).toMatchObject({ token, endpoint: 'https://capi.uet.microsoft.com' });
    expect(getSettings(await open(), site, 'second')).toEqual(getSettings(registry, site, 'second'));
  });

  it('keeps a missing secret and replaces all other settings', async () => {
    const registry = await withSite();
    await registry.putConnection('made', 'bing', undefined, { ...bing, settings: { ...bing.settings, pageLoads: 'never' } });
    await registry.putConnection('made', 'bing', undefined, { destination: 'microsoft', settings: { tagId: '5' } });
    expect(getSettings(registry, 'made', 'bing')).toMatchObject({ tagId: '5', token, pageLoads: 'auto' });
  });

  it('stays disabled if a change does not set `enabled`', async () => {
    const registry = await withSite();
    await registry.putConnection('made', 'bing', undefined, { ...bing, enabled: false });
    const entry = await registry.putConnection('made', 'bing', undefined, bing);
    expect('connections' in entry && entry.connections[0]?.enabled).toBe(false);
  });

  it.each([
    [{ ...bing, settings: { ...bing.settings, endpoint: 'http://127.0.0.1' } }, 'settings.endpoint', /only in the config file/],
    [{ ...bing, settings: { token } }, 'settings.tagId', /UET tag id/],
    [{ ...bing, settings: { tagId: '5' } }, 'settings.token', /token/],
    [{ ...bing, settings: { ...bing.settings, nothing: 1 } }, 'settings.nothing', /no such setting/],
    [{ ...bing, destination: 'elsewhere' }, 'destination', /microsoft/],
  ])('is refused with the field: %o', async (input, field, message) => {
    const registry = await withSite();
    const refused = await registry.putConnection('made', 'bing', undefined, input);
    expect(refused).toMatchObject({ refused: 'parameter-invalid' });
    expect('refused' in refused && refused.issues?.[0]).toMatchObject({ field, message: expect.stringMatching(message) });
    expect(JSON.stringify(refused)).not.toContain(token);
    expect(await store.listDashboardConnections()).toEqual([]);
  });

  it('sends to the endpoint of the config file', async () => {
    config = JSON.stringify({ allowPrivateDestinations: true, endpoints: { microsoft: 'http://127.0.0.1:9090/' } });
    const registry = await withSite();
    await registry.putConnection('made', 'bing', undefined, bing);
    expect(getSettings(registry, 'made', 'bing')).toMatchObject({ endpoint: 'http://127.0.0.1:9090' });
  });

  it('cannot change its destination', async () => {
    const registry = await withSite();
    await registry.putConnection('made', 'bing', undefined, bing);
    const refused = await registry.putConnection('made', 'bing', undefined, { ...bing, destination: 'other' });
    expect('refused' in refused && refused.issues?.[0]?.field).toBe('destination');
  });

  it('starts without the state of a removed connection with the same id', async () => {
    const registry = await withSite();
    await registry.putConnection('made', 'bing', undefined, bing);
    const lease = await store.acquireLease('made/bing', 'one', 60_000);
    if (!lease) throw new Error('nobody else has it');
    const state = {
      cursor: '0000000000000007',
      pause: null,
      breaker: { failures: 0, recent: [], failedProbes: null, notBefore: 0 },
      verdicts: '',
      settingsDigest: 'd',
      settingsChangedAt: 0,
      inDoubt: 0,
    };
    await store.commitDelivery(lease, { state });
    await registry.removeConnection('made', 'bing');
    expect(await store.getConnectionState('made/bing')).toBeUndefined();
    // Simulates a crash between the two steps of the removal.
    const earlierLease = await store.acquireLease('made/bing', 'one', 60_000);
    if (earlierLease) await store.commitDelivery(earlierLease, { state });
    await registry.putConnection('made', 'bing', undefined, bing);
    expect(await store.getConnectionState('made/bing')).toBeUndefined();
    await expect(store.commitDelivery(lease, { state })).rejects.toThrow();
  });

  it('is stored and applied at the next start if it cannot be applied immediately', async () => {
    const registry = await withSite();
    onApply = () => {
      throw new Error('the store is busy');
    };
    await expect(registry.putConnection('made', 'bing', undefined, bing)).rejects.toThrow(ChangeNotAppliedError);
    expect(getSettings(await open(), 'made', 'bing')).toMatchObject({ token });
  });
});

describe('a connection to the simulator', () => {
  const tags = { microsoft: { mode: 'load', tagId: '187012345' } } as const;
  const collects = { readsSecrets: false, endpoints: {}, allowPrivateDestinations: false };

  it.each([
    ['a gateway whose simulator did not start', {}, undefined],
    ['a gateway that only collects', { rules: collects }, true],
  ])('keeps the real tag off the pages of %s', async (_, more, isSimulated) => {
    const registry = await open();
    await registry.createSite({ id: 'made', domains: ['made.example'], tags });
    const simulated = { id: 'bing', destination: 'microsoft', settings: {}, simulator: true };
    await store.saveDashboardConnection({ site: 'made', id: 'bing', config: simulated, secrets: {} });
    const find = async () => (await open({}, more)).sites().find(({ id }) => id === 'made');
    const site = await find();
    expect(site?.connections[0]?.isSimulated).toBe(isSimulated);
    expect(site && getSiteTags(site).drivers).toEqual({});
    await store.saveDashboardConnection({ site: 'made', id: 'bing', config: { ...simulated, enabled: false }, secrets: {} });
    const disabled = await find();
    expect(disabled && getSiteTags(disabled).drivers).toHaveProperty('microsoft');
  });
});

describe('a site in both the dashboard and the config file', () => {
  it('runs as in the file; the other is logged and can be removed', async () => {
    const registry = await withSite();
    await registry.putConnection('made', 'bing', undefined, bing);
    await registry.putConnection('shop', 'second', undefined, bing);
    const second = { id: 'second', destination: 'microsoft', settings: { tagId: '2', token: 'x' } };
    config = JSON.stringify({
      sites: [
        { ...ofFile, connections: [...ofFile.connections, second] },
        { ...ofFile, id: 'made', writeKey: 'wk_of_the_file', secretKeys: [], connections: [] },
      ],
    });
    const next = await open();
    expect(listIds(next.sites())).toEqual(['shop', 'made']);
    expect(next.entry('made')).toMatchObject({ origin: 'file', problem: expect.stringContaining('is used') });
    // The dashboard's connections belong to the site, regardless of its origin.
    expect(getSettings(next, 'made', 'bing')).toMatchObject({ token });
    expect(getSettings(next, 'shop', 'second')).toMatchObject({ tagId: '2' });
    expect(logged.join('')).toContain('is used');
    await next.removeConnection('shop', 'second');
    expect(await next.removeSite('made')).toBe('done');
    expect(next.entries().flatMap(({ problem, connections }) => [problem, ...connections.map((one) => one.problem)])).toEqual(
      expect.not.arrayContaining([expect.any(String)]),
    );
    expect(getSettings(next, 'made', 'bing')).toMatchObject({ token });
  });

  it('does not run if the file has its write key', async () => {
    const registry = await withSite();
    const { writeKey } = registry.entry('made')?.site ?? {};
    config = JSON.stringify({ sites: [{ ...ofFile, writeKey }] });
    const next = await open();
    expect(listIds(next.sites())).toEqual(['shop']);
    expect(next.entry('made')).toMatchObject({ runs: false, problem: expect.stringContaining('one of its keys') });
  });

  it('does not run if another site of the file has its secret key, until the key is removed', async () => {
    const registry = await withSite();
    const created = await registry.createKey('made', 'secret');
    if (!('key' in created)) throw new Error('it was just made');
    config = JSON.stringify({ sites: [{ ...ofFile, secretKeys: [created.key] }] });
    const next = await open();
    expect(listIds(next.sites())).toEqual(['shop']);
    expect(next.entry('made')).toMatchObject({ runs: false, problem: expect.stringContaining('one of its keys') });
    await next.removeKey('made', created.id);
    expect(listIds(next.sites())).toEqual(['shop', 'made']);
  });

  it('does not prevent the start if it is invalid, and can be corrected', async () => {
    await withSite();
    await store.saveDashboardSite({
      id: 'old',
      config: { id: 'old', domains: 'not a list', writeKey: 'wk_old_example', name: 'Old', gone: 1 },
      secretKeys: [],
      oldWriteKeys: [],
      webhookSecrets: [],
    });
    await store.saveDashboardConnection({ site: 'made', id: 'old', config: { id: 'old', destination: 'gone' }, secrets: {} });
    const registry = await open();
    expect(listIds(registry.sites())).toEqual(['shop', 'made']);
    expect(registry.entry('old')).toMatchObject({ runs: false, site: { name: 'Old', domains: [], writeKey: 'wk_old_example' } });
    expect(registry.entry('old')?.problem).toContain('`domains`: Must be a list of domain names.');
    expect(registry.entry('made')?.connections[0]).toMatchObject({ id: 'old', problem: expect.stringContaining('settings') });
    expect(await registry.removeSite('old')).toBe('done');
    expect(await registry.removeConnection('made', 'old')).toHaveProperty('site');
  });
});

describe('the UET settings of a site', () => {
  const foreign = {
    script: 'https://foreign.example/x.js',
    idSync: 'https://foreign.example/x.gif',
    queue: '__proto__',
  };
  /** The site as a version before this rule stored it. */
  async function withStored(written: Readonly<Record<string, Json>>): Promise<void> {
    const whole = { id: 'old', name: 'Old', domains: ['old.example'], writeKey: 'wk_old_example', ...written };
    await store.saveDashboardSite({ id: 'old', config: whole, secretKeys: [], oldWriteKeys: [], webhookSecrets: [] });
  }
  const getPixel = (site: Site | undefined) => {
    if (!site) throw new Error('the site runs');
    const core = '__CONVEY_SETTINGS____CONVEY_PARTS__';
    const built = { core, consentTools: '', shopifyCart: '', drivers: { microsoft: '' } };
    const connections = [{ id: 'bing', destination: 'microsoft', enabled: true, settings: { customerId: '254610987' } }];
    const scripts = createPixelScripts(built, (each) => getSiteTags({ ...each, connections }));
    return new TextDecoder().decode(scripts(site, 'US').bytes);
  };

  it.each([
    ['script', 'https://foreign.example/x.js', /only in the config file/],
    ['script', 'http://bat.bing.com/bat.js', /only in the config file/],
    ['script', 'https://bat.bing.com:8443/bat.js', /only in the config file/],
    ['script', 'https://bat.bing.com@foreign.example/bat.js', /only in the config file/],
    ['script', 'https://user@bat.bing.com/bat.js', /only in the config file/],
    ['script', 'https://bat.bing.com.foreign.example/bat.js', /only in the config file/],
    ['script', 'https://c.bing.com/bat.js', /only in the config file/],
    ['script', 'javascript:alert(1)', /http or https URL/],
    ['idSync', 'https://foreign.example/x.gif', /only in the config file/],
    ['script', 'https://bat.bing.com/other.js', /only in the config file/],
    ['script', 'https://bat.bing.net/bat.js?ti=1', /only in the config file/],
    ['idSync', 'http://c.bing.com/c.gif', /only in the config file/],
    ['idSync', 'https://c.bing.com/c.gif?x=1', /only in the config file/],
    ['queue', '__proto__', /variable of the page/],
    ['queue', 'constructor', /variable of the page/],
    ['queue', 'toString', /variable of the page/],
    ['queue', 'uetq;alert(1)', /variable of the page/],
  ])('reject the %s %s of the dashboard, for a new and a changed site', async (name, value, message) => {
    const registry = await withSite();
    const uet = { mode: 'load', tagId: '1', [name]: value };
    for (const refused of [
      await registry.createSite({ id: 'second', domains: ['second.example'], uet }),
      await registry.changeSite('made', undefined, { uet }),
    ]) {
      expect(refused).toMatchObject({ refused: 'parameter-invalid' });
      const issues = 'refused' in refused ? refused.issues : [];
      expect(issues).toEqual([{ field: `uet.${name}`, code: 'parameter-invalid', message: expect.stringMatching(message) }]);
      expect(JSON.stringify(issues)).not.toContain('foreign');
    }
    expect(registry.entry('made')?.site.tags.microsoft?.mode).toBe('off');
  });

  it.each([
    ['script', 'https://bat.bing.com/bat.js'],
    ['script', 'https://bat.bing.net/bat.js'],
    ['idSync', 'https://c.bing.com/c.gif'],
    ['idSync', 'https://bat.bing.com/c.gif'],
    ['idSync', 'https://bat.bing.net/c.gif'],
    ['queue', 'uetq2'],
  ])('accept the %s %s of the dashboard', async (name, value) => {
    const registry = await withSite();
    expect(await registry.changeSite('made', undefined, { uet: { [name]: value } })).toMatchObject({
      site: { tags: { microsoft: { [name]: value } } },
    });
  });

  it('accept any URL in the config file, but no queue that every object has', async () => {
    const { script, idSync } = foreign;
    const uet = { mode: 'load', tagId: '1', script, idSync, queue: 'uetq2' };
    config = JSON.stringify({ sites: [{ ...ofFile, uet }] });
    expect((await open()).entry('shop')?.site.tags.microsoft).toEqual(uet);
    config = JSON.stringify({ sites: [{ ...ofFile, uet: { ...uet, queue: 'hasOwnProperty' } }] });
    await expect(open()).rejects.toThrow('sites[0].uet.queue');
  });

  it('use the default for a stored value that is rejected now, and log it', async () => {
    await withStored({ uet: { mode: 'load', tagId: '1', ...foreign } });
    const registry = await open();
    const { site, runs, problem } = registry.entry('old') ?? {};
    expect(runs).toBe(true);
    expect(site?.tags.microsoft).toEqual({
      mode: 'load',
      tagId: '1',
      script: 'https://bat.bing.com/bat.js',
      queue: 'uetq',
      idSync: 'https://c.bing.com/c.gif',
    });
    for (const name of ['script', 'queue', 'idSync']) expect(problem).toContain(`\`tags.microsoft.${name}\`: Is ignored`);
    expect(getPixel(registry.sites().find(({ id }) => id === 'old'))).not.toMatch(/foreign|__proto__/);
    expect(getPixel(registry.sites().find(({ id }) => id === 'old'))).toContain('https://bat.bing.com/bat.js');
    const warnings = logged.filter((line) => line.includes('stored site settings ignored'));
    expect(warnings).toHaveLength(1);
    expect(logged.join('')).not.toContain('foreign');
  });

  it("use the default for a stored URL that is not the vendor's script, and keep one that is", async () => {
    const google = 'https://www.googletagmanager.com';
    await withStored({
      uet: { mode: 'load', tagId: '1', script: 'https://bat.bing.net/bat.js', idSync: 'https://bat.bing.net/c.gif' },
      tags: {
        'google-ads': { mode: 'load', tagId: 'AW-123456789', script: `${google}/gtm.js?id=GTM-EVIL123&x=` },
        meta: { mode: 'load', pixelId: '123456789012345', script: 'https://connect.facebook.net/../../evil.js' },
      },
    });
    const { site, runs, problem } = (await open()).entry('old') ?? {};
    expect(runs).toBe(true);
    expect(site?.tags).toMatchObject({
      microsoft: { script: 'https://bat.bing.net/bat.js', idSync: 'https://bat.bing.net/c.gif' },
      'google-ads': { script: `${google}/gtag/js` },
      meta: { script: 'https://connect.facebook.net/en_US/fbevents.js' },
    });
    for (const name of ['google-ads', 'meta']) expect(problem).toContain(`\`tags.${name}.script\`: Is ignored`);
    expect(problem).not.toContain('microsoft');
    expect(logged.join('')).not.toMatch(/EVIL|evil/);
    expect(logged.filter((line) => line.includes('stored site settings ignored'))).toHaveLength(1);
  });

  it('leave out a stored country or currency that is in no ISO list', async () => {
    await withStored({ defaultCountry: 'ZZ', defaultCurrency: 'DOL' });
    const { site, runs, problem } = (await open()).entry('old') ?? {};
    expect(runs).toBe(true);
    expect([site?.defaultCountry, site?.defaultCurrency]).toEqual([undefined, undefined]);
    for (const name of ['defaultCountry', 'defaultCurrency']) expect(problem).toContain(`\`${name}\`: Is ignored. Must be`);
  });

  it('leave out a stored name of two lines', async () => {
    await withStored({ name: 'Shop\r\nBcc: jane@shop.example' });
    const { site, runs, problem } = (await open()).entry('old') ?? {};
    expect([runs, site?.name]).toEqual([true, 'old']);
    expect(problem).toMatch(/`name`: Is ignored\. Must be 1 to 200 characters in one line/);
  });

  it('keep their meaning of a missing country, which they do not state', async () => {
    await withStored({ defaultCountry: 'US', consent: { policy: 'regional' } });
    expect((await open()).entry('old')?.site.consent).toEqual({ policy: 'regional' });
  });

  it.each(['uet', 'tags'])('have one form inside, and a problem in the words of the request, when it uses `%s`', async (name) => {
    await withStored({ uet: { mode: 'load', tagId: '1', queue: 'uetq2' } });
    const registry = await open();
    const withTag = (microsoft: Json) => (name === 'uet' ? { uet: microsoft } : { tags: { microsoft } });
    const refused = await registry.changeSite('old', undefined, withTag({ tagId: 'no' }));
    const path = name === 'uet' ? 'uet.tagId' : 'tags.microsoft.tagId';
    expect(refused).toMatchObject({ refused: 'parameter-invalid', issues: [{ field: path }] });
    await registry.changeSite('old', undefined, withTag({ mode: 'attach', queue: null }));
    expect(registry.entry('old')?.site.tags.microsoft).toMatchObject({ mode: 'attach', tagId: '1', queue: 'uetq' });
    const [stored] = await store.listDashboardSites();
    expect(stored?.config).toMatchObject({ tags: { microsoft: { mode: 'attach', tagId: '1' } } });
    expect(stored?.config).not.toHaveProperty('uet');
    await registry.changeSite('old', undefined, withTag(null));
    expect(registry.entry('old')?.site.tags.microsoft).toMatchObject({ mode: 'off' });
  });

  it('are rejected when a request has both names', async () => {
    const registry = await withSite();
    const both = { uet: { mode: 'off' }, tags: { microsoft: { mode: 'off' } } };
    expect(await registry.changeSite('made', undefined, both)).toMatchObject({
      refused: 'parameter-invalid',
      issues: [{ field: 'uet' }],
    });
  });

  it('lose a rejected stored value with the next change of the site', async () => {
    await withStored({ uet: { mode: 'load', tagId: '1', ...foreign } });
    const registry = await open();
    expect(await registry.changeSite('old', undefined, { name: 'New' })).toMatchObject({ runs: true, site: { name: 'New' } });
    expect(registry.entry('old')).not.toHaveProperty('problem');
    expect(JSON.stringify(await store.listDashboardSites())).not.toContain('foreign');
  });
});

describe('the domains of a site', () => {
  it.each(['com', 'co.uk', 'myshopify.com', '192.0.2.7', '127.1'])('reject %s of the dashboard', async (domain) => {
    const registry = await withSite();
    for (const refused of [
      await registry.createSite({ id: 'second', domains: ['second.example', domain] }),
      await registry.changeSite('made', undefined, { domains: [domain] }),
    ])
      expect(refused).toMatchObject({ refused: 'parameter-invalid', issues: [{ field: expect.stringMatching(/^domains\[/) }] });
  });

  it.each([
    [['com'], false, []],
    [['com', 'old.example', '192.0.2.7'], true, ['old.example']],
  ])('are used without what was stored before and is refused now: %j', async (domains, runs, used) => {
    await store.saveDashboardSite({
      id: 'old',
      config: { id: 'old', domains, writeKey: 'wk_old_example' },
      secretKeys: [],
      oldWriteKeys: [],
      webhookSecrets: [],
    });
    const registry = await open();
    expect(registry.entry('old')).toMatchObject({
      runs,
      site: { domains: used },
      problem: expect.stringContaining('`domains[0]`'),
    });
    expect(listIds(registry.sites())).toEqual(runs ? ['shop', 'old'] : ['shop']);
    await registry.changeSite('old', undefined, { domains: ['shop.old.example'] });
    expect(listIds(registry.sites())).toEqual(['shop', 'old']);
    expect(registry.entry('old')).not.toHaveProperty('problem');
  });
});

describe('the secrets of connections', () => {
  it('are in files only encrypted, and never in the log', async () => {
    const registry = await withSite();
    await registry.putConnection('made', 'bing', undefined, bing);
    const { key = '' } = await registry.createKey('made', 'secret').then((created) => ('key' in created ? created : { key: '' }));
    await registry.putConnection('made', 'bing', undefined, { ...bing, settings: { tagId: 'wrong', token: `${token}-2` } });
    await registry.rotateSecrets();
    const files = readFiles();
    expect(files.length).toBeGreaterThan(2);
    for (const text of [...files, ...logged]) for (const secret of [token, key]) expect(text).not.toContain(secret);
    expect(files.join('')).toContain('made.example');
  });

  it('stop only their connection when their key is missing, until they are entered again', async () => {
    await (await withSite()).putConnection('made', 'bing', undefined, bing);
    rmSync(join(dir, 'secrets.key'));
    const registry = await open();
    expect(listIds(registry.sites())).toEqual(['shop', 'made']);
    expect(registry.entry('made')?.connections[0]?.problem).toMatch(/key .* is missing.*enter the secret again/);
    const result = await registry.putConnection('made', 'bing', undefined, {
      destination: 'microsoft',
      settings: { tagId: '5' },
    });
    expect('refused' in result && result.issues?.map(({ field }) => field)).toEqual(['settings.token']);
    await registry.putConnection('made', 'bing', undefined, bing);
    expect(getSettings(registry, 'made', 'bing')).toMatchObject({ token });
  });

  it('stay unreadable when the key file is invalid, and the gateway starts', async () => {
    await (await withSite()).putConnection('made', 'bing', undefined, bing);
    writeFileSync(join(dir, 'secrets.key'), 'not a key\n');
    const registry = await open();
    expect(registry.entry('made')?.connections[0]?.problem).toMatch(/is missing/);
    expect(logged.join('')).toContain('has lines that are not keys');
    await expect(registry.putConnection('made', 'bing', undefined, bing)).rejects.toThrow(/has lines that are not keys/);
  });

  it('are readable with a warning if other users can read the key file', async () => {
    await (await withSite()).putConnection('made', 'bing', undefined, bing);
    expect(logged.join('')).not.toContain('key file readable');
    chmodSync(join(dir, 'secrets.key'), 0o644);
    const registry = await open();
    expect(getSettings(registry, 'made', 'bing')).toMatchObject({ token });
    const [warning = ''] = logged.filter((line) => line.includes('key file readable by other users'));
    expect(warning).toContain(`chmod 600 '${join(dir, 'secrets.key')}'`);
  });

  it('are re-encrypted while the gateway runs, without a restart of consumers', async () => {
    const registry = await withSite();
    await registry.putConnection('made', 'bing', undefined, bing);
    const [before] = await store.listDashboardConnections();
    const keyBefore = readFileSync(join(dir, 'secrets.key'), 'utf8');
    applied = [];
    expect(await registry.rotateSecrets()).toEqual({ source: 'file', resealed: 1, lost: 0 });
    expect(applied).toEqual([]);
    const [after] = await store.listDashboardConnections();
    expect(after?.secrets.token).not.toBe(before?.secrets.token);
    expect(readFileSync(join(dir, 'secrets.key'), 'utf8')).not.toContain(keyBefore.trim());
    expect(getSettings(await open(), 'made', 'bing')).toMatchObject({ token });
  });

  it.each(['before the store', 'after the store'])('survive a crash during the rotation, %s', async (when) => {
    const registry = await withSite();
    await registry.putConnection('made', 'bing', undefined, bing);
    const [before] = await store.listDashboardConnections();
    if (!before) throw new Error('it was just made');
    const keysBefore = readFileSync(join(dir, 'secrets.key'), 'utf8');
    await registry.rotateSecrets();
    const keysAfter = readFileSync(join(dir, 'secrets.key'), 'utf8');
    // The state of the disk during the rotation: both keys, and secrets encrypted with either.
    writeFileSync(join(dir, 'secrets.key'), keysAfter + keysBefore);
    if (when === 'before the store') await store.saveSecrets([before], await store.listDashboardSites());
    const restarted = await open();
    expect(getSettings(restarted, 'made', 'bing')).toMatchObject({ token });
    expect(readFileSync(join(dir, 'secrets.key'), 'utf8')).toBe(keysAfter);
    expect(getSettings(await open(), 'made', 'bing')).toMatchObject({ token });
  });

  it('do not prevent the start if an interrupted rotation fails again', async () => {
    const registry = await withSite();
    await registry.putConnection('made', 'bing', undefined, bing);
    const keys = readFileSync(join(dir, 'secrets.key'), 'utf8');
    writeFileSync(join(dir, 'secrets.key'), `${'ab'.repeat(32)}\n${keys}`);
    mkdirSync(join(dir, 'secrets.key.new'));
    const restarted = await open();
    expect(getSettings(restarted, 'made', 'bing')).toMatchObject({ token });
    expect(logged.join('')).toContain('secrets key rotation failed');
  });

  it('are re-encrypted with the new key of the environment, and need the old key no longer', async () => {
    const [one, two] = ['ab'.repeat(32), 'cd'.repeat(32)];
    const first = await open({ CONVEY_SECRETS_KEY: one });
    await first.createSite({ id: 'made', domains: ['made.example'] });
    await first.putConnection('made', 'bing', undefined, bing);
    expect(first.canRotateSecrets()).toBe(false);
    const second = await open({ CONVEY_SECRETS_KEY: two, CONVEY_SECRETS_KEY_OLD: one });
    expect(getSettings(second, 'made', 'bing')).toMatchObject({ token });
    expect(await second.rotateSecrets()).toEqual({ source: 'environment', resealed: 1, lost: 0 });
    expect(getSettings(await open({ CONVEY_SECRETS_KEY: two }), 'made', 'bing')).toMatchObject({ token });
    expect(readdirSync(dir)).not.toContain('secrets.key');
  });
});

describe('a webhook secret', () => {
  const [present, before] = ['shpss_canary_present', 'shpss_canary_before'];
  const getSecrets = (registry: SiteRegistry) => registry.entry('made')?.site.webhooks.secrets;
  async function withSecrets(): Promise<SiteRegistry> {
    const registry = await withSite();
    await registry.addWebhookSecret('made', before);
    await registry.addWebhookSecret('made', ` ${present}\n`);
    return registry;
  }

  it('applies immediately, is one of at most four, and is in files only encrypted', async () => {
    const registry = await withSecrets();
    expect(getSecrets(registry)).toEqual([before, present]);
    expect(applied.at(-1)?.find(({ id }) => id === 'made')?.webhooks.secrets).toEqual([before, present]);
    for (const more of ['that of an app', 'its next one']) await registry.addWebhookSecret('made', more);
    expect(await registry.addWebhookSecret('made', 'yet another one')).toEqual({ refused: 'too-many-keys' });
    const [{ id = '' } = {}, , ...more] = registry.entry('made')?.stored?.webhookSecrets ?? [];
    for (const one of [id, ...more.map((secret) => secret.id)]) await registry.removeWebhookSecret('made', one);
    expect(getSecrets(registry)).toEqual([present]);
    expect(await registry.removeWebhookSecret('made', id)).toEqual({ refused: 'no-such-key' });
    expect(getSecrets(await open())).toEqual([present]);
    expect([...readFiles(), ...logged].join('')).not.toContain('canary');
  });

  it('is rejected without repeating it if it is invalid, known, or for a site of the config file', async () => {
    const registry = await withSecrets();
    const [{ id = '' } = {}] = registry.entry('made')?.stored?.webhookSecrets ?? [];
    await registry.removeWebhookSecret('made', id);
    for (const secret of ['short', 'x'.repeat(201), present]) {
      const refused = await registry.addWebhookSecret('made', secret);
      expect(refused).toMatchObject({ refused: 'parameter-invalid', issues: [{ field: 'secret' }] });
      expect(JSON.stringify(refused)).not.toContain(secret);
    }
    expect(await registry.addWebhookSecret('shop', present)).toEqual({ refused: 'file-made' });
    expect(await registry.changeSite('made', undefined, { webhooks: { secrets: [present] } })).toMatchObject({
      refused: 'parameter-invalid',
    });
    expect(await registry.changeSite('made', undefined, { webhooks: { purchaseOn: 'paid' } })).toMatchObject({
      site: { webhooks: { purchaseOn: 'paid', secrets: [present] } },
    });
  });

  it('is re-encrypted with all others, and is unreadable at another site', async () => {
    const registry = await withSecrets();
    expect(await registry.rotateSecrets()).toEqual({ source: 'file', resealed: 2, lost: 0 });
    expect(getSecrets(await open())).toEqual([before, present]);
    const [site] = await store.listDashboardSites();
    if (!site) throw new Error('it was just made');
    await store.saveDashboardSite({
      ...site,
      id: 'moved',
      config: { ...site.config, id: 'moved', writeKey: 'wk_moved_example' },
    });
    expect((await open()).entry('moved')).toMatchObject({ runs: true, lostSecrets: [expect.any(String), expect.any(String)] });
  });

  it('is logged and left out if it is unreadable, and the site runs', async () => {
    await withSecrets();
    rmSync(join(dir, 'secrets.key'));
    const registry = await open();
    expect(registry.entry('made')).toMatchObject({ runs: true, lostSecrets: { length: 2 }, site: { webhooks: { secrets: [] } } });
    expect(logged.join('')).toContain('webhook secret unreadable');
  });
});

it('takes in the changes of another process, at the latest before its own', async () => {
  let version = 0;
  store = {
    ...emptied.store,
    getSitesVersion: async () => version,
    async saveDashboardSite(...saved) {
      await emptied.store.saveDashboardSite(...saved);
      version += 1;
    },
  };
  const [one, other] = [await open(), await open()];
  await one.createSite({ id: 'made', domains: ['made.example'] });
  applied = [];
  await other.refresh();
  await other.refresh();
  expect(applied.map(listIds)).toEqual([['shop', 'made']]);
  const revision = one.entry('made')?.revision;
  await other.changeSite('made', revision, { name: 'Changed' });
  expect(await one.changeSite('made', revision, { name: 'Lost' })).toEqual({ refused: 'changed-meanwhile' });
  expect(one.entry('made')?.site.name).toBe('Changed');
});

it('decides a change again when another process changes the sites before it is saved', async () => {
  let version = 0;
  let meanwhile: (() => Promise<unknown>) | undefined;
  const base = { ...emptied.store, getSitesVersion: async () => version };
  const atSitesVersion = (expected: number): Store => ({
    ...base,
    async saveDashboardSite(...saved) {
      const first = meanwhile;
      meanwhile = undefined;
      await first?.();
      if (version !== expected) throw new SitesChangedError('another process changed the sites');
      await base.saveDashboardSite(...saved);
      version += 1;
    },
  });
  store = { ...base, atSitesVersion };
  const [one, other] = [await open(), await open()];
  await one.createSite({ id: 'made', domains: ['made.example'] });
  const created = await one.createKey('made', 'secret');
  if ('refused' in created) throw new Error(created.refused);
  meanwhile = () => one.removeKey('made', created.id);
  await other.changeSite('made', undefined, { name: 'Renamed' });
  expect(await store.listDashboardSites()).toMatchObject([{ secretKeys: [], config: { name: 'Renamed' } }]);
});

it('applies the change of another process again when the first attempt fails', async () => {
  let version = 0;
  store = { ...emptied.store, getSitesVersion: async () => version };
  const other = await open();
  await withSite();
  version = 1;
  onApply = () => {
    throw new Error('the database is away');
  };
  await expect(other.refresh()).rejects.toThrow(ChangeNotAppliedError);
  applied = [];
  onApply = () => undefined;
  await other.refresh();
  await other.refresh();
  expect(applied.map(listIds)).toEqual([['shop', 'made']]);
});

it('applies the changes of another process without the history of rules, if only others record it', async () => {
  let version = 0;
  store = { ...emptied.store, getSitesVersion: async () => version };
  const forbid = () => Promise.reject(new Error('permission denied for table rule_changes'));
  const withoutHistory = { ...store, listRuleChanges: forbid, addRuleChange: forbid };
  const other = await open({}, { store: withoutHistory, recordsOtherRules: false });
  await withSite();
  version = 1;
  applied = [];
  await other.refresh();
  await other.refresh();
  expect(applied.map(listIds)).toEqual([['shop', 'made']]);
});
