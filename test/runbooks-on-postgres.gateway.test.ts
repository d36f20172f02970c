import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { runStatement } from '../scripts/run-statement.ts';
import { post, purchase } from './gateway.fixture.ts';
import { hasPostgres, testServerVariable } from './postgres.fixture.ts';
import { expectSeries, readSeries, runbookTimeoutMs, useRunbookScene } from './runbooks.fixture.ts';

const timeout = runbookTimeoutMs;

describe.skipIf(!hasPostgres)('the runbook of several gateways', () => {
  const { vendor, start, cleanUp, expectDelivered } = useRunbookScene();
  const server = process.env[testServerVariable] ?? '';
  let name: string;
  beforeEach(async () => {
    vi.stubEnv('CONVEY_SECRETS_KEY', randomBytes(32).toString('hex'));
    name = `runbook_${randomBytes(6).toString('hex')}`;
    await administer(`CREATE DATABASE ${name}`);
    // The gateways end before.
    cleanUp(async () => {
      for (const one of [name, `${name}_backup`, `${name}_lost`]) await administer(`DROP DATABASE IF EXISTS ${one} WITH (FORCE)`);
    });
  });
  const administer = (statement: string) => runStatement(`${server}/postgres`, statement);
  const setAway = async (isAway: boolean) => {
    await administer(`ALTER DATABASE ${name} ALLOW_CONNECTIONS ${!isAway}`);
    if (isAway) await administer(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`);
  };

  it('leads from a lost database to one that was restored from a backup', { timeout }, async () => {
    const gateway = await start({ store: `${server}/${name}` });
    await post(gateway.url, [purchase('before')]);
    await expectDelivered('before');
    await setAway(true);
    await administer(`CREATE DATABASE ${name}_backup TEMPLATE ${name}`);
    await setAway(false);
    const gap = ['gap-1', 'gap-2', 'gap-3'];
    for (const id of gap) await post(gateway.url, [purchase(id)]);
    await expectDelivered(...gap);

    await setAway(true);
    expect(await post(gateway.url, [purchase('spooled')])).toMatchObject({ accepted: 1 });
    await expectSeries(gateway, 'convey_spool_records', 1);
    expect(await readSeries(gateway, 'convey_spool_seconds')).toBeGreaterThan(0);
    expect((await gateway.run('connections', 'list')).stderr).toContain('database');
    await administer(`ALTER DATABASE ${name} RENAME TO ${name}_lost`);
    await administer(`ALTER DATABASE ${name}_backup RENAME TO ${name}`);

    await expectSeries(gateway, 'convey_database_went_back_total', 1);
    await expectDelivered('spooled');
    await expectSeries(gateway, 'convey_spool_records', 0);
    expect(await readSeries(gateway, 'convey_spool_lost_total')).toBe(0);
    // The events of the gap are lost, and are new when their sender repeats them. The platform merges them by their ids.
    for (const id of gap) expect(await post(gateway.url, [purchase(id)])).toMatchObject({ accepted: 1, duplicates: 0 });
    await expect.poll(() => gap.map((id) => vendor().acceptedEvents.get(id)?.length), { timeout: 40_000 }).toEqual([2, 2, 2]);
    expect((await gateway.run('connections', 'list')).stdout).toMatch(/shop\/bing .* healthy/);
    expect((await gateway.run('activity', 'verify')).code).toBe(0);
  });

  it('starts a gateway that delivers, and one with an empty folder when all are gone', { timeout }, async () => {
    const store = `${server}/${name}`;
    const first = await start({ store });
    const collector = await start({ store, roles: ['collect', 'admin'] });
    await first.stop();
    await expectSeries(collector, 'convey_nodes{role="deliver"}', 0);
    await post(collector.url, [purchase('waits')]);
    await expectSeries(collector, 'convey_sites_without_holder', 1);
    expect(vendor().acceptedEvents.has('waits')).toBe(false);
    const second = await start({ store });
    await expectDelivered('waits');
    await expectSeries(collector, 'convey_nodes{role="deliver"}', 1);
    await expectSeries(collector, 'convey_sites_without_holder', 0);

    await Promise.all([collector.stop(), second.stop()]);
    const only = await start({ store });
    await post(only.url, [purchase('afterwards')]);
    await expectDelivered('afterwards');
    await expectSeries(only, 'convey_nodes{role="deliver"}', 1);
    expect(await readSeries(only, 'convey_spool_records')).toBe(0);
  });
});
