import { listMatchKeys } from '../event/match-keys.ts';
import type { UnixMs } from '../event/units.ts';
import { describeError } from '../logger.ts';
import { type EventLog, type Offset, startOffset } from '../storage/log/event-log.ts';
import { chunk, iterateAttempts, iterateDeadLetters } from '../storage/paginate.ts';
import type { AttemptRecord } from '../storage/ports/attempts.ts';
import type { Lease } from '../storage/ports/consumers.ts';
import type { AttemptErasure, Erasure } from '../storage/ports/erasure.ts';
import type { IndexEntry } from '../storage/ports/event-index.ts';
import type { ReportedSpool } from '../storage/ports/spools.ts';
import type { Store } from '../storage/ports/store.ts';
import { visitorsAtOnce } from '../storage/ports/visitor-profiles.ts';
import { checkoutProfilePrefix, toPlainKey } from '../visitors/identity-links.ts';
import type { ExportFile } from './export-files.ts';
import { listOpenSpools } from './list-open-spools.ts';
import { formatDeadLetterId, type PersonEvents, type ReportedEvent } from './person-events.ts';
import type { PersonQuery } from './person-query.ts';
import type { PersonSearch } from './person-search.ts';
import { planVisitorErasure } from './plan-visitor-erasure.ts';
import {
  createPersonSearch,
  type ErasableSite,
  findConnectionDestination,
  getLogHead,
  type PrivacyDeps,
} from './privacy-deps.ts';
import { type Recipient, RecipientReport } from './recipients.ts';
import { selectSeparateReports } from './separate-reports.ts';

/** The numbers of erased rows, or those that would be erased in a dry run. */
export interface ErasureReport {
  readonly dryRun: boolean;
  /** Whether Convey stores anything about the person. */
  readonly found: boolean;
  readonly events: number;
  /** Duplicate reports of the same events. */
  readonly copies: number;
  readonly signals: number;
  /** Visitors with erased profiles and links. */
  readonly visitors: number;
  /** Removed identity links. */
  readonly links: number;
  readonly deadLetters: number;
  /** Requests with a changed stored body. A request counts once, with its retries and replays. */
  readonly attempts: number;
  /** Removed export files about the person. */
  readonly exports: number;
  /** Platforms that received events of the person. */
  readonly received: readonly Recipient[];
  /**
   * Set if traces are left on the disk, because rewriting the store failed; in a dry run, if an earlier erasure left them. The next erasure of
   * the site finishes this one.
   */
  readonly unfinished?: true;
  /** Set if the traces are in large tables of the database, whose next rewrite ends the erasure. */
  readonly awaitsRewrite?: true;
  /** The machines whose spool may hold events of the person, which the event log gets later. The erasure is unfinished then. */
  readonly spools?: readonly string[];
}

interface Erased {
  readonly report: ErasureReport;
  /** Whether anything was removed from the event log or the store. */
  readonly hasData: boolean;
  /** Whether the process did not complete an earlier erasure of the site. */
  readonly endsEarlier: boolean;
  readonly areFilesGone: boolean;
}

type ErasedDeadLetters = NonNullable<Erasure['deadLetters']>;

const redactedAtOnce = 500;
/** Waits before each retry of a redaction. */
const redactRetryMs = [100, 300, 900];

/**
 * Redacts the records that interrupted erasures had still to redact. The next erasure of the site does the rest, because its report of the
 * platforms is made from the remaining data.
 */
export async function finishInterruptedErasures(sites: readonly string[], log: EventLog, store: Store): Promise<void> {
  for (const site of sites) {
    for (const some of chunk((await store.getUnfinishedErasure(site)) ?? [], redactedAtOnce)) await log.redact(site, some);
  }
}

/** One erasure of one person, or its dry run. */
export class ErasureRun {
  readonly search: PersonSearch;
  readonly #o: PrivacyDeps;
  readonly #site: ErasableSite;
  readonly #query: PersonQuery;

  constructor(site: ErasableSite, query: PersonQuery, deps: PrivacyDeps & { readonly signal: AbortSignal }) {
    this.#o = deps;
    this.#site = site;
    this.#query = query;
    this.search = createPersonSearch(site, query, deps);
  }

  /**
   * @throws the abort signal's reason.
   */
  async run(dryRun: boolean, privacyLease?: Lease): Promise<ErasureReport | 'stopping'> {
    const { runQuiesced, spools, logger } = this.#o;
    // The first scan runs while events are processed. The second one, with quiesced consumers, is short.
    await this.search.scan(await getLogHead(this.#site, this.#o));
    if (dryRun) {
      const { report, endsEarlier } = await this.#erase(await this.search.events(), dryRun);
      return { ...report, ...(endsEarlier && { unfinished: true }) };
    }
    let scannedAt: UnixMs = 0;
    let known: readonly ReportedSpool[] = [];
    const erased = await runQuiesced(this.#site.id, async (lease) => {
      known = (await spools?.listSpools()) ?? [];
      scannedAt = (await spools?.readTime()) ?? 0;
      await this.search.scan(await getLogHead(this.#site, this.#o));
      return this.#erase(await this.search.events(), dryRun, lease);
    });
    if (erased === 'stopping') return erased;
    // Takes long in a large store. The site's events are processed meanwhile.
    const end = erased.hasData ? await this.#end(privacyLease) : 'ended';
    const open = spools ? await listOpenSpools(spools, scannedAt, known) : [];
    if (open.length > 0)
      logger.error({ site: this.#site.id, hosts: open }, 'erasure unfinished: repeat it when these spools are forwarded');
    const isOpen = open.length > 0 || !erased.areFilesGone;
    if (isOpen) await this.#keepUnfinished(privacyLease);
    return {
      ...erased.report,
      ...((end !== 'ended' || isOpen) && { unfinished: true }),
      ...(end === 'awaits-rewrite' && !isOpen && { awaitsRewrite: true }),
      ...(open.length > 0 && { spools: open }),
    };
  }

  /** Removes the data, of which copies stay in unused parts of the files until `#end`. */
  async #erase(found: PersonEvents, dryRun: boolean, lease?: Lease): Promise<Erased> {
    const { store, now } = this.#o;
    const site = this.#site.id;
    const { visitors, links } = await this.#visitors();
    // An interrupted erasure has stored its offsets.
    const unfinished = await store.getUnfinishedErasure(site);
    const offsets = new Set([...found.offsets, ...(unfinished ?? [])]);
    const deadLetters = await this.#findDeadLetters(found, unfinished ?? []);
    // A process that died, or lost its lock, has left parts that no list shows.
    if (!dryRun) await this.#o.exports.removeUnfinished(site);
    // The files are listed before anything is erased: an error here changes nothing, and a later one would lose the report.
    const exported = await this.#o.exports.ofPerson(site, found.keys);
    const kept = [...(await this.search.findOrders()), ...(await this.search.findUploads())];
    const orderIds = [...new Set(kept.map(({ orderId }) => orderId))];
    const paymentObjects = (await this.search.findPaymentFacts()).map(({ object }) => object);
    const hasRows =
      offsets.size > 0 || visitors.length > 0 || deadLetters.length > 0 || orderIds.length > 0 || paymentObjects.length > 0;
    if (!dryRun && hasRows) {
      const reportsAlone = await selectSeparateReports(found, unfinished ?? [], this.#site, this.#o);
      const index = found.others.map(toIndexEntry);
      const erasure = {
        site,
        offsets: [...offsets],
        reportsAlone,
        index,
        deadLetters,
        orderIds,
        paymentObjects,
        visitors,
        now: now(),
      };
      await store.beginErasure(erasure, lease);
      for (const some of chunk([...offsets], redactedAtOnce)) await this.#redact(some);
    }
    const received = new RecipientReport(this.#site);
    const sent = new Set([...found.sent, ...(unfinished ?? [])]);
    const requests = new Set<string>();
    for await (const page of iterateAttempts(store, site)) {
      const changed = page.attempts.flatMap((attempt) => {
        const erasures = this.#eraseFromAttempt(attempt, sent, found.opaqueAttempts, received);
        if (erasures.length > 0) requests.add(formatRequestName(attempt, sent));
        return erasures;
      });
      if (!dryRun && changed.length > 0) await store.eraseAttempts(changed, now(), lease);
    }
    const hasData = hasRows || requests.size > 0 || unfinished !== undefined;
    const areFilesGone = dryRun || (await this.#removeFiles(exported));
    const { events, duplicates, signals, offsets: own, opaqueAttempts } = found;
    const isFound = [
      own.length,
      found.sent.size,
      found.deadLetters.size,
      visitors.length,
      orderIds.length,
      paymentObjects.length,
      exported.length,
      opaqueAttempts.size,
    ].some((count) => count > 0);
    const people = visitors.filter(({ visitor }) => !visitor.startsWith(checkoutProfilePrefix)).length;
    const counts = {
      events,
      copies: duplicates,
      signals,
      visitors: people,
      links,
      deadLetters: deadLetters.length,
      attempts: requests.size,
      exports: exported.length,
    };
    const report = { dryRun, found: isFound, ...counts, received: received.all() };
    return { report, hasData, endsEarlier: unfinished !== undefined, areFilesGone };
  }

  /** Redacts the records. Retries after an error, because the store has recorded them as erased. */
  async #redact(offsets: readonly Offset[]): Promise<void> {
    for (const waitMs of redactRetryMs) {
      try {
        return await this.#o.log.redact(this.#site.id, offsets);
      } catch {
        await new Promise((resolve) => setTimeout(resolve, waitMs));
      }
    }
    await this.#o.log.redact(this.#site.id, offsets);
  }

  /** Ends the erasure in the files. Never throws: the recipients can only be reported now, and an error would lose them. */
  async #end(lease: Lease | undefined): Promise<'ended' | 'awaits-rewrite' | 'failed'> {
    const { log, store, logger } = this.#o;
    try {
      await log.purge();
      return await store.endErasure(this.#site.id, lease);
    } catch (error) {
      logger.error({ site: this.#site.id, error: describeError(error) }, 'erasure unfinished: repeat it');
      return 'failed';
    }
  }

  /** Records that the erasure has to be repeated. Never throws, like `#end`. */
  async #keepUnfinished(lease: Lease | undefined): Promise<void> {
    const { store, now, logger } = this.#o;
    const site = this.#site.id;
    try {
      await store.beginErasure({ site, offsets: [], visitors: [], now: now() }, lease);
    } catch (error) {
      logger.error({ site, error: describeError(error) }, 'erasure unfinished: repeat it');
    }
  }

  /** Removes export files. The store does not record them, so every erasure removes them. Returns whether all were removed. */
  async #removeFiles(files: readonly ExportFile[]): Promise<boolean> {
    const { exports, logger } = this.#o;
    const site = this.#site.id;
    try {
      for (const { id, askedBy } of files) {
        await exports.remove(site, id);
        if (askedBy === 'shop')
          logger.warn(
            { site, export: id },
            'erasure removed a customer export: export it again if it was about another customer',
          );
      }
      return true;
    } catch (error) {
      logger.error({ site, error: describeError(error) }, 'export files not removed: repeat the erasure');
      return false;
    }
  }

  /** Plans the erasure of the visitors, and counts the identity links that it removes. */
  async #visitors(): Promise<{ readonly visitors: Erasure['visitors']; readonly links: number }> {
    const { store } = this.#o;
    const { identifiers, subjects } = this.search;
    const visitors: Erasure['visitors'][number][] = [];
    let count = 0;
    for (const some of chunk(subjects, visitorsAtOnce)) {
      const profiles = await store.getProfiles(this.#site.id, some);
      const links = Map.groupBy(await store.listVisitorLinks(this.#site.id, some), ({ visitor }) => visitor);
      for (const visitor of some) {
        const about = { identifiers, query: this.#query };
        const linked = links.get(visitor) ?? [];
        const erased = planVisitorErasure(visitor, profiles.get(visitor), linked, about);
        if (!erased) continue;
        visitors.push(erased);
        const { links: keys } = erased;
        count += linked.filter((link) => link.key === toPlainKey(link) && (keys === undefined || keys.includes(link.key))).length;
      }
    }
    return { visitors, links: count };
  }

  /** Returns the person's dead letters, and those of an interrupted erasure. */
  async #findDeadLetters({ deadLetters }: PersonEvents, unfinished: readonly Offset[]): Promise<ErasedDeadLetters> {
    const found: ErasedDeadLetters[number][] = [];
    const earlier = new Set(unfinished);
    for await (const letters of iterateDeadLetters(this.#o.store, this.#site.id)) {
      for (const letter of letters) {
        const { consumer, offset } = letter;
        if (deadLetters.has(formatDeadLetterId(letter)) || earlier.has(offset)) found.push({ consumer, offset });
      }
    }
    return found;
  }

  /** Returns the request without the person's payloads, if it holds any. */
  #eraseFromAttempt(
    attempt: AttemptRecord,
    erased: ReadonlySet<Offset>,
    opaque: ReadonlySet<string>,
    received: RecipientReport,
  ): readonly AttemptErasure[] {
    const { id, consumer, offsets, body } = attempt;
    const erasedOffsets = offsets.filter((offset) => erased.has(offset));
    if (erasedOffsets.length > 0) received.add(attempt, erasedOffsets);
    if (erasedOffsets.length === 0 && !opaque.has(id)) return [];
    const rest = offsets.filter((offset) => !erased.has(offset));
    const destination = findConnectionDestination(this.#site, consumer, this.#o);
    const payloads = destination?.unpack(body) ?? [];
    // A body that cannot be split into payloads is erased completely.
    if (!destination || rest.length === 0 || payloads.length !== offsets.length) return [{ id, offsets: rest, body: '' }];
    const otherPayloads = payloads.filter((_, index) => !erased.has(offsets[index] ?? startOffset));
    return [{ id, offsets: rest, body: destination.encode(otherPayloads.map(destination.toText)).body }];
  }
}

/** Names a request by its connection and the erased events in it, as its retries are named too. */
function formatRequestName({ consumer, offsets, bodySha256 }: AttemptRecord, erased: ReadonlySet<Offset>): string {
  const own = offsets.filter((offset) => erased.has(offset)).toSorted();
  return [consumer, ...(own.length > 0 ? own : [bodySha256])].join(' ');
}

function toIndexEntry({ offset, event }: ReportedEvent): IndexEntry {
  const { receivedAt, time, name, id, reporter, consent, commerce } = event;
  const { orderId } = commerce;
  return {
    offset,
    receivedAt,
    time,
    name,
    id,
    reporter,
    consent,
    keys: listMatchKeys(event),
    ...(orderId !== undefined && { orderId }),
  };
}
