import type { UnixMs } from '../../event/units.ts';
import type { VisitorProfile } from '../../visitors/visitor-profile.ts';
import type { Offset } from '../log/event-log.ts';
import type { ConsumerId } from './consumer-id.ts';
import type { Lease } from './consumers.ts';
import type { IndexEntry } from './event-index.ts';
import type { ReceivedReport } from './reports.ts';

/** The data that one erasure removes. */
export interface Erasure {
  readonly site: string;
  /** Records whose bodies are removed from the event log. */
  readonly offsets: readonly Offset[];
  /** Those of `offsets` whose events stay: browsers' reports that the shop did not confirm. */
  readonly reportsAlone?: ReadonlySet<Offset>;
  /** The other reports of the events of `reportsAlone`. From now on the search finds these events only by them. */
  readonly index?: readonly IndexEntry[];
  /** The dead letters to remove; absent: those of `offsets`. One may hold another report of the event than that at its offset. */
  readonly deadLetters?: readonly { readonly consumer: ConsumerId; readonly offset: Offset }[];
  /** Orders whose delivered purchases and refunds are removed. Those of `offsets` are removed too. Default: none. */
  readonly orderIds?: readonly string[];
  /** Objects of payment systems whose facts are removed, beside those about `orderIds`. Default: none. */
  readonly paymentObjects?: readonly string[];
  readonly visitors: readonly {
    readonly visitor: string;
    /** The profile that stays, because another person used the browser; absent: none. */
    readonly profile?: VisitorProfile;
    /** The keys of the links to remove; absent: all. */
    readonly links?: readonly string[];
  }[];
  readonly now: UnixMs;
}

/** The remainder of a request. An empty body ends an unsettled attempt, and its events are decided again. */
export interface AttemptErasure {
  readonly id: string;
  readonly offsets: readonly Offset[];
  readonly body: string;
}

/** Erasure of personal data. Its contract: `erasure.contract.ts`. */
export interface ErasureStore {
  /**
   * Removes one person's data except for attempts, and stores the offsets until `endErasure`. Quiesce the site's consumers first: otherwise
   * they write their buffered changes. Events that wait for consent are removed with their records.
   * @param lease the site's, if several processes share the store @throws LeaseLostError if it is stale
   */
  beginErasure(erasure: Erasure, lease?: Lease): Promise<void>;
  /** Returns whether an erasure began that has not ended. */
  hasUnfinishedErasure(site: string): Promise<boolean>;
  /** Returns the records of erasures that the process did not complete; `undefined` if there are none. */
  getUnfinishedErasure(site: string): Promise<readonly Offset[] | undefined>;
  /**
   * Replaces the bodies of attempts and removes their responses. The hash of the sent body stays.
   * @param lease as that of `beginErasure`
   */
  eraseAttempts(attempts: readonly AttemptErasure[], now: UnixMs, lease?: Lease): Promise<void>;
  /**
   * Resolves when none of the erased data is left in the store's files. Takes seconds per gigabyte; other writes go on.
   * `awaits-rewrite`: large tables have earlier versions of the rows until they are rewritten, see `TableRewriteStore`.
   * @param lease that of the site's privacy requests, if several processes share the store @throws LeaseLostError if it is stale
   * @throws if a long read keeps some; the erasure stays unfinished, and this can be called again.
   */
  endErasure(site: string, lease?: Lease): Promise<'ended' | 'awaits-rewrite'>;
  /** Returns whether the visitor ids that earlier versions stored for a site were searched for personal ones. */
  isVisitorCheckDone(site: string): Promise<boolean>;
  endVisitorCheck(site: string): Promise<void>;
  /**
   * Returns the records whose event was erased, by an earlier report or by the record itself. Used before `commitIdentity` has stored these
   * records. Includes a record that was erased alone, but not the other reports of its event.
   */
  findErasedRecords(
    site: string,
    records: readonly Pick<ReceivedReport, 'offset' | 'name' | 'id'>[],
    now: UnixMs,
  ): Promise<ReadonlySet<Offset>>;
}
