import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectToGateway } from '../src/cli/cli-context.ts';
import { simulators } from '../src/simulators/simulators.ts';
import { readCpu, startChild, startedReply } from './child.ts';
import { fillLog } from './fill-log.ts';
import { type Bench, compareRounds, interleave, median, type Row } from './interleaved-rounds.ts';
import { startOnce, withGateway } from './measured-run.ts';
import { shopConfig, type Workspace, withTemporaryFolder } from './workspace.ts';

/** The gateway counts each connection's backlog for an answer, so frequent questions would be part of the measurement. */
const pollMs = 1_000;
/** The webhook destination sends one event per request, and takes by far the longest. */
const timeoutMs = 1_800_000;

interface Drain {
  readonly seconds: number;
  /** CPU of the gateway for one event at one connection, in microseconds. */
  readonly cpuMicros: number;
}

/**
 * Measures a site that has a connection to every platform, each answered by its simulator: the time until no connection has an event left
 * to send, and the gateway's CPU for an event at a connection. The reference has one connection and the same log.
 */
export function measureConnections({ size, build, progress }: Bench): Promise<readonly Row[]> {
  return withTemporaryFolder(async (folder) => {
    const events = size.drainedEvents;
    const rounds = Math.min(size.longRounds, size.rounds);
    const full = (platforms: 'one' | 'all') => join(folder, platforms);
    const simulated = startChild(new URL('./children/platforms.ts', import.meta.url));
    try {
      const { url: endpoint } = await simulated.request({ do: 'start' }, startedReply);
      for (const platforms of ['all', 'one'] as const) {
        const config = shopConfig({ dataDir: full(platforms), endpoint, enabled: true, platforms });
        await startOnce(config);
        await fillLog(config, { from: 0, to: events, data: 'random' });
      }
      progress(`connections: log of ${events} events written`);

      const drain = async (platforms: 'one' | 'all', round: number): Promise<Drain> => {
        const dataDir = join(folder, `${platforms}-${round}`);
        cpSync(full(platforms), dataDir, { recursive: true });
        const workspace = { dataDir, endpoint, enabled: true, platforms };
        return withGateway(build, async (gateway) => {
          const cpuBefore = await readCpu(gateway);
          const startedAt = performance.now();
          await gateway.request({ do: 'start', ...workspace }, startedReply);
          const connections = await waitForDrain(workspace, events);
          const seconds = (performance.now() - startedAt) / 1_000;
          progress(`connections: ${connections} drained`);
          return { seconds, cpuMicros: ((await readCpu(gateway)) - cpuBefore) / events / connections };
        });
      };
      const pairs = await interleave(
        rounds,
        (round) => drain('all', round),
        (round) => drain('one', round),
      );
      return [
        {
          what: `delivery of ${events} events through ${simulators.length} connections`,
          unit: 'CPU µs per event and connection',
          ...compareRounds(
            'one connection',
            pairs.map(({ subject, reference }) => ({ subject: subject.cpuMicros, reference: reference.cpuMicros })),
          ),
          notes: {
            drainSeconds: median(pairs.map(({ subject }) => subject.seconds)),
            oneConnectionDrainSeconds: median(pairs.map(({ reference }) => reference.seconds)),
          },
        },
      ];
    } finally {
      await simulated.stop();
    }
  });
}

/** Waits until every connection has processed all events and holds none. Returns the number of connections. */
async function waitForDrain(workspace: Workspace, events: number): Promise<number> {
  const request = connectToGateway(shopConfig(workspace));
  const until = performance.now() + timeoutMs;
  while (performance.now() < until) {
    const connections = await request('GET /api/connections');
    if (connections.every(({ lag, waiting, counts }) => lag.events === 0 && waiting === 0 && sum(counts) >= events)) {
      const failed = connections.filter(({ deadLetters }) => deadLetters > 0);
      if (failed.length > 0) throw new Error(`${failed.map(({ id }) => id).join(', ')} refused events`);
      return connections.length;
    }
    await sleep(pollMs);
  }
  throw new Error(`The connections did not drain within ${timeoutMs} ms`);
}

function sum(counts: Readonly<Record<string, number | undefined>>): number {
  return Object.values(counts).reduce<number>((total, count = 0) => total + count, 0);
}
