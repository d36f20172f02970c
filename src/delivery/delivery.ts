import type { WakeSignal } from '../clock/clock.ts';
import type { Site } from '../event/site.ts';
import type { UnixMs } from '../event/units.ts';
import type { Offset } from '../storage/log/event-log.ts';
import type { Crash } from '../storage/ports/connection-state.ts';
import type { Lease } from '../storage/ports/consumers.ts';
import type { ConnectionConsumer } from './consumers/connection-consumer.ts';
import type { ReplayController } from './replay/replay.ts';

/** The operations of an operator on a running connection. */
export type ConnectionControls = Pick<ConnectionConsumer, 'pause' | 'resume' | 'probe'> & {
  readonly replays: Pick<ReplayController, 'replay' | 'endReplay' | 'resend' | 'retryDeadLetters' | 'dropDeadLetters'>;
};

/** A wake signal for new events and new outcomes of one site. */
export type SiteSubscription = Pick<WakeSignal, 'notify' | 'wait'> & { end(): void };

export interface Delivery {
  /**
   * Replaces the running sites: starts, restarts or stops exactly the consumers that the change affects. A consumer that is sending finishes
   * its step first. A restarted connection continues at its cursor; a new one starts at the end of the event log. Settles only when the
   * consumers that are not to run have ended, even if others cannot start.
   */
  apply(sites: readonly Site[]): Promise<void>;
  /** Wakes the consumers of a site after new records are durable. */
  wake(site: string): void;
  watch(site: string): SiteSubscription;
  /** Returns whether this process runs the site, or removes the data of a site that no longer runs. */
  ownsSite(site: string): boolean;
  control(site: string, connection: string): ConnectionControls | undefined;
  /** Returns the function that commits the results of calls with the account of a connection that this process runs. */
  findUploadSettler(site: string, connection: string): ConnectionConsumer['settleUploads'] | undefined;
  /** Returns since when no process with the role `deliver` runs. Absent if this is the only process. */
  getUndeliveredSince?(): UnixMs | undefined;
  /** Returns the crash that keeps this process from delivering to a connection: its own, or that of the site's identity consumer. */
  getCrash(site: string, connection: string): Crash | undefined;
  /**
   * Replays the event log for every connection, for events without an outcome. Resolves when all replays are durable, which may be only
   * after an operator's replay has ended. Rejects if a consumer ends first.
   */
  rescan(): Promise<void>;
  /**
   * Runs `work` while all consumers of the site are quiesced, with the site's lease if several processes share the store. Resolves to
   * `stopping` if `work` did not start because delivery stops.
   */
  runQuiesced<T>(site: string, work: (lease?: Lease) => Promise<T>): Promise<T | 'stopping'>;
  /** Marks all undelivered events up to `through` as expired, because retention is about to remove them from the event log. */
  expire(site: string, through: Offset): Promise<void>;
  /** Stops all consumers after their current step and waits up to `graceMs` for them. A later consumer is cut off by its lease. */
  stop(graceMs: number): Promise<void>;
}
