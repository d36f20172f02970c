import { describe, expect, it } from 'vitest';
import { getSiteTags } from '../destinations/site-tags.ts';
import { sha256 } from '../identity/hashing.ts';
import { ChangeNotAppliedError, MoveRunningError } from './running-sites.ts';
import { bing, fileSite, getSettings, listIds, token, useRegistry } from './site-registry.fixture.ts';

const scene = useRegistry();

describe('a site of the dashboard', () => {
  it('is not changed while the data is being moved into a database, whose gateways have a copy of the sites', async () => {
    const registry = await scene().openWithSite();
    const stored = await scene().store.listDashboardSites();
    scene().isMoving = true;
    await expect(registry.changeSite('made', undefined, { name: 'Other' })).rejects.toThrow(MoveRunningError);
    await expect(registry.createSite({ id: 'new', domains: ['new.example'] })).rejects.toThrow(MoveRunningError);
    await expect(registry.removeSite('made')).rejects.toThrow(MoveRunningError);
    expect(await scene().store.listDashboardSites()).toEqual(stored);
    scene().isMoving = false;
    expect(await registry.changeSite('made', undefined, { name: 'Other' })).toMatchObject({ site: { name: 'Other' } });
  });

  it('changes what the pixel reads of pages, member by member', async () => {
    const registry = await scene().openWithSite();
    const read = () => registry.entry('made')?.site.capture?.dataLayer;
    const change = (dataLayer: object) => registry.changeSite('made', undefined, { capture: { dataLayer } });
    const done = { as: 'purchase', value: 'basket.total', orderId: 'basket.no' };
    await change({
      mode: 'preview',
      layer: ['dataLayer', 'shopLayer'],
      events: ['view_item'],
      map: { done, seen: { as: 'Seen' } },
    });
    expect(read()).toEqual({
      mode: 'preview',
      layer: ['dataLayer', 'shopLayer'],
      events: ['view_item'],
      map: { done: { ...done, as: 'Purchase' }, seen: { as: 'Seen' } },
    });
    await change({ mode: 'on', layer: null, events: null, map: { done: { value: null }, seen: null } });
    expect(read()).toEqual({ mode: 'on', layer: ['dataLayer'], map: { done: { as: 'Purchase', orderId: 'basket.no' } } });
    expect(await change({ map: { done: { as: 'Refund' } } })).toMatchObject({
      refused: 'parameter-invalid',
      issues: [{ field: 'capture.dataLayer.map.done.as' }],
    });
    const chosen = { consentTool: 'klaro', consentCategory: 'ads' } as const;
    await registry.changeSite('made', undefined, { capture: chosen });
    expect(registry.entry('made')?.site.capture).toMatchObject({ ...chosen, dataLayer: { mode: 'on' } });
    expect(await registry.changeSite('made', undefined, { capture: { consentTool: 'osano' } })).toMatchObject({
      issues: [{ field: 'capture.consentCategory' }],
    });
    await registry.changeSite('made', undefined, { capture: { consentTool: null, consentCategory: null } });
    expect(registry.entry('made')?.site.capture).toEqual({ dataLayer: read() });
  });

  it('has the rules of the config file, runs immediately and survives a restart', async () => {
    const registry = await scene().open();
    const created = await registry.createSite({
      id: 'made',
      domains: ['Made.Example'],
      defaultCountry: 'us',
      defaultCurrency: null,
      assignee: 'Jane',
      uet: { mode: 'load', tagId: '187012345' },
    });
    expect(created).toMatchObject({
      origin: 'dashboard',
      runs: true,
      site: {
        name: 'made',
        domains: ['made.example'],
        defaultCountry: 'US',
        assignee: 'jane',
        consent: { policy: 'regional', missingCountry: 'unknown' },
        tags: { microsoft: { mode: 'load', queue: 'uetq' } },
        bots: 'drop',
      },
    });
    expect('site' in created && created.site.writeKey).toMatch(/^wk_[\w-]{24}$/);
    expect(scene().applied.map(listIds)).toEqual([['shop', 'made']]);
    const restarted = await scene().open();
    expect(restarted.entries()).toEqual(registry.entries());
  });

  it('is rejected with field and rule if it breaks a rule, and not stored', async () => {
    const registry = await scene().open();
    const refused = await registry.createSite({ id: 'No', domains: ['https://made.example'], uet: { mode: 'attach' } });
    expect(refused).toMatchObject({ refused: 'parameter-invalid' });
    const { issues = [] } = 'refused' in refused ? refused : {};
    expect(issues.map(({ field }) => field).toSorted()).toEqual(['domains[0]', 'id', 'uet.tagId']);
    for (const { message } of issues) expect(message).not.toContain('made.example');
    expect(await scene().store.listDashboardSites()).toEqual([]);
    expect(scene().applied).toEqual([]);
  });

  it('gives no role to accounts of an earlier site with its id, which the config file had', async () => {
    const registry = await scene().open();
    const account = { password: 'hash', createdAt: 1 };
    await scene().store.addAccount({ ...account, name: 'ada', role: 'owner', sites: [] });
    await scene().store.addAccount({ ...account, name: 'vic', role: 'per-site', sites: [{ site: 'made', role: 'owner' }] });
    await registry.createSite({ id: 'made', domains: ['made.example'] });
    expect((await scene().store.findAccount('vic'))?.sites).toEqual([]);
    await scene().store.setAccess('vic', { role: 'per-site', sites: [{ site: 'made', role: 'viewer' }] });
    await registry.changeSite('made', undefined, { name: 'Made' });
    expect((await scene().store.findAccount('vic'))?.sites).toHaveLength(1);
  });

  it.each(['shop', 'made', 'once'])('is rejected if its id is or was in use: %s', async (id) => {
    const registry = await scene().openWithSite();
    expect(await registry.createSite({ id, domains: ['x.example'] })).toEqual({ refused: 'site-exists' });
  });

  it('keeps its rule for a missing country, which only a new site states, when its policy is changed', async () => {
    const registry = await scene().open();
    await registry.createSite({ id: 'made', domains: ['made.example'], consent: { policy: 'strict' } });
    const changed = await registry.changeSite('made', undefined, { consent: { policy: 'regional' } });
    expect(changed).toMatchObject({ site: { consent: { policy: 'regional', missingCountry: 'unknown' } } });
    const chosen = await registry.changeSite('made', undefined, { consent: { missingCountry: 'default-country' } });
    expect(chosen).toMatchObject({ site: { consent: { policy: 'regional', missingCountry: 'default-country' } } });
  });

  it('is changed by a merge patch, in which null removes a member', async () => {
    const registry = await scene().openWithSite();
    await registry.changeSite('made', undefined, { defaultCountry: 'us', uet: { mode: 'load', tagId: '5' }, name: 'Made' });
    const changed = await registry.changeSite('made', undefined, { defaultCountry: null, uet: { mode: 'attach' } });
    const { site } = 'site' in changed ? changed : {};
    expect(site).toMatchObject({ name: 'Made', domains: ['made.example'], tags: { microsoft: { mode: 'attach', tagId: '5' } } });
    expect(site).not.toHaveProperty('defaultCountry');
  });

  it('rejects a change of an earlier revision', async () => {
    const registry = await scene().openWithSite();
    const before = registry.entry('made')?.revision;
    await registry.changeSite('made', before, { name: 'One' });
    expect(await registry.changeSite('made', before, { name: 'Two' })).toEqual({ refused: 'changed-meanwhile' });
    expect(await registry.connections.put('made', 'bing', before, bing)).toEqual({ refused: 'changed-meanwhile' });
    expect(registry.entry('made')?.site.name).toBe('One');
  });

  it('applies concurrent changes one after another', async () => {
    const registry = await scene().openWithSite();
    const keys = await Promise.all(Array.from({ length: 5 }, () => registry.createKey('made', 'secret')));
    expect(keys.every((one) => 'key' in one)).toBe(true);
    expect(registry.entry('made')?.site.secretKeyHashes).toHaveLength(5);
    expect((await scene().open()).entry('made')?.site.secretKeyHashes).toHaveLength(5);
  });

  it('rejects changes if it belongs to the config file', async () => {
    const registry = await scene().open();
    for (const change of [
      registry.changeSite('shop', undefined, {}),
      registry.removeSite('shop'),
      registry.createKey('shop', 'secret'),
    ])
      expect(await change).toEqual({ refused: 'file-made' });
    expect(await registry.connections.put('shop', 'bing', undefined, bing)).toEqual({ refused: 'file-made' });
    expect(await registry.connections.remove('shop', 'bing')).toEqual({ refused: 'file-made' });
  });

  it('is removed with its connections and their state', async () => {
    const registry = await scene().openWithSite();
    await registry.connections.put('made', 'bing', undefined, bing);
    expect(await registry.removeSite('made')).toBe('done');
    expect(listIds(registry.sites())).toEqual(['shop']);
    expect([await scene().store.listDashboardSites(), await scene().store.listDashboardConnections()]).toEqual([[], []]);
    expect(await registry.removeSite('made')).toEqual({ refused: 'no-such-site' });
  });
});

describe('the keys of Segment SDKs', () => {
  it('are stored as hashes if they are secret, are found by their hashes, and are removed', async () => {
    const registry = await scene().openWithSite();
    const server = await registry.addSegmentKey('made', { kind: 'server' });
    const browser = await registry.addSegmentKey('made', { kind: 'browser', key: 'page-source-0123' });
    if ('refused' in server || 'refused' in browser) throw new Error('both are added');
    expect(server.key).toMatch(/^sk_[\w-]{43}$/);
    const stored = JSON.stringify(await scene().store.listDashboardSites());
    expect(stored).not.toContain(server.key);
    expect(stored).toContain('page-source-0123');
    const restarted = await scene().open();
    expect(restarted.entry('made')?.site.segment).toMatchObject({
      keys: [
        { hash: sha256(server.key), kind: 'server' },
        { hash: sha256('page-source-0123'), kind: 'browser' },
      ],
      purchaseId: 'checkout_id',
    });
    await restarted.changeSite('made', undefined, { segment: { purchaseId: 'order_id', adConsentCategories: ['C0002'] } });
    expect(await restarted.removeKey('made', server.id)).toBe('done');
    expect(restarted.entry('made')?.site.segment).toEqual({
      keys: [{ hash: sha256('page-source-0123'), kind: 'browser' }],
      purchaseId: 'order_id',
      adConsentCategories: ['C0002'],
    });
    expect(await restarted.removeKey('made', server.id)).toEqual({ refused: 'no-such-key' });
  });

  it.each([
    ['a short secret', 'server', 'short-secret-1'],
    ['a key with a colon', 'browser', 'page:source-0123'],
    ['the write key of a site', 'browser', fileSite.writeKey],
    ['the secret key of a site', 'server', fileSite.secretKeys[0] ?? ''],
  ] as const)('are refused: %s', async (_, kind, key) => {
    const registry = await scene().openWithSite();
    const refused = await registry.addSegmentKey('made', { kind, key });
    expect(refused).toMatchObject({ refused: 'parameter-invalid', issues: [{ field: 'key' }] });
    expect(JSON.stringify(refused)).not.toContain(key);
    expect(registry.entry('made')?.site.segment).toBeUndefined();
  });

  it('belong to one site, and those of the config file are changed there alone', async () => {
    const registry = await scene().openWithSite();
    await registry.createSite({ id: 'second', domains: ['second.example'] });
    await registry.addSegmentKey('made', { kind: 'browser', key: 'page-source-0123' });
    const repeated = await registry.addSegmentKey('second', { kind: 'browser', key: 'page-source-0123' });
    expect(repeated).toMatchObject({ refused: 'parameter-invalid' });
    expect(await registry.addSegmentKey('shop', { kind: 'browser' })).toEqual({ refused: 'file-made' });
  });
});

describe('the keys of a site', () => {
  it('return a secret key once and store its hash', async () => {
    const registry = await scene().openWithSite();
    const created = await registry.createKey('made', 'secret');
    const { key = '', id = '' } = 'key' in created ? created : {};
    expect(registry.entry('made')?.site.secretKeyHashes).toEqual([sha256(key)]);
    expect(JSON.stringify([registry.entries(), await scene().store.listDashboardSites()])).not.toContain(key);
    expect(await registry.removeKey('made', id)).toBe('done');
    expect(registry.entry('made')?.site.secretKeyHashes).toEqual([]);
    expect(await registry.removeKey('made', id)).toEqual({ refused: 'no-such-key' });
  });

  it('keep an old write key valid until it is removed', async () => {
    const registry = await scene().openWithSite();
    const before = registry.entry('made')?.site.writeKey ?? '';
    await registry.createKey('made', 'write');
    expect(registry.entry('made')?.site.oldWriteKeys).toEqual([before]);
    expect(registry.entry('made')?.site.writeKey).not.toBe(before);
    expect(await registry.removeKey('made', before)).toBe('done');
    expect(registry.entry('made')?.site).not.toHaveProperty('oldWriteKeys');
  });

  it('are limited to twenty of a kind', async () => {
    const registry = await scene().openWithSite();
    for (let count = 0; count < 20; count += 1) await registry.createKey('made', 'secret');
    expect(await registry.createKey('made', 'secret')).toEqual({ refused: 'too-many-keys' });
    expect(await registry.createKey('made', 'write')).toHaveProperty('key');
  });
});

describe('a connection of the dashboard', () => {
  it.each(['made', 'shop'])('sends with its secrets, of which the entry has only the names: site %s', async (site) => {
    const registry = await scene().openWithSite();
    const entry = await registry.connections.put(site, 'second', undefined, bing);
    const [second] = 'connections' in entry ? entry.connections.filter(({ id }) => id === 'second') : [];
    expect(second).toMatchObject({ origin: 'dashboard', enabled: true, secrets: ['token'], settings: { tagId: '187012345' } });
    expect(Object.keys(second?.settings ?? {})).not.toEqual(expect.arrayContaining(['token', 'endpoint']));
    expect(getSettings(registry, site, 'second')).toMatchObject({ token, endpoint: 'https://capi.uet.microsoft.com' });
    expect(getSettings(await scene().open(), site, 'second')).toEqual(getSettings(registry, site, 'second'));
  });

  it('keeps a missing secret and replaces all other settings', async () => {
    const registry = await scene().openWithSite();
    await registry.connections.put('made', 'bing', undefined, { ...bing, settings: { ...bing.settings, pageLoads: 'never' } });
    await registry.connections.put('made', 'bing', undefined, { destination: 'microsoft', settings: { tagId: '5' } });
    expect(getSettings(registry, 'made', 'bing')).toMatchObject({ tagId: '5', token, pageLoads: 'auto' });
  });

  it('stays disabled if a change does not set `enabled`', async () => {
    const registry = await scene().openWithSite();
    await registry.connections.put('made', 'bing', undefined, { ...bing, enabled: false });
    const entry = await registry.connections.put('made', 'bing', undefined, bing);
    expect('connections' in entry && entry.connections[0]?.enabled).toBe(false);
  });

  it.each([
    [{ ...bing, settings: { ...bing.settings, endpoint: 'http://127.0.0.1' } }, 'settings.endpoint', /only in the config file/],
    [{ ...bing, settings: { token } }, 'settings.tagId', /UET tag id/],
    [{ ...bing, settings: { tagId: '5' } }, 'settings.token', /token/],
    [{ ...bing, settings: { ...bing.settings, nothing: 1 } }, 'settings.nothing', /no such setting/],
    [{ ...bing, destination: 'elsewhere' }, 'destination', /microsoft/],
  ])('is refused with the field: %o', async (input, field, message) => {
    const registry = await scene().openWithSite();
    const refused = await registry.connections.put('made', 'bing', undefined, input);
    expect(refused).toMatchObject({ refused: 'parameter-invalid' });
    expect('refused' in refused && refused.issues?.[0]).toMatchObject({ field, message: expect.stringMatching(message) });
    expect(JSON.stringify(refused)).not.toContain(token);
    expect(await scene().store.listDashboardConnections()).toEqual([]);
  });

  it('sends to the endpoint of the config file', async () => {
    scene().config = JSON.stringify({ allowPrivateDestinations: true, endpoints: { microsoft: 'http://127.0.0.1:9090/' } });
    const registry = await scene().openWithSite();
    await registry.connections.put('made', 'bing', undefined, bing);
    expect(getSettings(registry, 'made', 'bing')).toMatchObject({ endpoint: 'http://127.0.0.1:9090' });
  });

  it('cannot change its destination', async () => {
    const registry = await scene().openWithSite();
    await registry.connections.put('made', 'bing', undefined, bing);
    const refused = await registry.connections.put('made', 'bing', undefined, { ...bing, destination: 'other' });
    expect('refused' in refused && refused.issues?.[0]?.field).toBe('destination');
  });

  it('starts without the state of a removed connection with the same id', async () => {
    const registry = await scene().openWithSite();
    await registry.connections.put('made', 'bing', undefined, bing);
    const lease = await scene().store.acquireLease('made/bing', 'one', 60_000);
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
    await scene().store.commitDelivery(lease, { state });
    await registry.connections.remove('made', 'bing');
    expect(await scene().store.getConnectionState('made/bing')).toBeUndefined();
    // Simulates a crash between the two steps of the removal.
    const earlierLease = await scene().store.acquireLease('made/bing', 'one', 60_000);
    if (earlierLease) await scene().store.commitDelivery(earlierLease, { state });
    await registry.connections.put('made', 'bing', undefined, bing);
    expect(await scene().store.getConnectionState('made/bing')).toBeUndefined();
    await expect(scene().store.commitDelivery(lease, { state })).rejects.toThrow();
  });

  it('is stored and applied at the next start if it cannot be applied immediately', async () => {
    const registry = await scene().openWithSite();
    scene().onApply = () => {
      throw new Error('the store is busy');
    };
    await expect(registry.connections.put('made', 'bing', undefined, bing)).rejects.toThrow(ChangeNotAppliedError);
    expect(getSettings(await scene().open(), 'made', 'bing')).toMatchObject({ token });
  });
});

describe('a connection to the simulator', () => {
  const tags = { microsoft: { mode: 'load', tagId: '187012345' } } as const;
  const collects = { readsSecrets: false, endpoints: {}, allowPrivateDestinations: false };

  it.each([
    ['a gateway whose simulator did not start', {}, undefined],
    ['a gateway that only collects', { rules: collects }, true],
  ])('keeps the real tag off the pages of %s', async (_, more, isSimulated) => {
    const registry = await scene().open();
    await registry.createSite({ id: 'made', domains: ['made.example'], tags });
    const simulated = { id: 'bing', destination: 'microsoft', settings: {}, simulator: true };
    await scene().store.saveDashboardConnection({ site: 'made', id: 'bing', config: simulated, secrets: {} });
    const find = async () => (await scene().open({}, more)).sites().find(({ id }) => id === 'made');
    const site = await find();
    expect(site?.connections[0]?.isSimulated).toBe(isSimulated);
    expect(site && getSiteTags(site).drivers).toEqual({});
    await scene().store.saveDashboardConnection({
      site: 'made',
      id: 'bing',
      config: { ...simulated, enabled: false },
      secrets: {},
    });
    const disabled = await find();
    expect(disabled && getSiteTags(disabled).drivers).toHaveProperty('microsoft');
  });
});

describe('a site in both the dashboard and the config file', () => {
  it('runs as in the file; the other is logged and can be removed', async () => {
    const registry = await scene().openWithSite();
    await registry.connections.put('made', 'bing', undefined, bing);
    await registry.connections.put('shop', 'second', undefined, bing);
    const second = { id: 'second', destination: 'microsoft', settings: { tagId: '2', token: 'x' } };
    scene().config = JSON.stringify({
      sites: [
        { ...fileSite, connections: [...fileSite.connections, second] },
        { ...fileSite, id: 'made', writeKey: 'wk_of_the_file', secretKeys: [], connections: [] },
      ],
    });
    const next = await scene().open();
    expect(listIds(next.sites())).toEqual(['shop', 'made']);
    expect(next.entry('made')).toMatchObject({ origin: 'file', problem: expect.stringContaining('is used') });
    // The dashboard's connections belong to the site, regardless of its origin.
    expect(getSettings(next, 'made', 'bing')).toMatchObject({ token });
    expect(getSettings(next, 'shop', 'second')).toMatchObject({ tagId: '2' });
    expect(scene().logged.join('')).toContain('is used');
    await next.connections.remove('shop', 'second');
    expect(await next.removeSite('made')).toBe('done');
    expect(next.entries().flatMap(({ problem, connections }) => [problem, ...connections.map((one) => one.problem)])).toEqual(
      expect.not.arrayContaining([expect.any(String)]),
    );
    expect(getSettings(next, 'made', 'bing')).toMatchObject({ token });
  });

  it('does not run if the file has its write key', async () => {
    const registry = await scene().openWithSite();
    const { writeKey } = registry.entry('made')?.site ?? {};
    scene().config = JSON.stringify({ sites: [{ ...fileSite, writeKey }] });
    const next = await scene().open();
    expect(listIds(next.sites())).toEqual(['shop']);
    expect(next.entry('made')).toMatchObject({ runs: false, problem: expect.stringContaining('one of its keys') });
  });

  it('does not run if another site of the file has its secret key, until the key is removed', async () => {
    const registry = await scene().openWithSite();
    const created = await registry.createKey('made', 'secret');
    if (!('key' in created)) throw new Error('it was just made');
    scene().config = JSON.stringify({ sites: [{ ...fileSite, secretKeys: [created.key] }] });
    const next = await scene().open();
    expect(listIds(next.sites())).toEqual(['shop']);
    expect(next.entry('made')).toMatchObject({ runs: false, problem: expect.stringContaining('one of its keys') });
    await next.removeKey('made', created.id);
    expect(listIds(next.sites())).toEqual(['shop', 'made']);
  });

  it('does not prevent the start if it is invalid, and can be corrected', async () => {
    await scene().openWithSite();
    await scene().store.saveDashboardSite({
      id: 'old',
      config: { id: 'old', domains: 'not a list', writeKey: 'wk_old_example', name: 'Old', gone: 1 },
      secretKeys: [],
      oldWriteKeys: [],
      webhookSecrets: [],
    });
    await scene().store.saveDashboardConnection({
      site: 'made',
      id: 'old',
      config: { id: 'old', destination: 'gone' },
      secrets: {},
    });
    const registry = await scene().open();
    expect(listIds(registry.sites())).toEqual(['shop', 'made']);
    expect(registry.entry('old')).toMatchObject({ runs: false, site: { name: 'Old', domains: [], writeKey: 'wk_old_example' } });
    expect(registry.entry('old')?.problem).toContain('`domains`: Must be a list of domain names.');
    expect(registry.entry('made')?.connections[0]).toMatchObject({ id: 'old', problem: expect.stringContaining('settings') });
    expect(await registry.removeSite('old')).toBe('done');
    expect(await registry.connections.remove('made', 'old')).toHaveProperty('site');
  });
});
