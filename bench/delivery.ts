import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { Agent, request } from 'undici';
import type { Config } from '../src/config/config.ts';
import { decide } from '../src/delivery/planning/decide.ts';
import type { HttpRequest } from '../src/destinations/kit/destination.ts';
import { startOffset } from '../src/storage/log/event-log.ts';
import { openSqliteLog } from '../src/storage/log/sqlite-log.ts';
import { readCpu, startChild, startedReply } from './child.ts';
import { fillLog } from './fill-log.ts';
import { type Bench, compareRounds, interleave, median, type Row } from './interleaved-rounds.ts';
import { toLoadedEvent } from './loaded-event.ts';
import { measureRun, type RunCost, startOnce } from './measured-run.ts';
import { shopConfig, siteId, withTemporaryFolder } from './workspace.ts';

/**
 * Measures how fast a gateway that starts on a full log delivers it to the simulator in a separate process: after the identity
 * consumer, the identity consumer alone, and both at once. The reference sends the same prepared requests one after the other, which
 * is the maximum speed of one sender.
 */
export function measureDelivery({ size, gatewayProcess, progress }: Bench): Promise<readonly Row[]> {
  return withTemporaryFolder(async (folder) => {
    const events = size.deliveredEvents;
    const simulator = startChild(new URL('./children/simulator.ts', import.meta.url));
    try {
      const { url: endpoint } = await simulator.request({ do: 'start' }, startedReply);
      const full = join(folder, 'full');
      const config = shopConfig({ dataDir: full, endpoint, enabled: true });
      await startOnce(config);
      const lastId = await fillLog(config, 0, events);
      const requests = await prepareRequests(config);
      progress(`delivery: log of ${events} events written`);

      const run = async (name: string, enabled: boolean) => {
        const workspace = { dataDir: join(folder, name), endpoint, enabled };
        await simulator.request({ do: 'forget' }, startedReply);
        const cpuBefore = await readCpu(simulator);
        const cost = await measureRun(workspace, { lastId, events }, gatewayProcess);
        return { ...cost, simulatorMicros: (await readCpu(simulator)) - cpuBefore };
      };
      const copy = (name: string) => cpSync(full, join(folder, name), { recursive: true });
      const runGateway = async (round: number) => {
        copy(`separate-${round}`);
        copy(`both-${round}`);
        const identity = await run(`separate-${round}`, false);
        return { identity, delivery: await run(`separate-${round}`, true), both: await run(`both-${round}`, true) };
      };
      const runReference = async () => {
        await simulator.request({ do: 'forget' }, startedReply);
        return events / (await sendAll(requests));
      };

      const pairs = await interleave(size.rounds, runGateway, runReference);
      progress('delivery: delivered');
      const toRowFields = (name: 'delivery' | 'identity' | 'both') => {
        const runs: readonly RunCost[] = pairs.map(({ subject }) => subject[name]);
        return {
          unit: 'events per CPU second',
          convey: median(runs.map(({ cpuMicros }) => (events / cpuMicros) * 1_000_000)),
          notes: {
            perSecond: median(runs.map(({ seconds }) => events / seconds)),
            cpuMicrosPerEvent: median(runs.map(({ cpuMicros }) => cpuMicros / events)),
          },
        };
      };
      return [
        {
          what: `delivery of ${events} logged events`,
          ...toRowFields('delivery'),
          aim: { of: 'figure', bound: 'at least', value: 20_000 },
        },
        { what: 'identity consumer before delivery', ...toRowFields('identity') },
        { what: 'identity consumer and delivery at once', ...toRowFields('both') },
        {
          what: `delivery of ${events} logged events`,
          unit: 'events/s',
          ...compareRounds(
            'prepared requests, one after the other',
            pairs.map(({ subject, reference }) => ({ subject: events / subject.delivery.seconds, reference })),
          ),
          notes: {
            simulatorCpuMicrosPerEvent: median(pairs.map(({ subject }) => subject.delivery.simulatorMicros / events)),
          },
        },
      ];
    } finally {
      await simulator.stop();
    }
  });
}

/** Returns the requests that a gateway would send for the log's events. */
async function prepareRequests({ dataDir, sites, getPlatform }: Config): Promise<readonly HttpRequest[]> {
  const [site] = sites;
  const [connection] = site?.connections ?? [];
  if (!site || !connection) throw new Error('The benchmark has no connection');
  const destination = getPlatform(connection);
  const context = { destination, bots: site.bots, purchaseHoldMs: 0, purchases: site.purchases, now: Date.now() };
  const log = await openSqliteLog(join(dataDir, 'log.db'), { now: Date.now });
  const requests: HttpRequest[] = [];
  const max = { records: destination.limits.batchSize, bytes: Number.POSITIVE_INFINITY };
  for (let page = await log.read(siteId, startOffset, max); page.records.length > 0; ) {
    const texts = page.records.flatMap((record) => {
      const decision = decide(toLoadedEvent(record), context);
      return 'member' in decision ? [decision.member.text] : [];
    });
    requests.push(destination.encode(texts));
    page = await log.read(siteId, page.lastOffset, max);
  }
  await log.close();
  return requests;
}

/** Returns the duration in seconds. */
async function sendAll(requests: readonly HttpRequest[]): Promise<number> {
  const agent = new Agent({ connections: 1, pipelining: 1 });
  const startedAt = performance.now();
  for (const { url, method, headers, body } of requests) {
    const response = await request(url, { method, headers, body, dispatcher: agent });
    await response.body.text();
    if (response.statusCode !== 200) throw new Error(`The simulator answered ${response.statusCode}`);
  }
  const seconds = (performance.now() - startedAt) / 1_000;
  await agent.close();
  return seconds;
}
