import { minuteMs } from '../../event/units.ts';
import { describeError, type Logger, removeSecrets } from '../../logger.ts';
import { type ConsumerId, parseConsumerId } from '../../storage/ports/consumer-id.ts';
import { LeaseLostError } from '../../storage/ports/consumers.ts';

/** An outage of the database, which one event in the log reports. */
export interface Outage {
  /** Returns whether the error of a read for all sites comes from an outage, and reports the beginning of one. */
  note(error: unknown): boolean;
  /** Returns whether an outage explains the error of a single source: one that others have noticed, or might yet. */
  explains(source: string, error: unknown): boolean;
  /** Reports the end of an outage, if it was the last use that was impossible. */
  end(use: 'reads'): void;
}

export interface FaultReporterDeps {
  readonly logger: Pick<Logger, 'error'>;
  /** Returns milliseconds since a fixed time. */
  readonly monotonic: () => number;
  /** Absent if the data is on a disk. */
  readonly outage?: Pick<Outage, 'explains'> | undefined;
  /** Called with the consumer of each crash. */
  readonly onCrash?: ((consumer: ConsumerId) => void) | undefined;
}

/** The time in which a repeated crash is counted and not logged. */
const quietMs = 10 * minuteMs;
/** The number of different errors that are told apart. */
const maxErrors = 20;
const maxErrorLength = 300;

/** Reports the errors that ended a step of a consumer. */
export class FaultReporter {
  readonly #o: FaultReporterDeps;
  /** By error. `repeats`: the crashes that were not logged. */
  readonly #recent = new Map<string, { readonly until: number; repeats: number }>();

  constructor(deps: FaultReporterDeps) {
    this.#o = deps;
  }

  /**
   * Reports an error. Returns the error's text if it is a crash: a lost lease is none, nor is an error that an outage of the database explains.
   * Consumers that crash by the same error share one line in ten minutes.
   */
  report(consumer: ConsumerId, error: unknown): string | undefined {
    const { logger, outage, onCrash } = this.#o;
    const fields = { site: parseConsumerId(consumer).site, consumer, error: describeError(error) };
    if (error instanceof LeaseLostError) {
      logger.error(fields, 'lease lost');
      return undefined;
    }
    if (outage?.explains(consumer, error)) return undefined;
    onCrash?.(consumer);
    const repeats = this.#countRepeats(`${fields.error.code ?? ''} ${fields.error.message}`);
    if (repeats !== undefined) logger.error({ ...fields, ...(repeats > 0 && { repeats }) }, 'consumer crashed');
    return removeSecrets(fields.error.message).slice(0, maxErrorLength);
  }

  /** Returns the crashes since the last line about this error, or `undefined` if this one needs no line. */
  #countRepeats(error: string): number | undefined {
    const now = this.#o.monotonic();
    const recent = this.#recent.get(error);
    if (recent && now < recent.until) {
      recent.repeats += 1;
      return undefined;
    }
    for (const [other, { until }] of this.#recent) if (now >= until && other !== error) this.#recent.delete(other);
    if (!recent && this.#recent.size >= maxErrors) return undefined;
    this.#recent.set(error, { until: now + quietMs, repeats: 0 });
    return recent?.repeats ?? 0;
  }
}
