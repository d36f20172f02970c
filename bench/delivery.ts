import { randomUUID } from 'node:crypto';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { runningGateway } from '../src/cli/context.ts';
import type { Config } from '../src/config.ts';
import { consider } from '../src/delivery/plan.ts';
import type { HttpRequest } from '../src/destinations/kit/destination.ts';
import { startGateway } from '../src/gateway.ts';
import { takeEvents } from '../src/ingest/take-events.ts';
import { beginning } from '../src/log/log.ts';
import { openSqliteLog } from '../src/log/sqlite.ts';
import { makeLogger } from '../src/telemetry.ts';
import { cpuOf, startChild, started } from './child.ts';
import { sample } from './events.ts';
import { foundOf } from './found.ts';
import { connectionId, inFolder, shopConfig, siteId } from './place.ts';
import { type Bench, compared, interleave, median, type Row } from './rounds.ts';

const eventsPerBody = 500;
const pollMs = 50;
const patienceMs = 240_000;

interface Run {
  readonly perSecond: number;
  readonly cpuMicros: number;
}

/**
 * How fast a gateway that starts on a full log brings it to the simulator, which runs in a process of its own. Beside it: the
 * same requests, ready made, sent one after the other, which is as fast as one sender can be here.
 */
export function measureDelivery({ size, gatewayOptions, progress }: Bench): Promise<readonly Row[]> {
  return inFolder(async (folder) => {
    const events = size.deliveredEvents;
    const simulator = startChild(new URL('./children/simulator.ts', import.meta.url));
    try {
      const { url: endpoint } = await simulator.ask({ do: 'start' }, started);
      const full = join(folder, 'full');
      const config = shopConfig({ dataDir: full, endpoint, enabled: true });
      await enlist(config);
      const lastId = await fillLog(config, events);
      const requests = await readyRequests(config);
      progress(`delivery: a log of ${events} events stands`);

      const runGateway = async (enabled: boolean, round: number): Promise<Run> => {
        const dataDir = join(folder, `${enabled ? 'deliver' : 'identify'}-${round}`);
        cpSync(full, dataDir, { recursive: true });
        await simulator.ask({ do: 'forget' }, started);
        const place = { dataDir, endpoint, enabled };
        const gateway = startChild(new URL('./children/gateway.ts', import.meta.url), gatewayOptions);
        try {
          const cpuBefore = await cpuOf(gateway);
          const startedAt = performance.now();
          await gateway.ask({ do: 'start', ...place }, started);
          await arrival(shopConfig(place), lastId);
          const seconds = (performance.now() - startedAt) / 1_000;
          const cpu = (await cpuOf(gateway)) - cpuBefore;
          if (enabled) await checkCounts(shopConfig(place), events);
          return { perSecond: events / seconds, cpuMicros: cpu / events };
        } finally {
          await gateway.stop();
        }
      };
      const runReference = async () => {
        await simulator.ask({ do: 'forget' }, started);
        return events / (await sendAll(requests));
      };

      const pairs = await interleave(size.rounds, (round) => runGateway(true, round), runReference);
      progress('delivery: delivered');
      const identity: Run[] = [];
      for (let round = 0; round < size.rounds; round++) identity.push(await runGateway(false, round));
      progress('delivery: identity pump alone done');
      return [
        {
          what: `delivery of ${events} logged events`,
          unit: 'events/s',
          ...compared(
            'ready-made requests, one after the other',
            pairs.map(({ subject, reference }) => ({ subject: subject.perSecond, reference })),
          ),
          notes: { cpuMicrosPerEvent: median(pairs.map(({ subject }) => subject.cpuMicros)) },
        },
        {
          what: 'of that, the identity pump alone',
          unit: 'events/s',
          convey: median(identity.map(({ perSecond }) => perSecond)),
          notes: { cpuMicrosPerEvent: median(identity.map(({ cpuMicros }) => cpuMicros)) },
        },
      ];
    } finally {
      await simulator.stop();
    }
  });
}

/** A connection delivers what comes after its first start, so it starts once before there is anything. */
async function enlist(config: Config): Promise<void> {
  const gateway = await startGateway(config, { version: 'bench', logger: makeLogger('warn', process.stderr) });
  await gateway.stop(0);
}

/** Answers the last event's id. */
async function fillLog({ dataDir, sites }: Config, events: number): Promise<string> {
  const [site] = sites;
  if (!site) throw new Error('The benchmark has no site');
  const log = await openSqliteLog(join(dataDir, 'log.db'), { now: Date.now });
  const taking = { append: log.append.bind(log), now: Date.now, newId: randomUUID };
  const now = Date.now();
  let lastId = '';
  for (let from = 0; from < events; from += eventsPerBody) {
    const submissions = Array.from({ length: Math.min(eventsPerBody, events - from) }, (_, index) => {
      // One event in two comes from somebody whom the shop knows.
      const at = from + index;
      return sample(at, { run: 'log', known: Math.floor(at / 10) % 2 === 0, now });
    });
    const { accepted } = await takeEvents(submissions, { reporter: 'server', gpc: false }, site, taking);
    if (accepted !== submissions.length) throw new Error('The log did not take every event of the benchmark');
    lastId = submissions.at(-1)?.id ?? lastId;
  }
  await log.close();
  return lastId;
}

/** The log's events as the requests that a gateway makes of them. */
async function readyRequests({ dataDir, sites, platformOf }: Config): Promise<readonly HttpRequest[]> {
  const [site] = sites;
  const [connection] = site?.connections ?? [];
  if (!site || !connection) throw new Error('The benchmark has no connection');
  const platform = platformOf(connection);
  const context = { platform, bots: site.bots, purchaseHoldMs: 0, now: Date.now() };
  const log = await openSqliteLog(join(dataDir, 'log.db'), { now: Date.now });
  const requests: HttpRequest[] = [];
  const max = { records: platform.limits.batchSize, bytes: Number.POSITIVE_INFINITY };
  for (let page = await log.read(siteId, beginning, max); page.records.length > 0; ) {
    const payloads = page.records.flatMap((record) => {
      const considered = consider(foundOf(record), context);
      return 'member' in considered ? [considered.member.payload] : [];
    });
    requests.push(platform.encode(payloads));
    page = await log.read(siteId, page.through, max);
  }
  await log.close();
  return requests;
}

/** Resolves once the last event was delivered or, where nothing is delivered, once the identity pump has come to it. */
async function arrival(config: Config, lastId: string): Promise<void> {
  const ask = runningGateway(config);
  const isEnabled = config.sites[0]?.connections[0]?.enabled === true;
  const until = performance.now() + patienceMs;
  while (performance.now() < until) {
    const [timeline] = await ask('GET /api/sites/:site/timelines', { site: siteId, id: lastId });
    if (timeline && (!isEnabled || timeline.connections.some(({ outcome }) => outcome === 'delivered'))) return;
    await sleep(pollMs);
  }
  throw new Error(`The last event did not arrive within ${patienceMs} ms`);
}

async function checkCounts(config: Config, events: number): Promise<void> {
  const connections = await runningGateway(config)('GET /api/connections');
  const delivered = connections.find(({ id }) => id === connectionId)?.counts.delivered ?? 0;
  if (delivered !== events) throw new Error(`${delivered} of ${events} events were delivered`);
}

/** In seconds. */
async function sendAll(requests: readonly HttpRequest[]): Promise<number> {
  const agent = new Agent({ connections: 1, pipelining: 1 });
  const startedAt = performance.now();
  for (const { url, method, headers, body } of requests) {
    const answer = await request(url, { method, headers, body, dispatcher: agent });
    await answer.body.text();
    if (answer.statusCode !== 200) throw new Error(`The simulator answered ${answer.statusCode}`);
  }
  const seconds = (performance.now() - startedAt) / 1_000;
  await agent.close();
  return seconds;
}
