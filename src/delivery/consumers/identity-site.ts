import type { BrowserBudget } from '../../event/browser-budget.ts';
import { hourMs, type UnixMs } from '../../event/units.ts';
import { type LogPage, type LogRecord, type Offset, startOffset } from '../../storage/log/event-log.ts';
import { identityConsumerId } from '../../storage/ports/consumer-id.ts';
import type { IdentityCommit, Lease } from '../../storage/ports/consumers.ts';
import { ProfilesTooLargeError } from '../../storage/ports/visitor-profiles.ts';
import { loadEvents } from '../planning/load-events.ts';
import { ProfileBudget } from '../profiles/profile-budget.ts';
import { type IdentifyDeps, identifyPage } from './identify-page.ts';
import type { HeldLease, LeaseKeeper } from './lease-keeper.ts';

export interface IdentityPage extends LogPage {
  /** Set if the event log had no more records. */
  readonly isLast: boolean;
}

export interface IdentitySiteDeps extends Omit<IdentifyDeps, 'site' | 'budget'> {
  readonly leases: LeaseKeeper;
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
/** One site's partition of the event log, as the identity consumer reads it: its lease, its cursor, and the processing of its records. */
export class IdentitySite {
  readonly id: string;
  readonly #o: IdentitySiteDeps;
  readonly #budget: ProfileBudget;
  readonly #identify: IdentifyDeps;
  #heldLease: HeldLease | undefined;
  #cursor: Offset = startOffset;
  #pageRecords = maxPage.records;

  constructor(id: string, deps: IdentitySiteDeps) {
    this.id = id;
    this.#o = deps;
    this.#budget = new ProfileBudget({ ...deps, site: id, budget: deps.browserBudget });
    this.#identify = { ...deps, site: id, budget: this.#budget };
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
      await this.#commit(lease, await identifyPage(records, through, this.#identify));
    } catch (error) {
      if (!(error instanceof ProfilesTooLargeError) || records.length === 1) throw error;
      await this.#budget.restore();
      this.#pageRecords = Math.ceil(records.length / 2);
      return false;
    }
    this.#cursor = through;
    this.#o.onProgress(through);
    this.#pageRecords = Math.min(maxPage.records, 2 * this.#pageRecords);
    return true;
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
