import { expect, it } from 'vitest';
import { requestOverSocket } from '../../../src/cli/cli-context.ts';
import { secondMs } from '../../../src/event/units.ts';
import { eventually, post, purchase, tagId } from '../../gateway.fixture.ts';
import { addFaultRow, pickByScale, scale } from '../fault-scale.ts';
import { startCluster } from './cluster.ts';
import { createDatabaseOrSkip } from './postgres-or-skip.ts';

const rounds = pickByScale({ part: 0, whole: 10, nightly: 200 });
const maxMs = secondMs;

it.skipIf(scale === 'part')(
  'a change at one gateway is known to the others within a second, and of two at once one wins',
  {
    timeout: 120_000 + rounds * 20_000,
  },
  async (context) => {
    const database = await createDatabaseOrSkip(context, 'M8');
    const cluster = await startCluster(context, { nodes: 3, sites: ['shop'], url: database.url });
    const [a, b, c] = cluster.nodes;
    const [collector, other] = [b?.running?.url, c?.running?.url];
    if (!a || !b || !c || collector === undefined || other === undefined) throw new RangeError('three nodes run');
    /** The longest time until a change was known, by change. */
    const longestMs = { key: 0, pause: 0, event: 0, name: 0, removal: 0 };
    const measure = async (change: keyof typeof longestMs, condition: () => Promise<boolean>) => {
      const startedAt = performance.now();
      expect(await eventually(condition, 30_000)).toBe(true);
      longestMs[change] = Math.max(longestMs[change], performance.now() - startedAt);
    };
    let conflicts = 0;
    for (let round = 0; round < rounds; round += 1) {
      const site = `made-${round}`;
      const target = { site, connection: 'bing' };
      // A makes a site, a key and a connection; B collects with the key.
      await a.ask('POST /api/sites', {}, { id: site, domains: [`${site}.example`] });
      await a.ask('PUT /api/sites/:site/connections/:connection', target, {
        destination: 'microsoft',
        settings: { tagId, token: 'good-token' },
      });
      const { key } = await a.ask('POST /api/sites/:site/keys', { site }, { kind: 'secret' });
      const sendTo = (url: string, id: string) => post(url, [purchase(id)], key).then(Boolean, () => false);
      await measure('key', () => sendTo(collector, `${site}-first`));
      // C pauses; A shows it.
      const showsPause = async (isPaused: boolean) => {
        const view = (await a.ask('GET /api/connections', {})).find((one) => one.site === site);
        return (view?.health === 'paused') === isPaused;
      };
      await eventually(() =>
        c.ask('POST /api/sites/:site/connections/:connection/:action', { ...target, action: 'pause' }).then(Boolean, () => false),
      );
      await measure('pause', () => showsPause(true));
      await c.ask('POST /api/sites/:site/connections/:connection/:action', { ...target, action: 'resume' });
      await measure('pause', () => showsPause(false));
      // A streams what C collects.
      const stream = await requestOverSocket({ dataDir: a.dataDir }, 'GET', `/api/sites/${site}/stream`);
      let streamed = '';
      stream?.on('data', (chunk: Buffer) => {
        streamed += chunk.toString();
      });
      expect(await eventually(() => sendTo(other, `${site}-second`))).toBe(true);
      await measure('event', async () => streamed.includes(`${site}-second`));
      stream?.destroy();
      // Two change the site at once.
      const { revision } = await a.ask('GET /api/sites/:site', { site });
      const results = await Promise.allSettled(
        [a, b].map((node) => node.ask('PATCH /api/sites/:site', { site }, { revision, name: `by ${node.name}` })),
      );
      const winners = results.filter(({ status }) => status === 'fulfilled');
      conflicts += results.length - winners.length;
      expect(winners).toHaveLength(1);
      const names = () => Promise.all(cluster.nodes.map(async ({ ask }) => (await ask('GET /api/sites/:site', { site })).name));
      await measure('name', async () => new Set(await names()).size === 1);
      expect((await names())[0]).toMatch(/^by node-/);
      await a.ask('DELETE /api/sites/:site', { site });
      await measure('removal', async () => !(await sendTo(collector, `${site}-late`)));
    }
    for (const [change, ms] of Object.entries(longestMs)) expect(ms, change).toBeLessThan(maxMs);
    await cluster.drivers[0]?.send(cluster.balancer.url, 20);
    addFaultRow(context, {
      fault: 'M8',
      scenario: 'site made on A, collected on B, paused on C, streamed on A; two changes at once',
      amount: `${rounds} rounds`,
      expected: 'each is known everywhere within a second; one of two changes wins',
      observed: `${Object.entries(longestMs)
        .map(([change, ms]) => `${change} ${(ms / secondMs).toFixed(2)} s`)
        .join(', ')} at most; ${conflicts} of ${rounds} second changes refused`,
    });
  },
);
