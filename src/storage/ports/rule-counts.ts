import type { UnixMs } from '../../event/units.ts';
import type { ConsumerId } from './consumer-id.ts';

/** A change of the number of events of one bucket on which a rule had an effect. */
export interface RuleCountChange {
  /** The bucket in which the event log received the events, as of `countBucketStart`. */
  readonly bucket: UnixMs;
  /** The rule's id. */
  readonly rule: string;
  /** Negative for events that leave an outcome. */
  readonly events: number;
}

/** The events of one connection on whose latest outcome a rule had an effect. */
export interface RuleCount {
  readonly consumer: ConsumerId;
  readonly rule: string;
  readonly events: number;
}

/** Counts of the effects of rules. Its contract: `rule-counts.contract.ts`. */
export interface RuleCountStore {
  /** Returns the counts of connections from `since`, the beginning of a bucket, to before `until`. */
  getRuleCounts(consumers: readonly ConsumerId[], since: UnixMs, until: UnixMs): Promise<readonly RuleCount[]>;
  /** Returns the first bucket whose counts are whole; 0 if all are. */
  getRuleCountingStart(): Promise<UnixMs>;
}
