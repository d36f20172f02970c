import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dayMs } from '../../event/units.ts';
import type { PlanDryRun } from '../../ingest/accept/dry-run.ts';
import { createRowImporter } from '../../ingest/server/import-rows.ts';
import { createTestClient, openApi, shop } from '../api.fixture.ts';
import type { ApiClient } from '../client.ts';

const now = 1_795_514_400_000;
const id = '0f'.repeat(16);
const lead = (name: string, more: object = {}) => ({ name: 'Lead', id: name, consent: { adStorage: 'granted' }, ...more });

describe('an import', () => {
  let api: Awaited<ReturnType<typeof openApi>>;
  let woken: string[];
  let time: number;
  beforeEach(async () => {
    api = await openApi();
    woken = [];
    time = now;
  });
  afterEach(() => api.dispose());

  const connect = (site = shop, planDryRun?: PlanDryRun): ApiClient => {
    const rowImporter = createRowImporter({
      append: (records) => api.log.append(records),
      now: () => time,
      newId: () => 'fresh',
      metrics: { countReceived: () => {}, countResults: () => {}, countRefused: () => {} },
      wake: (woke) => woken.push(woke),
      ...(planDryRun && { planDryRun }),
    });
    return createTestClient(api.app({ rowImporter, sites: () => [site], now: () => time }));
  };
  const rows = 'POST /api/sites/:site/imports/:import/rows';
  const params = { site: 'shop', import: id };

  it('stores rows with the line after which it goes on', async () => {
    const ask = connect();
    expect(await ask('POST /api/sites/:site/imports', { site: 'shop' }, { id })).toMatchObject({ id, line: 0 });
    const first = await ask(rows, params, { after: 0, through: 4, events: [lead('a'), { name: '' }, lead('a')], refused: 1 });
    expect(first.results.map(({ result }) => result)).toEqual(['accepted', 'refused', 'repeated']);
    expect(first.results[1]?.issues).toMatchObject([{ field: 'name', code: 'name-missing' }]);
    expect(first.import).toMatchObject({ line: 4, accepted: 1, repeated: 1, refused: 2 });
    expect(woken).toEqual(['shop']);
    const last = await ask(rows, params, { after: 4, through: 6, events: [], repeated: 2, isFinished: true });
    expect(last.import).toMatchObject({ line: 6, accepted: 1, repeated: 3, refused: 2, finishedAt: now });
    const { imports } = await ask('GET /api/sites/:site/imports', { site: 'shop' });
    expect(imports).toEqual([last.import]);
  });

  it('stores nothing from a second process that is at another line', async () => {
    const ask = connect();
    await expect(ask(rows, params, { after: 0, through: 1, events: [lead('a')] })).rejects.toMatchObject({
      code: 'no-such-import',
    });
    await ask('POST /api/sites/:site/imports', { site: 'shop' }, { id });
    await ask(rows, params, { after: 0, through: 1, events: [lead('a')] });
    await expect(ask(rows, params, { after: 0, through: 1, events: [lead('b')] })).rejects.toMatchObject({
      code: 'import-elsewhere',
    });
    expect((await api.log.latest('shop', 9)).records).toHaveLength(1);
  });

  it('waits while the identity consumer or a connection lags over 10 s, and no longer', async () => {
    const ask = connect();
    await ask('POST /api/sites/:site/imports', { site: 'shop' }, { id });
    expect(await ask(rows, params, { after: 0, through: 1, events: [lead('a')] })).not.toHaveProperty('wait');
    const state = 'GET /api/sites/:site/imports/:import';
    time += 10_000;
    expect(await ask(state, params)).not.toHaveProperty('wait');
    time += 1_000;
    expect((await ask(state, params)).wait).toEqual({ consumer: 'identity', seconds: 11 });
  });

  it('refuses rows whose missing consent the policy counts as denied, in a dry run too', async () => {
    const ask = connect({ ...shop, consent: { policy: 'strict' } });
    const events = [{ name: 'Lead', id: 'x' }, lead('a')];
    const { results } = await ask('POST /api/sites/:site/imports/dry-run', { site: 'shop' }, { events });
    expect(results).toMatchObject([
      { result: 'refused', issues: [{ field: 'consent', code: 'consent-unstated' }] },
      { result: 'accepted', id: 'a', consent: 'granted' },
    ]);
    await ask('POST /api/sites/:site/imports', { site: 'shop' }, { id });
    expect((await ask(rows, params, { after: 0, through: 2, events })).import).toMatchObject({ accepted: 1, refused: 1 });
  });

  it('a dry run stores nothing, and lists what each connection would do', async () => {
    const [bing, other] = shop.connections;
    if (!bing || !other) throw new Error('the site has no connections');
    const site = { ...shop, connections: [{ ...bing, takesLate: true as const }, other] };
    const plan = ['bing', 'other'].map((connection) => ({
      ...{ connection, platform: 'Tiny', outcome: 'too-old-on-arrival', says: '' },
      ...{ issues: [], rules: [], checks: [] },
    }));
    const planned: number[] = [];
    const ask = connect(site, async (_, records) => {
      planned.push(records.length);
      return records.map(() => plan);
    });
    const old = new Date(now - 20 * dayMs).toISOString();
    const events = [{ name: '' }, lead('b', { time: old }), lead('c', { name: 'Purchase', time: old })];
    const { results } = await ask('POST /api/sites/:site/imports/dry-run', { site: 'shop' }, { events });
    const tooOld = { outcome: 'too-old-on-arrival' };
    expect(results.map(({ result, plan: of }) => [result, of])).toEqual([
      ['refused', []],
      [
        'accepted',
        [
          { connection: 'bing', ...tooOld },
          { connection: 'other', ...tooOld },
        ],
      ],
      [
        'accepted',
        [
          { connection: 'bing', outcome: 'uploaded' },
          { connection: 'other', ...tooOld },
        ],
      ],
    ]);
    expect(planned).toEqual([2]);
    // Another connection has an account and a goal for late purchases, so that the site accepts them.
    const late = { ...other, takesLate: true as const };
    const askAnother = connect(
      { ...site, connections: [...site.connections.slice(0, 1), late], lateAccounts: ['other'] },
      async () => [plan],
    );
    const one = await askAnother('POST /api/sites/:site/imports/dry-run', { site: 'shop' }, { events: events.slice(2) });
    expect(one.results[0]?.plan).toEqual([
      { connection: 'bing', ...tooOld },
      { connection: 'other', outcome: 'uploaded' },
    ]);
    expect((await api.log.latest('shop', 9)).records).toEqual([]);
    expect((await api.log.latest('shop!rejected', 9)).records).toEqual([]);
    expect(woken).toEqual([]);
  });
});
