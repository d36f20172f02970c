import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'vite';
import { expect, it } from 'vitest';
import { root } from '../../gateway.fixture.ts';
import { bundleInto } from '../../setup/bundle-command.ts';
import { addFaultRow, scale } from '../fault-scale.ts';
import { startCluster } from './cluster.ts';
import { createDatabaseOrSkip } from './postgres-or-skip.ts';

/** Makes the next version: its schema has one more step, which adds columns to the busiest tables, as a release may. */
const nextVersion: Plugin = {
  name: 'next-version',
  enforce: 'pre',
  transform(code, id) {
    if (id !== join(root, 'src/storage/postgres-schema.ts')) return undefined;
    const script = ['records', 'attempts', 'connections', 'identity', 'leases']
      .map((table) => `ALTER TABLE ${table} ADD COLUMN next_version text COLLATE "C";`)
      .join('\n');
    const earlier = code.replace('export const schemaSteps', 'const earlierSteps');
    if (earlier === code) throw new Error('postgres-schema.ts has no schemaSteps.');
    return `${earlier}\nexport const schemaSteps = [...earlierSteps, { ...earlierSteps.at(-1), script: ${JSON.stringify(script)} }];`;
  },
};

it.skipIf(scale === 'part')(
  'three gateways are upgraded one after another under load without an error answer, and back',
  {
    timeout: 300_000,
  },
  async (context) => {
    const database = await createDatabaseOrSkip(context, 'M6');
    // In the project, so that it finds the packages outside of the bundle.
    const folder = join(root, 'node_modules/.cache/next-bundle');
    const remove = () => rmSync(folder, { recursive: true, force: true });
    remove();
    context.onTestFinished(remove);
    const script = await bundleInto(folder, [nextVersion]);
    const cluster = await startCluster(context, { nodes: 3, sites: ['shop-0', 'shop-1', 'shop-2'], url: database.url });
    const endLoad = cluster.startLoad(2);
    const replaceAll = async (version: string | undefined) => {
      for (const node of cluster.nodes) {
        await cluster.waitForMore();
        await node.drain();
        await cluster.waitForMore();
        await node.start(version === undefined ? {} : { script: version });
      }
    };
    await replaceAll(script);
    expect(await database.run('SELECT version > 1 AS is_next FROM schema')).toEqual([{ is_next: true }]);
    // The earlier version runs on the next one's schema too, so an upgrade can be taken back.
    await replaceAll(undefined);
    await cluster.waitForMore();
    await endLoad();
    const failures = cluster.drivers.reduce((sum, driver) => sum + driver.failures, 0);
    expect(failures).toBe(0);
    const { summary } = await cluster.check();
    addFaultRow(context, {
      fault: 'M6',
      scenario: 'rolling upgrade to a version with a newer schema under load, and back',
      amount: '6 restarts',
      expected: 'no answer of 500 or more; none lost',
      observed: `${failures} error answers, ${summary}`,
    });
  },
);
