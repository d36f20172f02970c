import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { hasPostgres } from '../../test/postgres.fixture.ts';
import { type MicrosoftSimulator, startMicrosoftSimulator } from '../simulators/microsoft/simulator.ts';
import { createPostgresStore } from '../storage/store/postgres/postgres-store.ts';
import { createStoreDatabase, type StoreDatabase } from '../storage/store/postgres/store-database.fixture.ts';
import { connectBing, createAccountWorld } from './account-world.fixture.ts';
import { parseGoalCheck } from './goal-check.ts';

const start = 1_795_514_400_000;
const isPath = (end: string) => (path: string) => path.endsWith(end);

describe.skipIf(!hasPostgres)('two gateways on one PostgreSQL', () => {
  let stored: StoreDatabase;
  let simulator: MicrosoftSimulator;
  let now: number;
  let ids: number;
  beforeAll(async () => {
    stored = await createStoreDatabase();
  });
  afterAll(() => stored.drop());
  beforeEach(async () => {
    [now, ids] = [start, 0];
    await stored.server.empty();
    simulator = await startMicrosoftSimulator({ port: 0, clients: { app: 'app-secret' }, now: () => now });
  });
  afterEach(() => simulator.close());

  const open = (gateway: string) => {
    const newId = () => {
      ids += 1;
      return `g-${ids}`;
    };
    const store = createPostgresStore(stored.database);
    return createAccountWorld({ store, endpoint: simulator.url, now: () => now, newId, gateway });
  };

  it('make no goal twice, and both report that it counts', async () => {
    const [one, other] = [open('one'), open('other')];
    const grant = await connectBing(one);
    const made = await Promise.all([one, other].map(({ goalChecks }) => goalChecks.make(grant, ['Search'])));
    const counted = { check: { events: [{ event: 'Search', countedBy: ['Search (Convey)'] }] } };
    expect(made).toMatchObject([{ value: { result: counted } }, { value: { result: counted } }]);
    expect(made.flatMap((one) => ('value' in one ? one.value.made : []))).toEqual([{ event: 'Search' }]);
    expect([...one.urls, ...other.urls].filter(isPath('/ConversionGoals'))).toHaveLength(1);
  });

  it('wait for the one that makes goals, give up after a while, and go on once its lease has ended', async () => {
    const [one, other] = [open('one'), open('other')];
    const grant = await connectBing(one);
    const lease = await one.store.acquireLease('goals:', 'one', 60_000);
    expect(await other.goalChecks.make(grant, ['Search'])).toMatchObject({ failure: { code: 'making-elsewhere' } });
    if (lease) await one.store.releaseLease(lease);
    expect(await other.goalChecks.make(grant, ['Search'])).toMatchObject({ value: { made: [{ event: 'Search' }] } });
  });

  it('check the goals of a day once, and both read the stored result', async () => {
    const [one, other] = [open('one'), open('other')];
    await connectBing(one);
    for (const day of [0, 1]) {
      now = start + day * 86_400_000;
      await Promise.all([one, other].map(({ goalChecks }) => goalChecks.checkDue()));
      expect([...one.urls, ...other.urls].filter(isPath('/ConversionGoals/QueryByTagIds'))).toHaveLength(day + 1);
      for (const { accounts } of [one, other]) {
        const grant = await accounts.findGrant('shop', 'bing');
        expect(parseGoalCheck(grant?.goalCheck, '187012345')).toMatchObject({
          checkedAt: now,
          check: { events: [{ event: 'Search' }] },
        });
      }
    }
  });
});
