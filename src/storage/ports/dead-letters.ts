import type { Issue } from '../../event/issue.ts';
import type { UnixMs } from '../../event/units.ts';
import type { Offset } from '../log/event-log.ts';
import type { ConsumerId } from './consumer-id.ts';

/** `rejected`: refused by the platform or by our own check; `expired`: too old for the platform; `corrupt`: damaged on disk. */
export type DeadLetterCause = 'rejected' | 'expired' | 'corrupt';

/** An event that is not sent again unless an operator requests it. Outlives its record in the event log. */
export interface DeadLetter {
  readonly offset: Offset;
  readonly cause: DeadLetterCause;
  readonly issues: readonly Issue[];
  readonly eventName: string;
  readonly eventId: string;
  /** The record's bytes in the event log. */
  readonly bytes: Uint8Array;
  readonly at: UnixMs;
}

/** A range of the event log that expired before the connection read it: one dead letter for all of its events. */
export interface ExpiredRange {
  /** The offset before the range. */
  readonly after: Offset;
  readonly lastOffset: Offset;
  readonly events: number;
  readonly at: UnixMs;
}

/** The reason of a dead letter: its cause, and the code of its last issue, which is empty if it has none. */
export interface DeadLetterReason extends Pick<DeadLetter, 'cause'> {
  readonly code: string;
}

/** The dead letters of one reason. */
export interface DeadLetterGroup extends DeadLetterReason {
  readonly events: number;
  readonly firstAt: UnixMs;
  readonly lastAt: UnixMs;
  /** The letter with the highest offset. */
  readonly sample: Pick<DeadLetter, 'offset' | 'issues' | 'eventName' | 'eventId'>;
}

/** The largest number of groups that a store returns. */
export const maxDeadLetterGroups = 100;

/** Dead letters of connections. Its contract: `dead-letters.contract.ts`. */
export interface DeadLetterStore {
  /** Lists the newest dead letters first; at equal times, the highest offset first. The list starts at `from`, inclusive. */
  listDeadLetters(consumer: ConsumerId, limit: number, from?: Pick<DeadLetter, 'at' | 'offset'>): Promise<readonly DeadLetter[]>;
  /** Groups the newest `among` dead letters by reason, the largest group first, at most `maxDeadLetterGroups`. */
  groupDeadLetters(consumer: ConsumerId, among: number): Promise<readonly DeadLetterGroup[]>;
  /** Returns which of these offsets are dead letters, or the next dead letters after an offset, in log order; those of one reason alone if it is set. */
  findDeadLetterOffsets(
    consumer: ConsumerId,
    which: readonly Offset[] | { readonly after: Offset; readonly limit: number; readonly reason?: DeadLetterReason },
  ): Promise<readonly Offset[]>;
  /** Lists dead letters of all of a site's connections after the dead letter `after`. */
  listSiteDeadLetters(
    site: string,
    after: { readonly consumer: ConsumerId; readonly offset: Offset } | undefined,
    limit: number,
  ): Promise<readonly (DeadLetter & { readonly consumer: ConsumerId })[]>;
  /** Lists the newest ranges first. */
  listExpiredRanges(consumer: ConsumerId): Promise<readonly ExpiredRange[]>;
}
