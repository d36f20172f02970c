import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { eventFixture } from '../../destinations/kit/event.fixture.ts';
import type { Site } from '../../event/site.ts';
import { createLogger } from '../../logger.ts';
import { openKeyRing } from '../../sites/key-ring.ts';
import { SiteRegistry } from '../../sites/site-registry.ts';
import type { Store } from '../../storage/ports/store.ts';
import { EmptiedStore } from '../../storage/store/sqlite/emptied-store.fixture.ts';
import { ApiErrorResult } from '../http/api-errors.ts';
import { QueueFullError } from '../http/task-queue.ts';
import { createRuleHandlers } from './handlers.ts';

const getIssues = (result: unknown) => (result instanceof ApiErrorResult ? (result.issues ?? []) : []);

const orders = [3, 2, 1].map((index) => ({
  offset: String(index),
  event: eventFixture.parse({
    name: 'Purchase',
    id: `ord-${index}`,
    time: 1_795_514_400_000 + index,
    identity: { forms: { emailPlain: 'a'.repeat(64) }, clickIds: {} },
    client: { ip: '203.0.113.7', country: 'DE' },
    commerce: { value: index * 10, currency: 'EUR', orderId: `ord-${index}`, tags: index === 2 ? ['wholesale'] : [] },
    properties: { tier: 'gold' },
  }),
}));

const wholesale = {
  id: 'wholesale',
  name: 'Wholesale',
  when: { field: 'commerce.tags', is: 'contains', value: 'WHOLE' },
  then: { skip: true },
};
const rename = { id: 'rename', when: { field: 'commerce.value', is: 'greater', value: 25 }, then: { rename: 'BigOrder' } };

const account = { role: 'owner', sites: [], password: 'stretched', createdAt: 1 } as const;

describe('the rules of the API', () => {
  const dir = mkdtempSync(join(tmpdir(), 'convey-rules-'));
  let now = 1_795_514_400_000;
  let emptied: EmptiedStore;
  let store: Store;
  let applied: readonly Site[] = [];
  let loading = 0;
  let mostLoading = 0;
  async function* loadNewestEvents() {
    loading += 1;
    mostLoading = Math.max(mostLoading, loading);
    for (const order of orders) yield [order];
    loading -= 1;
  }
  const open = async () => {
    const logger = createLogger('silent', { write: () => {} });
    const registry = await SiteRegistry.open({
      file: {
        sites: [],
        getPlatform: () => {
          throw new Error('the config file has no site');
        },
      },
      rules: { endpoints: {}, allowPrivateDestinations: true },
      store,
      keys: openKeyRing(join(dir, 'secrets.key'), {}),
      wasThere: async () => false,
      apply: async (sites) => {
        applied = sites;
      },
      now: () => now,
      logger,
    });
    return { registry, handlers: createRuleHandlers({ registry, store, loadNewestEvents }, () => now) };
  };
  let handlers: Awaited<ReturnType<typeof open>>['handlers'];
  let registry: SiteRegistry;
  const put = (rules: readonly object[], connection?: string, account = 'jane') =>
    handlers['PUT /api/sites/:site/rules'](
      { site: 'shop' },
      { rules: JSON.parse(JSON.stringify(rules)), ...(connection !== undefined && { connection }) },
      { account },
    );
  const preview = (body: { connection?: string; rules?: object[] }) =>
    handlers['POST /api/sites/:site/rules/preview']({ site: 'shop' }, JSON.parse(JSON.stringify(body)), {});

  beforeAll(async () => {
    emptied = await EmptiedStore.open(() => now);
    store = emptied.store;
    for (const name of ['jane', 'joe']) await store.addAccount({ ...account, name });
    ({ registry, handlers } = await open());
    await registry.createSite({ id: 'shop', domains: ['shop.example'] });
    const settings = { tagId: '187012345', token: 'a-token' };
    await registry.connections.put('shop', 'bing', undefined, { destination: 'microsoft', settings });
  });
  afterAll(() => {
    emptied.close();
    rmSync(dir, { recursive: true });
  });

  it('store the rules of the site and of a connection, and apply them at once', async () => {
    await put([wholesale]);
    await put([rename], 'bing', 'joe');
    expect(applied[0]).toMatchObject({
      rules: [{ id: 'wholesale', enabled: true }],
      connections: [{ rules: [{ id: 'rename' }] }],
    });
    const read = await handlers['GET /api/sites/:site/rules']({ site: 'shop', versions: 20 }, {}, {});
    expect(read).toMatchObject({
      lists: [
        { origin: 'dashboard', rules: [{ text: 'If the tags of order and customer contain “WHOLE”: skip the event.' }] },
        { connection: 'bing', rules: [{ text: 'If the value is greater than 25: rename it to BigOrder.' }] },
      ],
    });
  });

  it('keep them when the settings of the connection change, and after a restart', async () => {
    const settings = { tagId: '187012346' };
    await registry.connections.put('shop', 'bing', undefined, { destination: 'microsoft', settings });
    ({ registry, handlers } = await open());
    expect(registry.sites()[0]).toMatchObject({ rules: [wholesale], connections: [{ settings, rules: [{ id: 'rename' }] }] });
  });

  it('list their history: the changes, the time and the account of each', async () => {
    now += 60_000;
    await put(
      [
        { ...wholesale, enabled: false },
        { ...rename, id: 'other', name: 'Other' },
      ],
      undefined,
      'joe',
    );
    const read = await handlers['GET /api/sites/:site/rules']({ site: 'shop', versions: 20 }, {}, {});
    if (read instanceof ApiErrorResult) throw new Error(read.code);
    expect(read.history).toMatchObject([
      { at: now, by: 'joe', changes: ['Added “Other”.', 'Turned off “Wholesale”.'] },
      { connection: 'bing', by: 'joe', changes: ['Added “rename”.'] },
      { by: 'jane', changes: ['Added “Wholesale”.'] },
    ]);
    const newest = await handlers['GET /api/sites/:site/rules']({ site: 'shop', versions: 1 }, {}, {});
    expect(newest).toMatchObject({ history: [read.history[0], read.history[1]] });
    await put([wholesale]);
  });

  it('name no other person who has the name of a removed account', async () => {
    await store.removeAccount('joe');
    await store.addAccount({ ...account, name: 'joe', createdAt: now });
    const read = await handlers['GET /api/sites/:site/rules']({ site: 'shop', versions: 20 }, {}, {});
    const removed = 'an account that was removed';
    expect(read).toMatchObject({ history: [{ by: 'jane' }, { by: removed }, { by: removed }, { by: 'jane' }] });
  });

  it('change together with their history, or not at all', async () => {
    const failing = vi.spyOn(store, 'addRuleChange').mockRejectedValueOnce(new Error('The disk is full.'));
    await expect(put([{ ...wholesale, name: 'Lost' }])).rejects.toThrow('The disk is full.');
    failing.mockRestore();
    ({ registry, handlers } = await open());
    expect(registry.sites()[0]?.rules).toMatchObject([wholesale]);
    const read = await handlers['GET /api/sites/:site/rules']({ site: 'shop', versions: 20 }, {}, {});
    expect(read).toMatchObject({ history: [{ by: 'jane' }, {}, {}, { by: 'jane' }] });
  });

  it('preview other rules on past events, without storing them', async () => {
    const result = await preview({ connection: 'bing', rules: [{ ...rename, then: { also: { name: 'BigOrder' } } }] });
    expect(result).toMatchObject({
      events: 3,
      connections: [
        {
          connection: 'bing',
          skipped: 1,
          renamed: 0,
          added: 1,
          rules: [
            { id: 'wholesale', events: 1 },
            { id: 'rename', events: 1 },
          ],
          affected: [
            { id: 'ord-3', effects: ['Rule “rename” would add the event BigOrder with the id ord-3~rename.'] },
            { id: 'ord-2', effects: ['Rule “Wholesale” would skip the event.'] },
          ],
        },
      ],
    });
    expect(registry.sites()[0]?.connections[0]?.rules).toMatchObject([{ then: { rename: 'BigOrder' } }]);
  });

  it('preview one list at a time, and refuse more than eight requests at once', async () => {
    const results = await Promise.all([preview({}), preview({}), preview({})]);
    expect([results.length, mostLoading]).toEqual([3, 1]);
    const many = await Promise.allSettled(Array.from({ length: 10 }, () => preview({})));
    const refused = many.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
    expect(refused).toEqual([expect.any(QueueFullError), expect.any(QueueFullError)]);
    expect(await preview({})).not.toBeInstanceOf(ApiErrorResult);
  });

  it('name every problem of refused rules by its field', async () => {
    const result = await put([
      { ...wholesale, then: {} },
      { ...rename, when: { field: 'user.email', is: 'contains', value: 'x' } },
    ]);
    if (!(result instanceof ApiErrorResult)) throw new Error('the rules were stored');
    expect(result.issues?.map(({ field }) => field)).toEqual(['rules[0].then', 'rules[1].when.is']);
    expect(getIssues(await put([rename]))).toMatchObject([{ field: 'rules[0].id' }]);
    expect(getIssues(await put([rename, wholesale], 'bing'))).toMatchObject([{ field: 'rules[1].id' }]);
  });

  it('refuse a new name that a browser tag would not know, warn of what it reports itself, and refuse a tag that would not know the names of the rules', async () => {
    await put([], 'bing');
    await registry.changeSite('shop', undefined, { tags: { microsoft: { mode: 'attach', tagId: '187012345' } } });
    const [refusal] = getIssues(await put([rename], 'bing'));
    expect(refusal).toMatchObject({
      field: 'rules[0].then.rename',
      message: expect.stringMatching(
        /in rule “rename” while the tag `tags\.microsoft` is on\..*connection `bing`.*Turn the tag off, or add an event with `also`/,
      ),
    });
    const byName = { ...rename, when: { field: 'name', is: 'equals', value: 'Purchase' } };
    expect(getIssues(await put([byName], 'bing'))[0]?.message).toContain('or set the name in `eventNames` of the connection');
    expect(getIssues(await preview({ connection: 'bing', rules: [rename] }))).toEqual([refusal]);
    const serverOnly = { all: [rename.when, { field: 'source', is: 'not-equals', value: 'browser' }] };
    expect(await put([{ ...rename, when: serverOnly }], 'bing')).toMatchObject({ code: 'parameter-invalid' });
    const add = { id: 'add', then: { also: { name: 'Lead' } } };
    expect(await put([{ ...add, when: rename.when }], 'bing')).toMatchObject({ issues: [{ field: 'rules[0].then.also' }] });
    expect(await put([{ ...add, when: serverOnly }], 'bing')).not.toBeInstanceOf(ApiErrorResult);
    const first = { ...add, when: rename.when, then: { also: { name: 'FirstOrder' } } };
    expect(await put([first], 'bing')).not.toBeInstanceOf(ApiErrorResult);
    const net = { id: 'net', then: { set: { 'commerce.value': 1 } } };
    const netRules = [
      { ...net, when: rename.when },
      { ...net, id: 'server', when: serverOnly },
    ];
    const previewed = await preview({ connection: 'bing', rules: netRules });
    if (previewed instanceof ApiErrorResult) throw new Error(previewed.code);
    expect(previewed.list).toMatchObject([
      {
        text: expect.stringMatching(/^If the value/),
        warning: expect.stringContaining('still reports the values before this rule'),
      },
      { id: 'server' },
    ]);
    expect(previewed.list[1]).not.toHaveProperty('warning');
    const warned = await put(netRules, 'bing');
    if (warned instanceof ApiErrorResult) throw new Error(warned.code);
    expect(warned.lists.map(({ rules }) => rules.map(({ warning }) => warning))).toEqual([
      [expect.stringContaining('still reports the events that this rule skips')],
      [expect.stringContaining('still reports the values before this rule'), undefined],
    ]);
    await registry.changeSite('shop', undefined, { tags: { microsoft: { mode: 'off' } } });
    await put([rename], 'bing');
    const refused = await registry.changeSite('shop', undefined, { tags: { microsoft: { mode: 'attach' } } });
    expect(refused).toMatchObject({ refused: 'parameter-invalid', issues: [{ field: 'connections[0].rules[0].then.rename' }] });
  });

  it('begin without a history when the connection that had their id was removed', async () => {
    const list = async () => {
      const read = await handlers['GET /api/sites/:site/rules']({ site: 'shop', versions: 20 }, {}, {});
      if (read instanceof ApiErrorResult) throw new Error(read.code);
      return read.history.filter(({ connection }) => connection === 'other').map(({ changes }) => changes);
    };
    const add = () => {
      const settings = { tagId: '187012399', token: 'a-token' };
      return registry.connections.put('shop', 'other', undefined, { destination: 'microsoft', settings });
    };
    await add();
    await put([{ ...rename, id: 'of-other' }], 'other');
    expect(await list()).toEqual([['Added “of-other”.']]);
    await registry.connections.remove('shop', 'other');
    await add();
    expect(await list()).toEqual([]);
    await put([{ ...rename, id: 'of-other' }], 'other');
    expect(await list()).toEqual([['Added “of-other”.']]);
    await registry.connections.remove('shop', 'other');
  });

  it('suggest the values of fields, and no value of a personal field or of one order', async () => {
    const fields = await handlers['GET /api/sites/:site/rules/fields']({ site: 'shop' }, {}, {});
    if (fields instanceof ApiErrorResult) throw new Error(fields.code);
    const find = (path: string) => fields.find((field) => field.path === path);
    expect(find('commerce.tags')?.values).toEqual([{ value: 'wholesale', events: 1 }]);
    expect(find('properties.tier')).toMatchObject({ type: 'any', values: [{ value: 'gold', events: 3 }] });
    expect(find('user.email')).toMatchObject({ type: 'fact', operators: ['present', 'absent'], values: [] });
    expect(find('commerce.orderId')?.values).toEqual([]);
    expect(JSON.stringify(fields)).not.toMatch(/203\.0\.113\.7|aaaa/);
  });
});
