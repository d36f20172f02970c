import { hourMs, type UnixMs } from '../../event/units.ts';
import type { ConsumerId } from './consumer-id.ts';

/** The length of a bucket, which begins at a multiple of it. */
export const errorBucketMs = hourMs;

/** A store keeps at most this number of pairs of code and name in a bucket; the events of further ones count as `other`. */
export const maxErrorPairs = 200;
/** The largest number of pairs in one commit. */
export const maxErrorPairsAtOnce = 50;
export const otherError = 'other';

/** A number of events of one bucket whose sending failed with a code. */
export interface DeliveryErrorCount {
  readonly bucket: UnixMs;
  /** An HTTP status, a code of the network such as `ECONNREFUSED`, or the code of an issue. */
  readonly code: string;
  /** The event's name. */
  readonly name: string;
  /** An event counts once for each failed request that contained it, and once when it is refused. */
  readonly events: number;
}

/** The events of a stretch of time with one code and one name. */
export interface DeliveryErrors extends Omit<DeliveryErrorCount, 'bucket'> {
  /** The index of the requested interval, from 0. */
  readonly interval: number;
  /** The first and the last bucket with such an event. */
  readonly firstAt: UnixMs;
  readonly lastAt: UnixMs;
}

/** Counts of failed requests and refused events. Its contract: `delivery-errors.contract.ts`. */
export interface DeliveryErrorStore {
  /** Returns the errors of a connection from `since`, the beginning of a bucket, to before `until`, by intervals of `intervalMs`. */
  getDeliveryErrors(consumer: ConsumerId, since: UnixMs, until: UnixMs, intervalMs: number): Promise<readonly DeliveryErrors[]>;
}
