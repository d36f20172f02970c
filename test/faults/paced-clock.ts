import { readFileSync } from 'node:fs';
import type { ApiClient } from '../../src/api/client.ts';
import { connectToGateway } from '../../src/cli/cli-context.ts';
import type { Clock } from '../../src/clock/clock.ts';
import { readConfig } from '../../src/config/config.ts';
import type { UnixMs } from '../../src/event/units.ts';
import { startGateway } from '../../src/gateway/start-gateway.ts';
import { createLogger } from '../../src/logger.ts';

/**
 * A clock whose pace the test sets: an outage of hours is over in seconds, and what is measured runs at the machine's own pace.
 * The time limits of requests and of the disk are the machine's, whatever the pace.
 */
export interface PacedClock extends Clock {
  /** How many seconds pass in one. */
  pace(factor: number): void;
  /** The machine sleeps for so long; whatever was due meanwhile is due when it wakes. */
  jump(ms: number): void;
  /** Resolves when so much of the clock's time is over. */
  pass(ms: number): Promise<void>;
}

export function pacedClock(factor = 1): PacedClock {
  let [start, origin, pace] = [Date.now(), performance.now(), factor];
  const waiting = new Set<{ arm(): void }>();
  const now = (): UnixMs => Math.round(start + (performance.now() - origin) * pace);
  const anew = (at: UnixMs, nextPace: number) => {
    [start, origin, pace] = [at, performance.now(), nextPace];
    for (const one of waiting) one.arm();
  };
  const after = (ms: number, ring: () => void) => {
    const dueAt = now() + ms;
    let timer: NodeJS.Timeout | undefined;
    const one = {
      arm() {
        clearTimeout(timer);
        timer = setTimeout(
          () => {
            waiting.delete(one);
            ring();
          },
          Math.min(Math.max(0, (dueAt - now()) / pace), 2 ** 31 - 1),
        );
      },
    };
    waiting.add(one);
    one.arm();
    return () => {
      clearTimeout(timer);
      waiting.delete(one);
    };
  };
  return {
    now,
    after,
    pace: (next) => anew(now(), next),
    jump: (ms) => anew(now() + ms, pace),
    pass: (ms) => new Promise((resolve) => void after(ms, resolve)),
  };
}

/** A line of the gateway's log, as far as the suite reads it. */
export interface Line {
  readonly level: string;
  readonly msg: string;
  readonly pump?: string;
  readonly cause?: string;
}

export interface PacedGateway {
  readonly url: string;
  readonly dashboardUrl: string;
  /** Its admin API, by the socket. */
  readonly ask: ApiClient;
  /** What it has logged so far. */
  readonly lines: readonly Line[];
  stop(): Promise<void>;
}

/** A gateway in this process, by a clock of the test's. @throws where the config is wrong. */
export async function startPacedGateway(configFile: string, clock: Clock): Promise<PacedGateway> {
  const read = readConfig(readFileSync(configFile, 'utf8'), {}, '.');
  if ('problems' in read) throw new Error(JSON.stringify(read.problems));
  const lines: Line[] = [];
  const write = (line: string) => lines.push(JSON.parse(line));
  const gateway = await startGateway(read.config, { version: 'test', logger: createLogger('info', { write }), clock });
  return {
    url: gateway.url,
    dashboardUrl: gateway.dashboard.url,
    ask: connectToGateway(read.config),
    lines,
    stop: () => gateway.stop(0),
  };
}
