import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import type { EventRow } from '../../src/api/client.ts';
import { createPacedClock } from '../../src/clock/paced-clock.fixture.ts';
import { eventually, makeFolder, post, purchase, startGatewayProcess } from '../gateway.fixture.ts';
import { type PacedGateway, settleAll, startPacedGateway } from '../paced-gateway.fixture.ts';
import { createRandom } from '../random.fixture.ts';
import { addFaultRow, pickByScale } from './fault-scale.ts';
import { platformApis, type Sink, startSink } from './sinks.ts';

const kills = pickByScale({ part: 1, whole: 20, nightly: 200 });
const pacedFaults = pickByScale({ part: 12, whole: 400, nightly: 4_000 });
const pace = 30;
const senders = 4;
const faultShare = 0.12;

const cleanups: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanups.splice(0).reverse()) await cleanUp();
});

it(`reports an event as delivered only if the platform took it, after ${kills} kill -9 beside platforms whose answers are faulty`, {
  timeout: 240_000 + kills * 15_000,
}, async (context) => {
  const random = createRandom(context);
  const sinks = await Promise.all(Object.entries(platformApis).map(([platform, api]) => startSink(platform, api, random)));
  const folder = makeFolder();
  cleanups.push(folder.remove, ...sinks.map(({ close }) => close));
  const connections = sinks.map(({ platform, url }) => ({
    id: platform,
    destination: platform,
    settings: platformApis[platform]?.settings(url),
  }));
  const config = folder.writeConfig('http://127.0.0.1:1', { site: { connections } });
  const acknowledged = new Set<string>();

  for (let round = 0; round < kills; round += 1) {
    for (const sink of sinks) Object.assign(sink, { round, faultShare });
    const gateway = await startGatewayProcess(config);
    const before = acknowledged.size;
    let isUp = true;
    const load = Promise.all(
      Array.from({ length: senders }, async (_, sender) => {
        for (let count = 0; isUp; count += 1) {
          await sendSale(gateway.url, `r${round}-${sender}-${count}`, acknowledged);
          await sleep(20);
        }
      }),
    );
    await eventually(() => acknowledged.size > before + 40);
    await sleep(500 + random.integer(2_500));
    await gateway.kill();
    isUp = false;
    await load;
  }

  // Waits pass quickly here, so the platforms fail much more often than beside processes.
  for (const sink of sinks) sink.round = kills;
  const clock = createPacedClock(pace);
  const last = await startPacedGateway(config, clock);
  cleanups.push(last.stop);
  const countFaults = () => sinks.reduce((total, { faults }) => total + faults, 0);
  const until = countFaults() + pacedFaults;
  for (let count = 0; countFaults() < until; count += 1) {
    await sendSale(last.url, `paced-${count}`, acknowledged);
    await sleep(50);
  }
  for (const sink of sinks) sink.faultShare = 0;
  // The webhook gets one request an event.
  await settleAll(last, clock, 120_000);
  const outcomes = await listOutcomes(last);
  const accounts = sinks.map((sink) => account(sink, acknowledged, outcomes));
  const sum = (read: (one: Account) => number) => accounts.reduce((total, one) => total + read(one), 0);
  addFaultRow(context, {
    fault: 'F23',
    scenario: 'platforms that cut, hang and refuse, and kill -9',
    amount: `${kills} kills, ${countFaults()} faulty answers`,
    expected: 'delivered only if the platform took it; each event delivered or explained; no repeat without a cause',
    observed: `${acknowledged.size} events at ${sinks.length} platforms: ${sum(({ untrue }) => untrue.length)} untrue, ${sum(({ unexplained }) => unexplained.length)} unexplained, ${sum(({ repeats }) => repeats)} repeats`,
  });
  for (const { platform, untrue, unexplained, changed, doubled } of accounts)
    expect({ platform, untrue, unexplained, changed, doubled }).toEqual({
      platform,
      untrue: [],
      unexplained: [],
      changed: [],
      doubled: [],
    });
  expect(acknowledged.size).toBeGreaterThan(kills * 40);
  // Without delivered events the accounting would prove nothing.
  for (const one of accounts) expect(one.delivered).toBeGreaterThan(acknowledged.size / 2);
});

async function sendSale(url: string, id: string, acknowledged: Set<string>): Promise<void> {
  const sale = purchase(id, {
    user: { email: `${id}@shop.example`, ip: '203.0.113.42', userAgent: 'Mozilla/5.0 (X11; Linux x86_64)' },
    page: { url: 'https://shop.example/thanks' },
    consent: { adStorage: 'granted', adUserData: 'granted', adPersonalization: 'granted', source: 'server', explicit: true },
    clickIds: { oppref: 'gAAAAABoQ1_-x==' },
  });
  // A kill breaks the connection; then nothing was promised.
  const isAcknowledged = await post(url, [sale]).then(
    () => true,
    () => false,
  );
  if (isAcknowledged) acknowledged.add(id);
}

type Outcomes = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** Returns what the gateway says became of each event: the outcome by connection, by event id. */
async function listOutcomes({ callApi }: Pick<PacedGateway, 'callApi'>): Promise<Outcomes> {
  const outcomes = new Map<string, ReadonlyMap<string, string>>();
  const add = (row: EventRow) => {
    if ('id' in row) outcomes.set(row.id, new Map(row.outcomes.map(({ connection, outcome }) => [connection, outcome])));
  };
  let cursor: string | undefined;
  do {
    const page = await callApi('GET /api/sites/:site/events', {
      site: 'shop',
      limit: 1_000,
      ...(cursor !== undefined && { cursor }),
    });
    for (const row of page.events) add(row);
    cursor = page.next;
  } while (cursor !== undefined);
  return outcomes;
}

/** The comparison of one platform's truth with the gateway's words. Lists name at most ten events. */
interface Account {
  readonly platform: string;
  readonly delivered: number;
  /** Events that are called delivered, and that the platform did not take. */
  readonly untrue: readonly string[];
  /** Acknowledged events that are neither delivered nor explained. */
  readonly unexplained: readonly string[];
  /** Events whose repetition differs from the first time. */
  readonly changed: readonly string[];
  /** Events that were sent again after a confirming answer, in the same process. */
  readonly doubled: readonly string[];
  readonly repeats: number;
}

const explained: readonly string[] = ['delivered', 'dead'];

function account({ platform, taken }: Sink, acknowledged: ReadonlySet<string>, outcomes: Outcomes): Account {
  const readOutcome = (id: string) => outcomes.get(id)?.get(platform) ?? 'not listed';
  const pickTen = (ids: Iterable<string>, isPicked: (id: string) => boolean) =>
    [...ids]
      .filter(isPicked)
      .slice(0, 10)
      .map((id) => `${id} ${readOutcome(id)}`);
  const getTakes = (id: string) => taken.get(id) ?? [];
  const delivered = [...outcomes.keys()].filter((id) => readOutcome(id) === 'delivered');
  return {
    platform,
    delivered: delivered.length,
    untrue: pickTen(delivered, (id) => !taken.has(id)),
    unexplained: pickTen(acknowledged, (id) => !explained.includes(readOutcome(id))),
    changed: pickTen(taken.keys(), (id) => new Set(getTakes(id).map(({ payload }) => payload)).size > 1),
    doubled: pickTen(taken.keys(), (id) =>
      getTakes(id).some((take, index) => {
        const next = getTakes(id)[index + 1];
        return take.isConfirmed && next !== undefined && next.round === take.round;
      }),
    ),
    repeats: [...taken.values()].reduce((sum, takes) => sum + takes.length - 1, 0),
  };
}
