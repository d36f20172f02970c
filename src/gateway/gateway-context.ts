import type { ScryptCost } from '../api/auth/password-hash.ts';
import { type Clock, systemClock } from '../clock/clock.ts';
import { createFollowedClock, type FollowedClock } from '../clock/followed-clock.ts';
import type { Config } from '../config/config.ts';
import type { CountryTable } from '../country/country-table.ts';
import type { UnixMs } from '../event/units.ts';
import { describeError, type Logger } from '../logger.ts';
import { openCountryTables } from './country-tables.ts';

export interface GatewayOptions {
  readonly logger: Logger;
  readonly version: string;
  /** Faster time for tests. Defaults to the machine's clock. */
  readonly clock?: Clock;
  /** A lower cost of password hashes for tests, which would otherwise spend a third of a second on each. */
  readonly passwordCost?: ScryptCost;
  /** Creates an owner account with this name, whose sign-in links open the dashboard. For the demo only, whose platforms are simulators. */
  readonly demoAccount?: string;
}

/** @param hasFailed whether the start failed */
type ShutdownStep = (hasFailed: boolean) => Promise<void> | void;

/** The values that every stage of the start uses. */
export interface GatewayContext {
  readonly config: Config;
  /** The tables by which the collector finds a visitor's country. Empty unless the config asks for them. */
  readonly countryTables: readonly CountryTable[];
  readonly logger: Logger;
  readonly version: string;
  /** The `User-Agent` of every request that the gateway sends. */
  readonly userAgent: string;
  readonly clock: Clock;
  /** The same clock, if it follows the one of the database. A clock of a test follows none. */
  readonly followedClock?: FollowedClock;
  readonly now: () => UnixMs;
  /** Whether every platform is a simulator. */
  readonly isDemo: boolean;
  /** Undefined: the cost of new hashes. */
  readonly passwordCost: ScryptCost | undefined;
  /** Registers a shutdown step. Each stage registers a step after each resource that it opens. */
  readonly onShutdown: (step: ShutdownStep) => void;
  /**
   * Runs the registered steps, the newest first. Logs the error of a step and continues with the next one.
   * @throws the first error of a step at the end, unless the start failed: its error matters more.
   */
  readonly shutDown: (how?: { readonly hasFailed: boolean }) => Promise<void>;
}

/** @throws ConveyError if a table of the config cannot be used */
export function createGatewayContext(config: Config, options: GatewayOptions): GatewayContext {
  const { logger, version, passwordCost, demoAccount } = options;
  const steps: ShutdownStep[] = [];
  const followedClock = config.store !== undefined && !options.clock ? createFollowedClock(systemClock) : undefined;
  const clock = followedClock ?? options.clock ?? systemClock;
  return {
    config,
    countryTables: openCountryTables(config),
    logger,
    version,
    userAgent: `convey/${version}`,
    clock,
    ...(followedClock && { followedClock }),
    now: () => clock.now(),
    isDemo: demoAccount !== undefined,
    passwordCost,
    onShutdown: (step) => steps.push(step),
    async shutDown({ hasFailed } = { hasFailed: false }) {
      const errors: unknown[] = [];
      for (const step of steps.toReversed()) {
        try {
          await step(hasFailed);
        } catch (error) {
          logger.error({ error: describeError(error) }, 'shutdown step failed');
          errors.push(error);
        }
      }
      if (errors.length > 0 && !hasFailed) throw errors[0];
    },
  };
}
