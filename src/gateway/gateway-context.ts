import { type Clock, systemClock } from '../clock/clock.ts';
import type { Config } from '../config/config.ts';
import type { UnixMs } from '../event/units.ts';
import type { Logger } from '../logger.ts';

export interface GatewayOptions {
  readonly logger: Logger;
  readonly version: string;
  /** Faster time for tests. Defaults to the machine's clock. */
  readonly clock?: Clock;
  /** Creates an owner account with this name, whose sign-in links open the dashboard. For the demo only. */
  readonly demoAccount?: string;
}

type ShutdownStep = () => Promise<void> | void;

/** The values that every stage of the start uses. */
export interface GatewayContext {
  readonly config: Config;
  readonly logger: Logger;
  readonly version: string;
  /** The `User-Agent` of every request that the gateway sends. */
  readonly userAgent: string;
  readonly clock: Clock;
  readonly now: () => UnixMs;
  /** Registers a shutdown step. Each stage registers a step after each resource that it opens. */
  readonly onShutdown: (step: ShutdownStep) => void;
  /** Runs the registered steps, the newest first. */
  readonly shutDown: () => Promise<void>;
}

export function createGatewayContext(config: Config, { logger, version, clock = systemClock }: GatewayOptions): GatewayContext {
  const steps: ShutdownStep[] = [];
  return {
    config,
    logger,
    version,
    userAgent: `convey/${version}`,
    clock,
    now: () => clock.now(),
    onShutdown: (step) => steps.push(step),
    async shutDown() {
      for (const step of steps.toReversed()) await step();
    },
  };
}
