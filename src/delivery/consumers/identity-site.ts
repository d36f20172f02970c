import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../../clock/clock.ts';
import type { BrowserBudget } from '../../event/browser-budget.ts';
import { pendingConsentMs } from '../../event/consent.ts';
import { isTrusted } from '../../event/event.ts';
import { isSignalName } from '../../event/event-names.ts';
import { hourMs, type UnixMs } from '../../event/units.ts';
import {
  type EventLog,
  type LogPage,
  type LogRecord,
  type NewRecord,
  type Offset,
  startOffset,
} from '../../storage/log/event-log.ts';
import { identityConsumerId } from '../../storage/ports/consumer-id.ts';
import type { IdentityCommit, Lease } from '../../storage/ports/consumers.ts';
import type { IdentityStore } from '../../storage/ports/store.ts';
import { ProfilesTooLargeError, visitorsAtOnce } from '../../storage/ports/visitor-profiles.ts';
import type { IdentityLink } from '../../visitors/identity-links.ts';
import { dropExpired } from '../../visitors/profile-expiry.ts';
import type { VisitorProfile } from '../../visitors/visitor-profile.ts';
import { loadEvents } from '../planning/load-events.ts';
import { loadPaymentFacts } from '../planning/payment-facts.ts';
import { getWaitStart } from '../planning/wait-start.ts';
import { buildIndexEntries } from '../profiles/index-entries.ts';
import { iterateSlices } from '../profiles/iterate-slices.ts';
import { type BudgetLogger, ProfileBudget } from '../profiles/profile-budget.ts';
import {
  extractProfileUpdates,
  findDeniedVisitors,
  isCheckoutConsentDenied,
  listProfileSubjects,
} from '../profiles/profile-updates.ts';
import type { HeldLease, LeaseKeeper } from './lease-keeper.ts';
import { applyFacts, readPayments, toSaleRecord } from './read-payments.ts';
import {
  isBrowserPurchaseReport,
  isUndecided,
  keepBriefly,
  parseReports,
  readOrder,
  readRefund,
  toReceivedReport,
} from './read-reports.ts';

/** The log lines of identification: on a thread of its own they have no library. */
export interface IdentityLogger extends BudgetLogger {
  debug(fields: object, event: string): void;
}

/** The reads and the redaction of the event log that identification needs. */
export type IdentityLog = Pick<EventLog, 'read' | 'get' | 'findOffsetAt' | 'redact' | 'isFedBySpools'> & {
  /** Resolves when the records are durable. */
  append(records: readonly NewRecord[]): Promise<unknown>;
};

export interface IdentityPage extends LogPage {
  /** Set if the event log had no more records. */
  readonly isLast: boolean;
}

export interface IdentitySiteDeps {
  readonly log: IdentityLog;
  readonly store: IdentityStore;
  readonly clock: Clock;
  readonly leases: LeaseKeeper;
  readonly logger: IdentityLogger;
  /** The site's daily budget for events that only browsers report; unlimited if absent. */
  readonly browserBudget?: BrowserBudget;
  /** Called when the cursor has moved. */
  readonly onProgress: (cursor: Offset) => void;
  /** Called when the site has to be read again. */
  readonly wake: () => void;
}

/** The size of a page. A page whose visitors have too large profiles is halved, down to one record. */
export interface PageSize {
  readonly records: number;
  readonly bytes: number;
}

export const maxPage: PageSize = { records: 1_000, bytes: 4 * 1024 * 1024 };
/** The longest sleep of a site without work. New records wake it earlier; the bound limits the delay if a wake-up is ever missed. */
export const longestWaitMs = hourMs;
/** Number of visitors per query for checkouts. */
const deniedVisitorsAtOnce = 32;
/** Maximum number of checkouts that one page may change. */
const maxCheckouts = 8_192;

/** One site's partition of the event log, as the identity consumer reads it: its lease, its cursor, and the processing of its records. */
export class IdentitySite {
  readonly id: string;
  readonly #o: IdentitySiteDeps;
  readonly #budget: ProfileBudget;
  #heldLease: HeldLease | undefined;
  #cursor: Offset = startOffset;
  #pageRecords = maxPage.records;

  constructor(id: string, deps: IdentitySiteDeps) {
    this.id = id;
    this.#o = deps;
    this.#budget = new ProfileBudget({ ...deps, site: id, budget: deps.browserBudget });
  }

  get cursor(): Offset {
    return this.#cursor;
  }

  /** Acquires the lease, unless it is held. Returns false while another process has it. */
  async acquire(): Promise<boolean> {
    if (this.#heldLease) return true;
    const heldLease = await this.#o.leases.acquire(identityConsumerId(this.id), this.#o.wake);
    if (!heldLease) return false;
    this.#heldLease = heldLease;
    this.#cursor = await this.#o.store.getIdentityCursor(this.id);
    await this.#budget.restore();
    this.#o.onProgress(this.#cursor);
    return true;
  }

  /** Gives the lease up after a fault, because the stored state is unknown. The next `acquire` reads it again. */
  drop(): void {
    this.#heldLease?.drop();
    this.#heldLease = undefined;
  }

  async release(): Promise<void> {
    await this.#heldLease?.release().catch(() => undefined);
    this.#heldLease = undefined;
  }

  /** Reads the next page: no more than `max`, and no more records than the site's last pages allow. */
  async read(max: PageSize): Promise<IdentityPage> {
    const most = Math.min(max.records, this.#pageRecords);
    const page = await this.#o.log.read(this.id, this.#cursor, { records: most, bytes: max.bytes });
    const bytes = page.records.reduce((sum, { body }) => sum + ('bytes' in body ? body.bytes.byteLength : 0), 0);
    return { ...page, isLast: page.records.length < most && bytes < max.bytes / 2 };
  }

  /**
   * Processes a page, and ends the waits that are over. Returns when the site has work again, unless new records come before.
   * @throws LeaseLostError
   */
  async process(page: IdentityPage): Promise<UnixMs> {
    const heldLease = this.#heldLease;
    if (!heldLease) return this.#o.clock.now();
    await heldLease.keep();
    try {
      return await this.#processAs(heldLease.lease, page);
    } finally {
      heldLease.rest();
    }
  }

  async #processAs(lease: Lease, { records, lastOffset, isLast }: IdentityPage): Promise<UnixMs> {
    const { store, clock } = this.#o;
    if (!(await this.#processPage(lease, records, lastOffset))) return clock.now();
    // A wait ends only after all records of its period were read, because one of them may contain the consent. The minimum is taken because
    // the event log's times never decrease, so they may be ahead of a clock that was corrected.
    const expired = await store.findExpiredPending(this.id, Math.min(records.at(-1)?.at ?? clock.now(), clock.now()));
    if (expired.length > 0) await this.#expirePending(lease, expired);
    if (!isLast) return clock.now();
    return Math.min((await store.getNextPendingExpiry(this.id)) ?? Number.POSITIVE_INFINITY, clock.now() + longestWaitMs);
  }

  /**
   * Processes a page. Returns false if the page is too large: the next step then reads half of it. Each processed page doubles
   * the limit again.
   */
  async #processPage(lease: Lease, records: readonly LogRecord[], through: Offset): Promise<boolean> {
    if (records.length === 0) return true;
    try {
      await this.#process(lease, records, through);
    } catch (error) {
      if (!(error instanceof ProfilesTooLargeError) || records.length === 1) throw error;
      await this.#budget.restore();
      this.#pageRecords = Math.ceil(records.length / 2);
      return false;
    }
    this.#pageRecords = Math.min(maxPage.records, 2 * this.#pageRecords);
    return true;
  }

  async #process(lease: Lease, records: readonly LogRecord[], cursor: Offset): Promise<void> {
    const { store, clock } = this.#o;
    const site = this.id;
    const now = clock.now();
    const received = records.map(toReceivedReport);
    const isOver = await this.#budget.findOverBudget(received.filter(isBrowserPurchaseReport));
    const events = received
      .filter(({ name }) => !isSignalName(name))
      .map((one) => (isBrowserPurchaseReport(one) && isOver(one) ? keepBriefly(one) : one));
    const erased = await store.findErasedRecords(site, received, now);
    const late = records.filter(({ offset, body }) => erased.has(offset) && !('redacted' in body)).map(({ offset }) => offset);
    const left = records.filter(({ offset }) => !erased.has(offset));
    await nextTurn();
    const parsed = await parseReports(left);
    const bodies = parsed.map(({ event }) => event);
    const stored = await loadPaymentFacts(bodies, store, site);
    const payments = readPayments(bodies, stored);
    const shown = applyFacts(bodies, stored, payments.facts);
    const all = parsed.map((report, index) => ({ ...report, event: shown[index] ?? report.event }));
    // An event that a rule added repeats what the profiles know already.
    const reports = all.filter(({ event }) => !event.addedBy);
    const isOneRecord = records.length === 1;
    const linked = await this.#loadCheckoutLinks(findDeniedVisitors(reports), isOneRecord);
    const known = await this.#loadProfiles(listProfileSubjects(reports, linked), isOneRecord);
    await nextTurn();
    // Redacts before the commit, so that a crash in between repeats the redaction.
    if (late.length > 0) await this.#o.log.redact(site, late);
    for (const { offset, id, name } of events)
      if (late.includes(offset)) this.#o.logger.debug({ event: id, name }, 'event erased on receipt');
    const granting = new Set(
      reports.filter(({ event }) => isTrusted(event) && event.consent.stated === 'granted').map(({ offset }) => offset),
    );
    const undecided = new Set(reports.filter(({ event }) => isUndecided(event)).map(({ offset }) => offset));
    const orders = new Map(
      reports.flatMap(({ offset, event }) => (event.name === 'Purchase' ? [[offset, readOrder(event)]] : [])),
    );
    const refunds = new Map(reports.map(({ offset, event }) => [offset, readRefund(event)]));
    const seen = events.map((one) => {
      const [order, refund] = [orders.get(one.offset), refunds.get(one.offset)];
      const isGranted = granting.has(one.offset) && { isGranted: true as const };
      const hasNoChoice = undecided.has(one.offset) && { isUndecided: true as const };
      return { ...one, ...isGranted, ...hasNoChoice, ...(order && { order }), ...(refund && { refund }) };
    });
    // Appended before the commit, so that a crash in between appends the same records again, which changes nothing.
    if (payments.sales.length > 0) await this.#o.log.append(payments.sales.map(toSaleRecord));
    const updates = extractProfileUpdates(reports, known, linked);
    await nextTurn();
    const pending = reports.flatMap(({ offset, at, event }) => {
      // After a denial in the checkout, a later report of the order may still contain a newer grant.
      const isDenied = isCheckoutConsentDenied(event, (subject) => updates.profiles.get(subject) ?? known.get(subject));
      const waits = isDenied || event.consent.effective === 'pending';
      return waits
        ? [{ offset, until: getWaitStart(event.receivedAt, at, now, this.#o.log.isFedBySpools) + pendingConsentMs }]
        : [];
    });
    const changed = [...updates.profiles].map(([visitor, profile]) => ({ visitor, facts: dropExpired(profile, now) }));
    const deniedAt = new Map(
      changed.flatMap(({ visitor, facts: { deniedAt: at } }) => (at === undefined ? [] : [[visitor, at]])),
    );
    const fresh = updates.links.filter(({ visitor, at }) => at > (deniedAt.get(visitor) ?? Number.NEGATIVE_INFINITY));
    const { facts, links, ...used } = await this.#budget.admit({ facts: changed, links: fresh }, reports, known, records, now);
    const unlink = [...deniedAt].map(([visitor, through]) => ({ visitor, through }));
    const admitted = { profiles: new Map(facts.map((one) => [one.visitor, one.facts])), links };
    const { places, networkPurchases } = await this.#budget.placePurchases(all, now);
    const index = (await buildIndexEntries(left, all, admitted, store, site)).map((entry) => {
      const networkPlace = places.get(entry.offset);
      return networkPlace === undefined ? entry : { ...entry, networkPlace };
    });
    const absent = late.map((offset) => ({ offset, reason: 'erased' }) as const);
    await nextTurn();
    await this.#commit(lease, {
      site,
      cursor,
      reports: seen,
      pending,
      profiles: facts.map(({ visitor, facts: profile }) => ({ visitor, profile })),
      links,
      ...used,
      networkPurchases,
      unlink,
      index,
      absent,
      paymentFacts: payments.facts,
      now,
    });
    this.#cursor = cursor;
    this.#o.onProgress(cursor);
  }

  /** @throws ProfilesTooLargeError unless the page is a single record */
  async #loadProfiles(visitors: readonly string[], isOneRecord: boolean): Promise<ReadonlyMap<string, VisitorProfile>> {
    const { store } = this.#o;
    const site = this.id;
    if (!isOneRecord) return store.getProfiles(site, visitors);
    const known = new Map<string, VisitorProfile>();
    for await (const some of iterateSlices(visitors, visitorsAtOnce))
      for (const [visitor, profile] of await store.getProfiles(site, some)) known.set(visitor, profile);
    return known;
  }

  /** @throws ProfilesTooLargeError if the page would change too many checkouts, unless it is a single record */
  async #loadCheckoutLinks(visitors: readonly string[], isOneRecord: boolean): Promise<readonly IdentityLink[]> {
    const found: IdentityLink[] = [];
    for await (const some of iterateSlices(visitors, deniedVisitorsAtOnce)) {
      for (const link of await this.#o.store.findCheckoutLinks(this.id, some)) found.push(link);
      if (found.length > maxCheckouts && !isOneRecord)
        throw new ProfilesTooLargeError(`${found.length} checkouts are linked to the visitors of this page: read fewer records`);
    }
    return found;
  }

  /**
   * Ends the wait of pending events. A duplicate has the same result as its event, whichever was received first. The reasons are
   * committed before the redaction: a crash in between repeats it, and the missing body is not taken for an erasure.
   */
  async #expirePending(lease: Lease, offsets: readonly Offset[]): Promise<void> {
    const { log, store, clock, logger } = this.#o;
    const site = this.id;
    const primaries = await store.findDuplicates(site, offsets[0] ?? startOffset, offsets.at(-1) ?? startOffset);
    const getPrimary = (offset: Offset) => primaries.get(offset) ?? offset;
    const found = await loadEvents(log, store, site, await log.get(site, [...new Set(offsets.map(getPrimary))]));
    const granted = found.filter(({ event }) => event?.consent.effective === 'granted');
    const grantedOffsets = new Set(granted.map(({ record }) => record.offset));
    const refused = offsets.filter((offset) => !grantedOffsets.has(getPrimary(offset)));
    const denied = new Set(found.flatMap(({ record, event }) => (event?.consent.effective === 'denied' ? [record.offset] : [])));
    const base = { site, cursor: this.#cursor, reports: [], now: clock.now() };
    const absent = refused.map(
      (offset) => ({ offset, reason: denied.has(getPrimary(offset)) ? 'consent-refused' : 'consent-missing' }) as const,
    );
    await this.#commit(lease, { ...base, absent });
    if (refused.length > 0) await log.redact(site, refused);
    const refusedEvents = new Set(refused.map(getPrimary));
    for (const { record, event } of found)
      if (event && refusedEvents.has(record.offset))
        logger.debug({ event: event.id, name: event.name }, 'event dropped: consent timeout');
    await this.#commit(lease, { ...base, resolved: offsets });
  }

  #commit(lease: Lease, commit: IdentityCommit): Promise<void> {
    return this.#o.store.commitIdentity(lease, commit, this.#cursor);
  }
}
