import { z } from 'zod';
import type { Consent } from '../../event/consent.ts';
import type { Reporter } from '../../event/event.ts';
import type { Issue } from '../../event/issue.ts';
import type { MatchKey } from '../../event/match-keys.ts';
import { isSkipReason, type SkipReason } from '../../event/skip-reasons.ts';
import { dayMs, hourMs, minuteMs, type UnixMs } from '../../event/units.ts';
import type { IdentityLink } from '../../identity/identity-links.ts';
import { maxProfileBytes } from '../../identity/profile-encoding.ts';
import type { VisitorProfile } from '../../identity/visitor-profile.ts';
import type { Offset } from '../log/event-log.ts';
import type { AccessStore } from './accounts.ts';
import type { DashboardSiteStore } from './dashboard-sites.ts';
import type { SiteActivityStore } from './site-activity.ts';

/** Who reads: `identity:<site>`, or `<site>/<connection>`. */
export type ConsumerId = string;

/**
 * The right to move one pump's state. A pump that stalled past its lease finds its epoch stale: whatever it commits then
 * is refused whole, so two nodes never settle the same event twice.
 */
export interface Lease {
  readonly consumer: ConsumerId;
  readonly epoch: number;
}

/** The lease is another's by now. Stop, and acquire anew. */
export class LeaseLostError extends Error {
  override readonly name = 'LeaseLostError';
}

/** More is known of the visitors than one read answers: see `maxAnswerBytes`. Ask for fewer at once. */
export class ProfilesTooLargeError extends Error {
  override readonly name = 'ProfilesTooLargeError';
}

/** Of stored profiles, a read answers no more than this at once. */
export const maxAnswerBytes = 4 * 1_024 * 1_024;
/** So many visitors may be asked for at once, however much is known of them. */
export const visitorsAtOnce = maxAnswerBytes / maxProfileBytes;

/** The disk has too little free space to write the store's file anew. */
export class InsufficientSpaceError extends Error {
  override readonly name = 'InsufficientSpaceError';
}

const issueSchema = z.object({ field: z.string(), code: z.string(), message: z.string() });
export const issuesSchema = z.array(issueSchema).readonly();

/** Why a connection sends nothing until something changes. */
const pauseSchema = z.object({
  /** `blocked`: the platform refuses the connection itself; `schema`: too many rejections; `operator`: a person said so. */
  cause: z.enum(['blocked', 'schema', 'operator']),
  issue: issueSchema,
  since: z.number(),
  /** When the credential is tried next; null where nothing is probed. */
  probeAt: z.number().nullable(),
});

const breakerSchema = z.object({
  /** Failures since the last success. */
  failures: z.number(),
  /** The last minute's sends. */
  recent: z.array(z.object({ at: z.number(), failed: z.boolean() })),
  /** How many probes failed since it opened; null while closed. */
  failedProbes: z.number().nullable(),
  /** Nothing is sent before this time. */
  notBefore: z.number(),
});
export type CircuitBreakerState = z.output<typeof breakerSchema>;

/** The second cursor of a connection: it goes through a period of the log beside the first. */
const replaySchema = z.object({
  /** What the log took from `since` to before `until`. */
  since: z.number(),
  until: z.number(),
  /** Also what was delivered already. */
  again: z.boolean(),
  cursor: z.string(),
  /** Where it ends: in the period, and where the first cursor stood when it began. */
  through: z.string(),
  /** Events that it has come to. */
  passed: z.number(),
  /** Of these, events that it put up to be sent. */
  sent: z.number(),
  endedAt: z.number().exactOptional(),
});
export type Replay = z.output<typeof replaySchema>;

/** All that a connection's pump must remember beside its events. Kept as JSON in one row. */
export const connectionStateSchema = z.object({
  cursor: z.string(),
  pause: pauseSchema.nullable(),
  breaker: breakerSchema,
  /** The last 1,000 settled events that a server or webhook reported, oldest first: `1` rejected, `0` not. */
  verdicts: z.string(),
  /** The same for events that only browsers reported, and when the last of them was rejected. They never pause the connection. */
  browser: z.object({ verdicts: z.string(), rejectedAt: z.number() }).exactOptional(),
  /** Tells changed settings from unchanged ones without keeping them. */
  settingsDigest: z.string(),
  settingsChangedAt: z.number(),
  /** Requests that were sent again because their answer never came. */
  inDoubt: z.number(),
  /**
   * The record after which the connection began, when the log took it, and how many of the events of its step stand up to there.
   * Where the log had none, `after` is its beginning. Absent of connections that began before Convey counted.
   */
  begins: z.object({ after: z.string(), at: z.number(), events: z.number() }).exactOptional(),
  /** The one that runs, or ran last. */
  replay: replaySchema.exactOptional(),
  /**
   * Trusted reports that overtake the backlog. `cursor`: up to here the log was searched for them; `through`: no event after it was
   * settled before the main cursor reached it. Absent once the main cursor has passed `through`.
   */
  ahead: z.object({ cursor: z.string(), through: z.string() }).exactOptional(),
  /** When the platform last took a request. */
  takenAt: z.number().exactOptional(),
  /** When a batch from the log was last bisected because something refused its content. */
  bisectedAt: z.number().exactOptional(),
});
export type ConnectionState = z.output<typeof connectionStateSchema>;

/** What became of one event on one connection, so far. `waiting`: a straggler; `dead`: a dead letter. */
export type EventOutcome = 'delivered' | 'waiting' | 'dead' | SkipReason;

export function isEventOutcome(text: string): text is EventOutcome {
  return text === 'delivered' || text === 'waiting' || text === 'dead' || isSkipReason(text);
}

export interface EventOutcomeEntry {
  readonly offset: Offset;
  readonly outcome: EventOutcome;
  /** Warnings of the mapping and of the vendor, or reasons. */
  readonly issues: readonly Issue[];
}

/** An outcome as it is read. */
export interface StoredOutcome extends EventOutcomeEntry {
  /** A connection that had this id before came to it: it counts for the present one no more. */
  readonly isRetired?: true;
}

/** Events are counted by when the log took them, in steps of so long; a step begins at a multiple of it. */
export const countBucketMs = 5 * minuteMs;

/** The step that a time is in. */
export function countBucketStart(at: UnixMs): UnixMs {
  return at - (at % countBucketMs);
}

/** So many events of one step stand under an outcome from now on, or no longer, where it is below 0. */
export interface OutcomeCountChange {
  readonly bucket: UnixMs;
  /**
   * `earlier`, below 0: the event came before the connection began, and is sent all the same. `ahead`, below 0: the event stands after
   * the cursor and is settled already; above 0 once the cursor passes it.
   */
  readonly outcome: EventOutcome | 'earlier' | 'ahead';
  readonly events: number;
}

/** What was counted of a site, as of one moment. What nothing was counted for is left out. */
export interface EventCounts {
  /** How far events are counted as received. */
  readonly identityCursor: Offset;
  /** By step, the first one first. */
  readonly received: readonly { readonly step: UnixMs; readonly events: number; readonly copies: number }[];
  readonly connections: ReadonlyMap<
    ConsumerId,
    {
      /** Absent where the connection never ran. */
      readonly state?: Pick<ConnectionState, 'cursor' | 'begins'>;
      /** By the stretch that was asked for, 0 the first. */
      readonly outcomes: readonly { readonly stretch: number; readonly outcome: string; readonly events: number }[];
    }
  >;
}

/** One event that left the cursor's path: it waits for its copy, for a retry, or for the rest of a refused batch. */
export interface DeferredDelivery {
  readonly offset: Offset;
  /** `confirm`: a browser's purchase waits for the report of a server or webhook. */
  readonly reason: 'hold' | 'confirm' | 'retry' | 'part';
  readonly dueAt: UnixMs;
  /** Sends so far, as a straggler. */
  readonly tries: number;
  /** Stragglers of one part travel together and alone: what is left of a batch that the vendor refused whole. */
  readonly part?: string;
  /** It was delivered before, and goes once more because a person said so. */
  readonly isResend?: true;
  /** A server or webhook reported the event: it is due before those that only browsers reported. */
  readonly isTrusted?: true;
  /** The platform refused the event with what a browser added, so it goes with the reports of servers and webhooks alone. */
  readonly shopOnly?: true;
  /** Of a hold that begins: how many copies were known. Where more are by then, it is due at once. Not kept. */
  readonly knownDuplicates?: number;
}

/** No straggler waits longer, unless the clock was ahead when its time was set. */
export const maxDeferralMs = {
  hold: 20 * minuteMs,
  confirm: dayMs + 20 * minuteMs,
  part: hourMs,
  retry: 8 * hourMs,
} as const satisfies Record<DeferredDelivery['reason'], number>;

/** `rejected`: refused by the vendor or by our own check; `expired`: too old to be taken; `corrupt`: the disk damaged it. */
export type DeadLetterCause = 'rejected' | 'expired' | 'corrupt';

/** An event that will not be sent unless a person says so. Outlives the log. */
export interface DeadLetter {
  readonly offset: Offset;
  readonly cause: DeadLetterCause;
  readonly issues: readonly Issue[];
  readonly eventName: string;
  readonly eventId: string;
  /** The log's bytes. */
  readonly bytes: Uint8Array;
  readonly at: UnixMs;
}

/** A request about to be sent: durable before its first byte leaves, so that a crash never forgets it. */
export interface OpenAttempt {
  readonly id: string;
  readonly startedAt: UnixMs;
  /** Its events, in the order of the body. */
  readonly offsets: readonly Offset[];
  /** Where the cursor goes once it is settled; absent when its events are stragglers. */
  readonly cursorAfter?: Offset;
  /** The request's body, byte for byte; never headers. */
  readonly body: string;
}

/** `unknown`: no verdict, so the same bytes go again. `replaced`: some of its events may not, so the rest went as another. */
export type AttemptResult = 'delivered' | 'peel' | 'split' | 'retry' | 'blocked' | 'unknown' | 'replaced';

export interface SettledAttempt {
  readonly id: string;
  readonly at: UnixMs;
  readonly result: AttemptResult;
  /** Absent when no answer came. */
  readonly status?: number;
  /** What the vendor answered, with values that may be personal masked. */
  readonly answer?: string;
  readonly issues: readonly Issue[];
}

/** A stretch of the log that went by age before the connection came to it: one dead letter for all of its events. */
export interface ExpiredRange {
  /** The offset before it. */
  readonly after: Offset;
  readonly lastOffset: Offset;
  readonly events: number;
  readonly at: UnixMs;
}

/** One atomic step of a connection's pump. */
export interface DeliveryCommit {
  readonly state: ConnectionState;
  readonly open?: OpenAttempt;
  readonly settle?: SettledAttempt;
  readonly putDeferred?: readonly DeferredDelivery[];
  readonly removeDeferred?: readonly Offset[];
  readonly deadLetters?: readonly DeadLetter[];
  readonly removeDeadLetters?: readonly Offset[];
  /** Of every event that the cursor passes, and of stragglers whenever theirs changes. */
  readonly outcomes?: readonly EventOutcomeEntry[];
  /** Added to what is there: each event moves from its earlier outcome to the one above. */
  readonly counts?: readonly OutcomeCountChange[];
  /** Added to what is there. */
  readonly matches?: readonly MatchCount[];
  /** Grows the range that ends where this one begins. */
  readonly expired?: ExpiredRange;
  /** Ranges by their `through`. */
  readonly removeExpired?: readonly Offset[];
  /** The clock was set back, to this: stragglers that would wait longer than `longestWaitMs` from there are due. */
  readonly clockSetBackTo?: UnixMs;
}

/** How many events of one name and day were delivered, and by what the platform could match them. Nothing in it is personal. */
export interface MatchCount {
  /** Of the events' own time, in UTC: `YYYY-MM-DD`. */
  readonly day: string;
  readonly eventName: string;
  readonly delivered: number;
  readonly had: { readonly [K in MatchKey]?: number };
  /** By reason: see `event/missing-keys.ts`. */
  readonly lacked: { readonly [K in MatchKey]?: Readonly<Record<string, number>> };
}

/** One event as the identity pump saw it. */
export interface ReceivedReport {
  readonly offset: Offset;
  /** When the log took it. */
  readonly at: UnixMs;
  readonly name: string;
  readonly id: string;
  readonly reporter: Reporter;
  readonly keepUntil: UnixMs;
  /** A server or webhook states that the shopper granted. */
  readonly isGranted?: true;
}

/** One report, as the debugger searches for it. Of an event there is one entry in the index: that of its first, to which copies add. */
export interface IndexEntry {
  readonly offset: Offset;
  readonly receivedAt: UnixMs;
  /** When it happened. */
  readonly time: UnixMs;
  readonly name: string;
  readonly id: string;
  readonly reporter: Reporter;
  readonly consent: Pick<Consent, 'stated' | 'effective'>;
  /** What a platform could match it by, with what was known of the shopper. */
  readonly keys: readonly MatchKey[];
  readonly orderId?: string;
}

/** A report that did not come from a browser. */
export interface TrustedReport {
  readonly offset: Offset;
  /** The first report of its event, which may be a browser's. */
  readonly primary: Offset;
}

/** A purchase as the index has it, of all its reports together. */
export interface IndexedPurchase {
  /** Of its first report. */
  readonly offset: Offset;
  readonly receivedAt: UnixMs;
  /** When it happened. */
  readonly time: UnixMs;
  readonly id: string;
  readonly reporters: readonly Reporter[];
  /** Absent where no report told it, or the shopper denied. */
  readonly orderId?: string;
}

/** `undelivered`: the connection has not come to it yet. */
export type OutcomeFilter = EventOutcome | 'undelivered';

/** What all must hold of an event that is searched for; what is absent asks nothing. */
export interface EventSearch {
  /** One of these. */
  readonly names?: readonly string[];
  /** Reported by one of these. */
  readonly reporters?: readonly Reporter[];
  /** All of these. */
  readonly has?: readonly MatchKey[];
  /** None of these. */
  readonly lacks?: readonly MatchKey[];
  /** It happened at this time or later. */
  readonly since?: UnixMs;
  /** It happened before this time. */
  readonly until?: UnixMs;
  /** Part of the event's id or of its order's; A to Z and a to z are the same. */
  readonly text?: string;
  /** Its latest outcome on one of the pumps is one of these. Copies are found by `duplicate` alone, and by what is known of their event. */
  readonly outcomes?: { readonly pumps: readonly ConsumerId[]; readonly any: readonly OutcomeFilter[] };
  /** It is one of the newest so many events. */
  readonly among?: number;
  /** It stands before this offset. */
  readonly before?: Offset;
  readonly limit: number;
}

/** What reports of browsers have added to a site in one day: see `event/browser-budget.ts`. */
export interface BrowserUse {
  /** In UTC, counted from 1970-01-01. */
  readonly day: number;
  readonly visitors: number;
  readonly links: number;
}

/** One atomic step of a site's identity pump. */
export interface IdentityCommit {
  readonly site: string;
  readonly cursor: Offset;
  /** Those that stand after the cursor of before are counted as received. */
  readonly seen: readonly ReceivedReport[];
  /** Events that wait for somebody to say what the shopper consented to. */
  readonly pending?: readonly { readonly offset: Offset; readonly until: UnixMs }[];
  readonly resolved?: readonly Offset[];
  /** The whole of what is known by now of these visitors. */
  readonly facts?: readonly { readonly visitor: string; readonly facts: VisitorProfile }[];
  /** A link lasts from its first time to its newest. */
  readonly links?: readonly IdentityLink[];
  /** Visitors whose links up to a time are forgotten: they denied. */
  readonly unlink?: readonly { readonly visitor: string; readonly through: UnixMs }[];
  /** With this step included. Replaces what is there. */
  readonly browserUse?: BrowserUse;
  /** For the search. The same again changes nothing. */
  readonly index?: readonly IndexEntry[];
  /** Why a record's body is about to be taken from the log. The index forgets its match keys and its order's id. */
  readonly absent?: readonly { readonly offset: Offset; readonly reason: AbsentReason }[];
  readonly now: UnixMs;
}

/**
 * Why a record's body is gone. `erased-report`: an erasure took a browser's report that the shop did not confirm, and not its event, so the
 * other reports of the event count as before.
 */
export type AbsentReason = 'consent-denied' | 'erased' | 'erased-report';

/** What one erasure takes away. */
export interface Erasure {
  readonly site: string;
  /** Records whose bodies go from the log. */
  readonly offsets: readonly Offset[];
  /** Those of `offsets` whose events stay: browsers' reports that the shop did not confirm. */
  readonly reportsAlone?: ReadonlySet<Offset>;
  /** The other reports of the events of `reportsAlone`: the search finds these events by them alone from now on. */
  readonly index?: readonly IndexEntry[];
  readonly visitors: readonly {
    readonly visitor: string;
    /** What stays, because somebody else used the browser; absent: nothing. */
    readonly facts?: VisitorProfile;
    /** The keys of the links that go; absent: all. */
    readonly links?: readonly string[];
  }[];
  readonly now: UnixMs;
}

/** What is left of a request; an empty body ends one that was not settled, and its events are considered afresh. */
export interface AttemptErasure {
  readonly id: string;
  readonly offsets: readonly Offset[];
  readonly body: string;
}

/** What retention takes away of a site. */
export interface RetentionCutoffs {
  /** The last record that is gone from the log, or is about to go. */
  readonly through: Offset;
  readonly profilesBefore: UnixMs;
  readonly deadLettersBefore: UnixMs;
  readonly countsBefore: UnixMs;
  /** Attempts that began before it lose body and answer; absent: none does. */
  readonly bodiesBefore?: UnixMs;
}

/** A clock that is further ahead of the last sweep than this is not believed when it says that something is too old. */
export const maxClockJumpMs = 2 * dayMs;

/** The last sweep of a site, by the clock that it believed. */
export interface LastSweep {
  readonly at: UnixMs;
  /** The clock went far ahead of `at`; this is what it said when that was found. */
  readonly suspectedAt?: UnixMs;
}

/** A stored profile, as it is walked through. */
export interface ProfileRow {
  readonly visitor: string;
  readonly profile: VisitorProfile;
  /** An earlier version wrote it, and perhaps more than `facts` has: what is beyond today's bounds. */
  readonly isOutdated: boolean;
}

/** The profile of one visitor, or every one of which more bytes than that are stored. */
export type ProfilesToDrop = { readonly visitor: string } | { readonly largerThan: number };

/** How many profiles went, and how many bytes were stored of them. */
export interface DroppedProfiles {
  readonly profiles: number;
  readonly bytes: number;
}

export interface ExpiredProfile {
  readonly visitor: string;
  /** Made only where nobody wrote meanwhile. */
  readonly change?: { readonly before: VisitorProfile; readonly after: VisitorProfile };
}

export interface ExpiredDeadLetter {
  readonly consumer: ConsumerId;
  readonly offset: Offset;
  readonly bytes: Uint8Array;
}

/** An attempt as the debugger shows it. */
export interface AttemptRecord {
  readonly id: string;
  readonly consumer: ConsumerId;
  readonly startedAt: UnixMs;
  readonly offsets: readonly Offset[];
  readonly body: string;
  readonly bodySha256: string;
  readonly settled?: Omit<SettledAttempt, 'id'>;
}

/**
 * Everything that is kept beside the log. A site's partition of the log is named by the site's id; all offsets here are
 * that partition's. Its laws are `store.contract.ts`.
 */
export interface Store extends AccessStore, DashboardSiteStore, SiteActivityStore {
  /** The pump's lease for `ttlMs` by the store's clock, or `undefined` while another owner holds it. */
  acquireLease(pump: ConsumerId, owner: string, ttlMs: number): Promise<Lease | undefined>;
  /** @throws LeaseLostError */
  renewLease(lease: Lease, ttlMs: number): Promise<void>;
  releaseLease(lease: Lease): Promise<void>;

  /** One atomic step: all of it or none. @throws LeaseLostError when the lease's epoch is stale. */
  commitDelivery(lease: Lease, delta: DeliveryCommit): Promise<void>;
  /** One atomic step; seeing the same records again changes nothing. @throws LeaseLostError */
  commitIdentity(lease: Lease, delta: IdentityCommit): Promise<void>;

  /** `undefined` for a connection that never ran. */
  getConnectionState(pump: ConsumerId): Promise<ConnectionState | undefined>;
  getIdentityCursor(site: string): Promise<Offset>;
  /** How far the log had come, by every cursor that is kept. @throws CorruptRowError where one is not as it was written. */
  listCursors(): Promise<{ readonly identity: readonly Offset[]; readonly connections: readonly Offset[] }>;
  /** The last event that is known. */
  getLastKnownOffset(): Promise<Offset>;
  /** How many events are known that stand after this offset. */
  countKnownAfter(offset: Offset): Promise<number>;
  /**
   * Stragglers whose time has come, the earliest first; those of the first one's part alone when it has one. Trusted ones come before all
   * others, and without them unless they share a part. `trusted`: only trusted ones.
   */
  findDueDeliveries(pump: ConsumerId, now: UnixMs, limit: number, which?: 'trusted'): Promise<readonly DeferredDelivery[]>;
  /** When the next straggler comes due. */
  getNextDueTime(pump: ConsumerId): Promise<UnixMs | undefined>;
  /** When the last straggler is due. */
  getLastDueTime(pump: ConsumerId): Promise<UnixMs | undefined>;
  getDeferredDeliveries(pump: ConsumerId, offsets: readonly Offset[]): Promise<readonly DeferredDelivery[]>;
  /**
   * The attempt that was opened and never settled, if any: at most one per pump. `isDamaged`: its bytes are not what they were, so
   * that it has neither members nor a body, and must not go again.
   */
  getOpenAttempt(pump: ConsumerId): Promise<(OpenAttempt & { readonly sent: number; readonly isDamaged?: true }) | undefined>;

  /** Which of the records from `from` to `through` are copies, and of which first. */
  findDuplicates(site: string, from: Offset, through: Offset): Promise<ReadonlyMap<Offset, Offset>>;
  /**
   * Reports of servers and webhooks after `after` up to `through`, in log order, at most `limit`: where each stands, and the first report
   * of its event. Looks through a bounded part of the index; `through` is how far, `others` how many other events stand in it.
   */
  findTrustedReports(
    site: string,
    after: Offset,
    through: Offset,
    limit: number,
  ): Promise<{ readonly reports: readonly TrustedReport[]; readonly through: Offset; readonly others: number }>;
  /** The copies of each of these firsts, in log order. */
  findDuplicatesByPrimary(site: string, firsts: readonly Offset[]): Promise<ReadonlyMap<Offset, readonly Offset[]>>;
  /** Who reported purchases since `since`. */
  getPurchaseReporters(site: string, since: UnixMs): Promise<readonly Reporter[]>;
  /** As the last step said that had one. */
  getBrowserUsage(site: string): Promise<BrowserUse | undefined>;
  /** Purchases after an offset that browsers alone reported: how many, up to `most`, and the last of those. Copies are no purchases of their own. */
  countBrowserPurchases(site: string, after: Offset, most: number): Promise<{ readonly count: number; readonly last?: Offset }>;
  /** Pending events whose wait is over; one that is longer than any wait was set by a clock that was ahead, and is over too. */
  findExpiredPending(site: string, now: UnixMs): Promise<readonly Offset[]>;
  /**
   * Those of these records whose event was erased: by an earlier report of it, or in this very one. Told before `commitIdentity` has
   * seen them. A record that was erased alone is among them, but the other reports of its event are not.
   */
  findErasedRecords(
    site: string,
    records: readonly Pick<ReceivedReport, 'offset' | 'name' | 'id'>[],
    now: UnixMs,
  ): Promise<ReadonlySet<Offset>>;
  getAbsentReasons(site: string, offsets: readonly Offset[]): Promise<ReadonlyMap<Offset, AbsentReason>>;

  /**
   * What is known of these visitors. However large a profile of an earlier version is, no more than `maxAnswerBytes` are read from the
   * disk at a time, and others have their turn in between.
   * @throws ProfilesTooLargeError where they are more than `visitorsAtOnce` and the answer would be larger than `maxAnswerBytes`.
   */
  getProfiles(site: string, visitors: readonly string[]): Promise<ReadonlyMap<string, VisitorProfile>>;
  /** Who is linked by any of these keys, the newest first; of one key at most one more than may share it. */
  findLinks(site: string, keys: readonly string[]): Promise<readonly IdentityLink[]>;

  /**
   * First offsets of events, the newest first. Go on with `before` as the next search's; without it there are no more. A search looks
   * through a bounded part of the index at once, so it may find fewer than asked for and still go on.
   */
  searchEvents(site: string, search: EventSearch): Promise<{ readonly offsets: readonly Offset[]; readonly before?: Offset }>;
  /** Purchases whose first report stands after `after`, up to `through`, in log order. Those of erased people are not among them. */
  listPurchases(site: string, after: Offset, through: Offset, limit: number): Promise<readonly IndexedPurchase[]>;
  /** First offsets of the events with this id, whatever their name. */
  findEvents(site: string, eventId: string): Promise<readonly Offset[]>;
  /** The latest outcome of each of these on one connection; what is not settled is left out. */
  getOutcomes(pump: ConsumerId, offsets: readonly Offset[]): Promise<ReadonlyMap<Offset, StoredOutcome>>;
  /** The attempts that covered this event, in the order of their start. */
  listAttempts(pump: ConsumerId, offset: Offset): Promise<readonly AttemptRecord[]>;
  /** How many events stand under each outcome by now, since the connection began. */
  countByOutcome(pump: ConsumerId): Promise<Readonly<Partial<Record<EventOutcome, number>>>>;
  /**
   * What was counted of a site's events that the log took from `since`, a step's begin, to before `until`; outcomes by stretches
   * of `stretchMs`. Steps are kept for 35 days. Nothing is counted of what came before this store could count.
   */
  getEventCounts(
    site: string,
    pumps: readonly ConsumerId[],
    since: UnixMs,
    until: UnixMs,
    stretchMs: number,
  ): Promise<EventCounts>;
  /** From which step on events are counted. */
  getCountingStart(): Promise<UnixMs>;
  /** How many events were received in the steps after `step`. */
  countReceivedAfter(site: string, step: UnixMs): Promise<number>;
  /**
   * Of what a connection has not sent; `oldest`: when the earliest of its stragglers and of the next 1,000 events happened. A purchase that
   * waits to be confirmed may wait, so it is not among these.
   */
  getUnsent(
    site: string,
    pump: ConsumerId,
  ): Promise<{ readonly waiting: number; readonly deadLetters: number; readonly oldest?: UnixMs }>;
  /** The newest first, of one time the latest in the log first; with `from` what stands there and all that follows it. */
  listDeadLetters(pump: ConsumerId, limit: number, from?: Pick<DeadLetter, 'at' | 'offset'>): Promise<readonly DeadLetter[]>;
  /** Where those of these are that are dead letters; or the next ones after a place, in log order. */
  findDeadLetterOffsets(
    pump: ConsumerId,
    which: readonly Offset[] | { readonly after: Offset; readonly limit: number },
  ): Promise<readonly Offset[]>;
  /** Sums of the days from `since` to `until`, by day and name. Days are kept for 400 days; of one day 200 names, the rest as `(other)`. */
  getMatchCounts(pump: ConsumerId, since: string, until: string): Promise<readonly MatchCount[]>;

  /**
   * Takes one person's data away but for attempts, and notes the offsets until `endErasure`. The pumps of the site must stand
   * still, or they write what they hold in memory. Dead letters and what waits for consent go with their records.
   * @throws InsufficientSpaceError, and takes nothing, where `endErasure` would throw it.
   */
  beginErasure(erasure: Erasure): Promise<void>;
  /** Records of erasures that began and did not end, because the process did; `undefined` where none is left. */
  getUnfinishedErasure(site: string): Promise<readonly Offset[] | undefined>;
  /** Their answers go, whatever they said; the hash of what was sent stays. */
  eraseAttempts(attempts: readonly AttemptErasure[], now: UnixMs): Promise<void>;
  /**
   * Resolves when nothing of what was erased can be found in the store's files. May take seconds per gigabyte; whatever else is to be
   * written waits. @throws InsufficientSpaceError
   */
  endErasure(site: string): Promise<void>;
  /** The checkouts among the links of each of these visitors: of the newest 256 links of a visitor. */
  findCheckoutLinks(site: string, visitors: readonly string[]): Promise<readonly IdentityLink[]>;
  /** Every visitor who is linked by any of these keys. */
  findLinkedVisitors(site: string, keys: readonly string[]): Promise<readonly string[]>;
  /** Every link of these visitors. */
  listVisitorLinks(site: string, visitors: readonly string[]): Promise<readonly IdentityLink[]>;

  /** When the site was swept last, and since when its sweeps have not believed the clock. */
  getLastSweep(site: string): Promise<LastSweep | undefined>;
  saveLastSweep(site: string, sweep: LastSweep): Promise<void>;
  /** Every site that ever ran here. */
  listSites(): Promise<readonly string[]>;
  /** A page of the site's attempts after a place, 0 at first; fewer than `limit` where their bodies are large. */
  listSiteAttempts(
    site: string,
    after: number,
    limit: number,
  ): Promise<{ readonly attempts: readonly AttemptRecord[]; readonly through: number }>;
  listSiteDeadLetters(
    site: string,
    after: Pick<ExpiredDeadLetter, 'consumer' | 'offset'> | undefined,
    limit: number,
  ): Promise<readonly (DeadLetter & { readonly consumer: ConsumerId })[]>;
  /** Fewer than `limit` where they are large; at least one where there is one. */
  listSiteProfiles(site: string, after: string, limit: number): Promise<readonly ProfileRow[]>;
  /**
   * Takes what is known of these visitors, and their links but those to checkouts. What they chose stays. The site's identity pump must
   * stand still, or it writes what it holds in memory.
   * @param dryRun counts what would go.
   */
  dropProfiles(site: string, which: ProfilesToDrop, dryRun: boolean): Promise<DroppedProfiles>;
  /** Stragglers at or before an offset, in log order. */
  listDeferredUpTo(pump: ConsumerId, through: Offset, limit: number): Promise<readonly Offset[]>;
  /** The newest first. */
  listExpiredRanges(pump: ConsumerId): Promise<readonly ExpiredRange[]>;
  /** Takes away at most `limit` rows of a kind; answers how many went, 0 once it is done. */
  removeExpired(site: string, what: RetentionCutoffs, limit: number): Promise<number>;
  /**
   * Purchases whose first report stands after `after`, up to `through`, that only a browser reported and no connection delivered: a later
   * report of the shop is a new event. If the browser denied, only a report that states a grant is. Takes a page at a time; `next` is the
   * place to go on from.
   */
  releaseClaims(site: string, after: Offset, through: Offset): Promise<{ readonly released: number; readonly next?: Offset }>;
  /** Which events were told is forgotten where its time is over and its record gone. Answers how many went, and where to go on. */
  removeExpiredPrimaries(
    site: string,
    from: string,
    through: Offset,
    now: UnixMs,
  ): Promise<{ readonly gone: number; readonly next?: string }>;
  /** Also takes those visitors' links that were told last before `linksBefore`. Answers how many rows changed. */
  stripExpiredProfiles(site: string, visitors: readonly ExpiredProfile[], linksBefore: UnixMs): Promise<number>;
  stripExpiredDeadLetters(letters: readonly ExpiredDeadLetter[]): Promise<void>;
  /** Gives a bounded part of the free space back to the disk; whether there is more. */
  reclaimDiskSpace(): Promise<boolean>;
  close(): Promise<void>;
}
