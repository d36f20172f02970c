import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { Agent, request } from 'undici';
import type { Config } from '../src/config/config.ts';
import { decide } from '../src/delivery/planning/decide.ts';
import type { HttpRequest } from '../src/destinations/kit/destination.ts';
import { startOffset } from '../src/storage/log/event-log.ts';
import { openSqliteLog } from '../src/storage/log/sqlite-log.ts';
import { type Child, readCpu, startChild, startedReply } from './child.ts';
import { fillLog } from './fill-log.ts';
import { type Bench, compareRounds, type GatewayBuild, interleave, median, type Row } from './interleaved-rounds.ts';
import { toLoadedEvent } from './loaded-event.ts';
import { fillFolder, measureRun, type RunCost, startOnce } from './measured-run.ts';
import type { DataKind } from './population.ts';
import { shopConfig, siteId, withTemporaryFolder } from './workspace.ts';

const mebibyte = 1024 * 1024;
const referenceName = 'prepared requests, one after the other';

/**
 * Measures how fast a gateway that starts on a full log delivers it to the simulator in a separate process: after the identity
 * consumer, the identity consumer alone, and both at once. The reference sends the same prepared requests one after the other, which
 * is the maximum speed of one sender.
 */
export function measureDelivery(bench: Bench): Promise<readonly Row[]> {
  return withTemporaryFolder(async (folder) => {
    const simulator = startChild(new URL('./children/simulator.ts', import.meta.url));
    try {
      const { url: endpoint } = await simulator.request({ do: 'start' }, startedReply);
      const rows: Row[] = [];
      for (const data of bench.size.data)
        rows.push(...(await measureData(data, { bench, folder: join(folder, data), simulator, endpoint })));
      return rows;
    } finally {
      await simulator.stop();
    }
  });
}

interface DeliveryParts {
  readonly bench: Bench;
  readonly folder: string;
  readonly simulator: Child;
  readonly endpoint: string;
}

async function measureData(data: DataKind, { bench, folder, simulator, endpoint }: DeliveryParts): Promise<readonly Row[]> {
  const { size, build, base, progress } = bench;
  const events = size.deliveredEvents;
  const full = join(folder, 'full');
  const config = shopConfig({ dataDir: full, endpoint, enabled: true });
  await startOnce(config);
  const lastId = await fillLog(config, { from: 0, to: events, data });
  const requests = await prepareRequests(config);
  const fullOfBase = join(folder, 'full-base');
  const lastIdOfBase =
    base && (await fillFolder(base, { dataDir: fullOfBase, endpoint, enabled: true }, { from: 0, to: events, data }));
  progress(`delivery: log of ${events} events written, ${data} data`);

  const run = async (one: GatewayBuild, dataDir: string, enabled: boolean, last: string) => {
    await simulator.request({ do: 'forget' }, startedReply);
    const cpuBefore = await readCpu(simulator);
    const cost = await measureRun({ dataDir, endpoint, enabled }, { lastId: last, events }, one);
    return { ...cost, simulatorMicros: (await readCpu(simulator)) - cpuBefore };
  };
  /** Measures the identity consumer, then the delivery. */
  const runSeparately = async (one: GatewayBuild, from: string, last: string, round: number) => {
    const dataDir = join(folder, `${one.name}-${round}`);
    cpSync(from, dataDir, { recursive: true });
    return { identity: await run(one, dataDir, false, last), delivery: await run(one, dataDir, true, last) };
  };
  const runGateway = async (round: number) => {
    const separate = await runSeparately(build, full, lastId, round);
    if (data === 'ordered') return separate;
    const dataDir = join(folder, `both-${round}`);
    cpSync(full, dataDir, { recursive: true });
    return { ...separate, both: await run(build, dataDir, true, lastId) };
  };
  const runReferences = async (round: number) => {
    await simulator.request({ do: 'forget' }, startedReply);
    const perSecond = events / (await sendAll(requests));
    if (!base || lastIdOfBase === undefined) return { perSecond };
    return { perSecond, base: await runSeparately(base, fullOfBase, lastIdOfBase, round) };
  };
  const pairs = await interleave(size.rounds, runGateway, runReferences);
  progress(`delivery: delivered, ${data} data`);

  type Run = (typeof pairs)[number]['subject'];
  const perCpuSecond = ({ cpuMicros }: RunCost) => (events / cpuMicros) * 1_000_000;
  const toFields = (read: (run: Run) => RunCost | undefined) => {
    const runs = pairs.flatMap(({ subject }) => read(subject) ?? []);
    return {
      unit: 'events per CPU second',
      ...(base
        ? compareRounds(
            base.name,
            pairs.flatMap(({ subject, reference }) => {
              const [own, others] = [read(subject), reference.base && read(reference.base)];
              return own && others ? [{ subject: perCpuSecond(own), reference: perCpuSecond(others) }] : [];
            }),
          )
        : { convey: median(runs.map(perCpuSecond)) }),
      notes: {
        perSecond: median(runs.map(({ seconds }) => events / seconds)),
        cpuMicrosPerEvent: median(runs.map(({ cpuMicros }) => cpuMicros / events)),
        peakMiB: median(runs.map(({ peakBytes }) => peakBytes / mebibyte)),
      },
    };
  };
  const name = `${data} data`;
  const delivered = `delivery of ${events} logged events, ${name}`;
  return [
    {
      what: delivered,
      ...toFields(({ delivery }) => delivery),
      ...(data === 'random' && { aim: { of: 'figure', bound: 'at least', value: 20_000 } }),
    },
    {
      what: `longest block of the event loop, ${delivered}`,
      unit: 'ms',
      convey: median(pairs.map(({ subject }) => subject.delivery.longestBlockMs)),
      aim: { of: 'figure', bound: 'at most', value: 20 },
      notes: {},
    },
    { what: `identity consumer before delivery, ${name}`, ...toFields(({ identity }) => identity) },
    ...(data === 'random'
      ? [
          {
            what: `identity consumer and delivery at once, ${name}`,
            unit: 'events per CPU second',
            convey: median(pairs.flatMap(({ subject }) => ('both' in subject ? [perCpuSecond(subject.both)] : []))),
            notes: {},
          },
        ]
      : []),
    {
      what: delivered,
      unit: 'events/s',
      ...compareRounds(
        referenceName,
        pairs.map(({ subject, reference }) => ({ subject: events / subject.delivery.seconds, reference: reference.perSecond })),
      ),
      notes: {
        simulatorCpuMicrosPerEvent: median(pairs.map(({ subject }) => subject.delivery.simulatorMicros / events)),
      },
    },
  ];
}

/** Returns the requests that a gateway would send for the log's events. */
async function prepareRequests({ dataDir, sites, getPlatform }: Config): Promise<readonly HttpRequest[]> {
  const [site] = sites;
  const [connection] = site?.connections ?? [];
  if (!site || !connection) throw new Error('The benchmark has no connection');
  const destination = getPlatform(connection);
  const context = {
    destination,
    bots: site.bots,
    purchaseHoldMs: 0,
    purchases: site.purchases,
    timeZone: site.timeZone,
    now: Date.now(),
  };
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
