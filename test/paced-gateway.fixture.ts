import { readFileSync } from 'node:fs';
import type { ApiClient } from '../src/api/client.ts';
import { connectToGateway } from '../src/cli/cli-context.ts';
import { type Clock, systemClock } from '../src/clock/clock.ts';
import type { PacedClock } from '../src/clock/paced-clock.fixture.ts';
import { readConfig } from '../src/config/config.ts';
import { startGateway } from '../src/gateway/start-gateway.ts';
import { createLogger } from '../src/logger.ts';
import { eventually, passwordCost } from './gateway.fixture.ts';

/** A line of the gateway's log. */
export interface LogLine {
  readonly level: string;
  readonly msg: string;
  readonly site?: string;
  readonly pump?: string;
  readonly cause?: string;
  readonly alert?: string;
}

export interface PacedGateway {
  readonly url: string;
  readonly dashboardUrl: string;
  /** Creates the first account of the dashboard, if there is none. */
  readonly setupUrl: string | undefined;
  /** Calls the admin API over the local socket. */
  readonly callApi: ApiClient;
  /** The log so far. */
  readonly lines: readonly LogLine[];
  /** May be called again. */
  stop(): Promise<void>;
}

interface PacedGatewayOptions {
  readonly level?: 'info' | 'debug';
  readonly env?: Readonly<Record<string, string>>;
  /** Makes it the gateway of the demo. */
  readonly demoAccount?: string;
}

/** Starts a gateway in this process, with the test's clock. @throws if the config is invalid. */
export async function startPacedGateway(
  configFile: string,
  clock: Clock,
  { level = 'info', env = {}, demoAccount }: PacedGatewayOptions = {},
): Promise<PacedGateway> {
  const read = readConfig(readFileSync(configFile, 'utf8'), env, '.');
  if ('problems' in read) throw new Error(JSON.stringify(read.problems));
  const lines: LogLine[] = [];
  const write = (line: string) => lines.push(JSON.parse(line));
  const logger = createLogger(level, { write });
  const gateway = await startGateway(read.config, {
    version: 'test',
    logger,
    clock,
    passwordCost,
    ...(demoAccount !== undefined && { demoAccount }),
  });
  let stopped: Promise<void> | undefined;
  return {
    url: gateway.url,
    dashboardUrl: gateway.dashboard.url,
    setupUrl: gateway.dashboard.setupUrl,
    callApi: connectToGateway(read.config),
    lines,
    stop() {
      stopped ??= gateway.stop(0);
      return stopped;
    },
  };
}

/** Starts a gateway in this process, with the machine's clock: for half the CPU time of a process. @throws if the config is invalid. */
export function startLocalGateway(configFile: string): Promise<PacedGateway> {
  return startPacedGateway(configFile, systemClock);
}

/** A gateway whose events are awaited. */
interface SettledGateway extends Pick<PacedGateway, 'callApi'> {
  /** The only site whose events count; otherwise all. */
  readonly site?: string;
}

const settlingPace = 1_000;
const newestEvents = 200;

/**
 * Resolves once every accepted event has its final outcome on every connection: nothing is unread, in flight, deferred or held. Time
 * runs fast meanwhile, and at its former speed afterwards.
 */
export async function settleAll(gateway: SettledGateway, clock: PacedClock, timeoutMs = 30_000): Promise<void> {
  const before = clock.speed();
  clock.pace(settlingPace);
  const isDone = await eventually(() => isSettled(gateway), timeoutMs);
  clock.pace(before);
  if (!isDone) throw new Error(`events are not settled: ${JSON.stringify(await gateway.callApi('GET /api/connections', {}))}`);
}

/** Settles all until the condition holds, for 30 s: the last reports of a page that was left may still be on their way. */
export async function settleUntil(
  condition: () => boolean,
  gateway: Pick<PacedGateway, 'callApi'>,
  clock: PacedClock,
): Promise<void> {
  await eventually(async () => {
    await settleAll(gateway, clock);
    return condition();
  });
}

async function isSettled({ callApi, site: only }: SettledGateway): Promise<boolean> {
  const connections = (await callApi('GET /api/connections', {})).filter(({ site }) => only === undefined || site === only);
  if (!connections.every(({ lag, waiting }) => lag.events === 0 && waiting === 0)) return false;
  // A connection that has not run yet reports no lag.
  for (const site of new Set(connections.map((one) => one.site))) {
    const { events } = await callApi('GET /api/sites/:site/events', { site, limit: newestEvents });
    const outcomes = events.flatMap((event) => ('outcomes' in event ? event.outcomes : []));
    if (outcomes.some(({ outcome }) => outcome === 'undelivered' || outcome === 'waiting')) return false;
  }
  return true;
}
