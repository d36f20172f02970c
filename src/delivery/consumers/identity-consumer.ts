import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Clock, WakeSignal } from '../../clock/clock.ts';
import type { BrowserBudget } from '../../event/browser-budget.ts';
import { pendingConsentMs } from '../../event/consent.ts';
import { isReporter, isTrusted, parseEvent } from '../../event/event.ts';
import { isSignalName } from '../../event/event-names.ts';
import { dayMs, secondMs } from '../../event/units.ts';
import type { IdentityLink } from '../../identity/identity-links.ts';
import { dropExpired, type VisitorProfile } from '../../identity/visitor-profile.ts';
import { describeError, type Logger } from '../../logger.ts';
import { type EventLog, type LogRecord, type Offset, startOffset } from '../../storage/log/event-log.ts';
import { type IdentityCommit, type Lease, LeaseLostError } from '../../storage/store/consumers.ts';
import type { ReceivedReport } from '../../storage/store/reports.ts';
import type { Store } from '../../storage/store/store.ts';
import { ProfilesTooLargeError, visitorsAtOnce } from '../../storage/store/visitor-profiles.ts';
import { loadEvents } from '../planning/load-events.ts';
import { buildIndexEntries } from '../profiles/index-entries.ts';
import { ProfileBudget } from '../profiles/profile-budget.ts';
import {
  extractProfileUpdates,
  isCheckoutConsentDenied,
  profileSubjects,
  visitorsWhoDenied,
} from '../profiles/profile-updates.ts';
import { iterateSlices } from '../profiles/slices.ts';

export interface IdentityPumpOptions {
  readonly site: string;
  readonly log: EventLog;
  readonly store: Store;
  readonly clock: Clock;
  readonly owner: string;
  readonly leaseTtlMs: number;
  readonly logger: Logger;
  /** What browsers may add in a day; absent: no bound. */
  readonly browserBudget?: BrowserBudget;
  /** Told of what ended a step. */
  readonly onFault?: (error: unknown) => void;
  /** The cursor moved, so the site's connections may read on. */
  readonly onProgress: () => void;
}

/** A page of whose visitors too much is known is halved, down to one record. */
const pageRecords = 1_000;
const pageBytes = 4 * 1024 * 1024;
const keepMs = 8 * dayMs;
const keepPurchaseMs = 400 * dayMs;
const afterFaultMs = 5 * secondMs;
/** Visitors whose checkouts are read at once, and checkouts that a page may change. */
const denyingAtOnce = 32;
const maxCheckouts = 8_192;

/**
 * The first reader of a site's log. It tells firsts from copies, keeps what reports tell of visitors, and ends the wait of events
 * that nobody spoke for: their bodies are redacted. No connection reads past it.
 */
export class IdentityConsumer {
  readonly #o: IdentityPumpOptions;
  readonly #bell: WakeSignal;
  readonly #stills: { readonly run: () => Promise<void>; readonly drop: () => void }[] = [];
  #stopping = false;
  #hasEnded = false;
  #cursor: Offset = startOffset;
  #renewedAt = 0;
  readonly #budget: ProfileBudget;
  #pageRecords = pageRecords;

  constructor(options: IdentityPumpOptions) {
    this.#o = options;
    this.#bell = new WakeSignal(options.clock);
    this.#budget = new ProfileBudget({ ...options, budget: options.browserBudget });
  }

  get cursor(): Offset {
    return this.#cursor;
  }

  wake(): void {
    this.#bell.ring();
  }

  /** Resolves when the pump stands between two steps with nothing in hand, where it stays until `done` has ended. */
  standStill(done: Promise<unknown>): Promise<void> {
    return new Promise((resolve) => {
      const run = () => {
        resolve();
        return this.#bell.until(done, this.#o.leaseTtlMs / 3);
      };
      if (this.#hasEnded) resolve();
      else this.#stills.push({ run, drop: resolve });
      this.#bell.ring();
    });
  }

  async run(): Promise<void> {
    const { store, site, owner, leaseTtlMs, logger } = this.#o;
    const pump = `identity:${site}`;
    while (!this.#stopping) {
      try {
        const lease = await store.acquireLease(pump, owner, leaseTtlMs);
        if (!lease) {
          await this.#bell.wait(leaseTtlMs / 3);
          continue;
        }
        this.#renewedAt = this.#o.clock.now();
        this.#cursor = await store.getIdentityCursor(site);
        await this.#budget.restore();
        this.#o.onProgress();
        while (!this.#stopping) await this.#step(lease);
        await store.releaseLease(lease);
      } catch (error) {
        this.#o.onFault?.(error);
        logger.error({ pump, error: describeError(error) }, error instanceof LeaseLostError ? 'lease lost' : 'pump fault');
        await this.#bell.wait(afterFaultMs);
      }
    }
    this.#hasEnded = true;
    for (const { drop } of this.#stills.splice(0)) drop();
  }

  stop(): void {
    this.#stopping = true;
    this.#bell.ring();
  }

  async #step(lease: Lease): Promise<void> {
    const { log, store, site, clock, leaseTtlMs } = this.#o;
    const sinceMs = clock.now() - this.#renewedAt;
    if (sinceMs < 0 || sinceMs >= leaseTtlMs / 3) {
      await store.renewLease(lease, leaseTtlMs);
      this.#renewedAt = clock.now();
    }
    const still = this.#stills.shift();
    if (still) return still.run();
    const { records, lastOffset: through } = await log.read(site, this.#cursor, { records: this.#pageRecords, bytes: pageBytes });
    if (!(await this.#takePage(lease, records, through))) return;
    // A wait ends only once everything was read that came in its time: the word may stand in what is still to be read.
    // The log's times never go back, so they stand ahead of a clock that was put right.
    const over = await store.findExpiredPending(site, Math.min(records.at(-1)?.at ?? clock.now(), clock.now()));
    if (over.length > 0) await this.#endWait(lease, over);
    if (records.length === 0) await this.#bell.wait(Math.min(leaseTtlMs / 3, secondMs));
  }

  /** Answers whether the page was taken; else the next step reads half of it. The bound grows again with every page that is taken. */
  async #takePage(lease: Lease, records: readonly LogRecord[], through: Offset): Promise<boolean> {
    if (records.length === 0) return true;
    try {
      await this.#take(lease, records, through);
    } catch (error) {
      if (!(error instanceof ProfilesTooLargeError) || records.length === 1) throw error;
      await this.#budget.restore();
      this.#pageRecords = Math.ceil(records.length / 2);
      return false;
    }
    this.#pageRecords = Math.min(pageRecords, 2 * this.#pageRecords);
    return true;
  }

  async #take(lease: Lease, records: readonly LogRecord[], cursor: Offset): Promise<void> {
    const { site, store, clock } = this.#o;
    const now = clock.now();
    const isOver = await this.#budget.overBudget(records.map(toSeen).filter(isBrowsersPurchase));
    const events = records
      .map(toSeen)
      .filter(({ name }) => !isSignalName(name))
      .map((one) => (isBrowsersPurchase(one) && isOver(one) ? { ...one, keepUntil: one.at + keepMs } : one));
    const erased = await store.findErasedRecords(site, records.map(toSeen), now);
    const late = records.filter(({ offset, body }) => erased.has(offset) && !('redacted' in body)).map(({ offset }) => offset);
    const left = records.filter(({ offset }) => !erased.has(offset));
    const reports = left.flatMap(({ offset, body }) => ('bytes' in body ? [{ offset, event: parseEvent(body.bytes) }] : []));
    const isOneRecord = records.length === 1;
    const linked = await this.#checkoutsOf(visitorsWhoDenied(reports), isOneRecord);
    const known = await this.#factsOf(profileSubjects(reports, linked), isOneRecord);
    await nextTurn();
    // Before the commit: a crash in between redacts again.
    if (late.length > 0) await this.#o.log.redact(site, late);
    for (const { offset, id, name } of events)
      if (late.includes(offset)) this.#o.logger.debug({ event: id, name }, 'erased as it came: its person was erased before');
    const granting = new Set(
      reports.filter(({ event }) => isTrusted(event) && event.consent.stated === 'granted').map(({ offset }) => offset),
    );
    const seen = events.map((one) => (granting.has(one.offset) ? { ...one, isGranted: true as const } : one));
    const learned = extractProfileUpdates(reports, known, linked);
    const pending = reports.flatMap(({ offset, event }) => {
      // Where the shopper said no in the checkout, the order may still be told with a yes that they gave since.
      const isDenied = isCheckoutConsentDenied(event, (subject) => learned.facts.get(subject) ?? known.get(subject));
      const waits = isDenied || event.consent.effective === 'pending';
      return waits ? [{ offset, until: event.receivedAt + pendingConsentMs }] : [];
    });
    const all = [...learned.facts].map(([visitor, told]) => ({ visitor, facts: dropExpired(told, now) }));
    const deniedAt = new Map(all.flatMap(({ visitor, facts: { deniedAt: at } }) => (at === undefined ? [] : [[visitor, at]])));
    const fresh = learned.links.filter(({ visitor, at }) => at > (deniedAt.get(visitor) ?? Number.NEGATIVE_INFINITY));
    const { facts, links, ...used } = await this.#budget.admit({ facts: all, links: fresh }, reports, known, now);
    const unlink = [...deniedAt].map(([visitor, through]) => ({ visitor, through }));
    const told = { facts: new Map(facts.map((one) => [one.visitor, one.facts])), links };
    const index = await buildIndexEntries(left, reports, told, store, site);
    const absent = late.map((offset) => ({ offset, reason: 'erased' }) as const);
    await this.#commit(lease, {
      site,
      cursor,
      reports: seen,
      pending,
      profiles: facts.map(({ visitor, facts: profile }) => ({ visitor, profile })),
      links,
      ...used,
      unlink,
      index,
      absent,
      now,
    });
    this.#cursor = cursor;
    this.#o.onProgress();
  }

  /** @throws TooMuchKnown unless the page cannot be halved. */
  async #factsOf(visitors: readonly string[], isOneRecord: boolean): Promise<ReadonlyMap<string, VisitorProfile>> {
    const { store, site } = this.#o;
    if (!isOneRecord) return store.getProfiles(site, visitors);
    const known = new Map<string, VisitorProfile>();
    for await (const some of iterateSlices(visitors, visitorsAtOnce))
      for (const [visitor, facts] of await store.getProfiles(site, some)) known.set(visitor, facts);
    return known;
  }

  /** @throws TooMuchKnown where they are more than one page may change, unless it cannot be halved. */
  async #checkoutsOf(visitors: readonly string[], isOneRecord: boolean): Promise<readonly IdentityLink[]> {
    const found: IdentityLink[] = [];
    for await (const some of iterateSlices(visitors, denyingAtOnce)) {
      for (const link of await this.#o.store.findCheckoutLinks(this.#o.site, some)) found.push(link);
      if (found.length > maxCheckouts && !isOneRecord)
        throw new ProfilesTooLargeError(`${found.length} checkouts are linked: take fewer records`);
    }
    return found;
  }

  /**
   * A copy shares the fate of its event, whoever of the two came first.
   * Said before it is done: a crash in between redacts again, and nobody takes the gap for an erasure.
   */
  async #endWait(lease: Lease, offsets: readonly Offset[]): Promise<void> {
    const { log, store, site, clock, logger } = this.#o;
    const firstOf = await store.findDuplicates(site, offsets[0] ?? startOffset, offsets.at(-1) ?? startOffset);
    const eventOf = (offset: Offset) => firstOf.get(offset) ?? offset;
    const found = await loadEvents(log, store, site, await log.get(site, [...new Set(offsets.map(eventOf))]));
    const granted = found.filter(({ event }) => event?.consent.effective === 'granted');
    const kept = new Set(granted.map(({ record }) => record.offset));
    const refused = offsets.filter((offset) => !kept.has(eventOf(offset)));
    const delta = { site, cursor: this.#cursor, reports: [], now: clock.now() };
    await this.#commit(lease, { ...delta, absent: refused.map((offset) => ({ offset, reason: 'consent-denied' })) });
    if (refused.length > 0) await log.redact(site, refused);
    const refusedEvents = new Set(refused.map(eventOf));
    for (const { record, event } of found)
      if (event && refusedEvents.has(record.offset))
        logger.debug({ event: event.id, name: event.name }, 'held, and no consent came');
    await this.#commit(lease, { ...delta, resolved: offsets });
  }

  #commit(lease: Lease, delta: IdentityCommit): Promise<void> {
    return this.#o.store.commitIdentity(lease, delta);
  }
}

function isBrowsersPurchase({ name, reporter }: ReceivedReport): boolean {
  return name === 'Purchase' && reporter === 'browser';
}

/** From the key alone, which outlives the body. */
function toSeen({ offset, key, at }: LogRecord): ReceivedReport {
  const [name = '', id = '', reporter = ''] = key.split('\u001f');
  return {
    offset,
    at,
    name,
    id,
    reporter: isReporter(reporter) ? reporter : 'server',
    keepUntil: at + (name === 'Purchase' ? keepPurchaseMs : keepMs),
  };
}
