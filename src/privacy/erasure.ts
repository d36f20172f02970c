import type { BoundDestination } from '../destinations/kit/destination.ts';
import { listMatchKeys } from '../event/match-keys.ts';
import type { Connection, Site } from '../event/site.ts';
import type { UnixMs } from '../event/units.ts';
import { checkoutProfilePrefix } from '../identity/identity-links.ts';
import { describeError, type Logger } from '../logger.ts';
import { type EventLog, type Offset, startOffset } from '../storage/log/event-log.ts';
import { chunk, iterateAttempts, iterateDeadLetters } from '../storage/paginate.ts';
import {
  type AttemptErasure,
  type AttemptRecord,
  type Erasure,
  type IndexEntry,
  type Store,
  visitorsAtOnce,
} from '../storage/store/store.ts';
import { planVisitorErasure } from './erase-visitor.ts';
import type { ExportFile, ExportFiles } from './export-files.ts';
import type { PersonQuery } from './person-query.ts';
import { type PersonEvents, PersonSearch, type ReportedEvent } from './person-search.ts';
import { type Recipient, RecipientReport } from './recipients.ts';

/** What people are looked for and erased in. */
export interface PrivacyDeps {
  readonly log: EventLog;
  readonly store: Store;
  readonly exports: ExportFiles;
  readonly platformOf: (connection: Connection) => BoundDestination;
  /** Those of a site by now: one may be made while an erasure looks around. */
  readonly connectionsNow: (site: string) => readonly Connection[];
  readonly now: () => UnixMs;
  /** Does the work while no pump of the site has anything in hand. `stopping`: the pumps are being stopped, and it was not begun. */
  readonly whileStill: <T>(site: string, work: () => Promise<T>) => Promise<T | 'stopping'>;
  readonly logger: Logger;
}

/** What an erasure took away, or would take away. */
export interface ErasureReport {
  readonly dryRun: boolean;
  readonly events: number;
  /** Further reports of the same events. */
  readonly copies: number;
  readonly signals: number;
  /** Visitors whose facts and links went. */
  readonly visitors: number;
  readonly deadLetters: number;
  /** Requests out of whose stored body something was taken. */
  readonly attempts: number;
  /** Files made for the person that went. */
  readonly exports: number;
  /** Who else has events of the person. */
  readonly received: readonly Recipient[];
  /** Traces are left on the disk, because the store could not be written anew. The next erasure of the site ends this one. */
  readonly unfinished?: true;
}

const redactedAtOnce = 500;
/** The store reads up to 64 offsets one by one, and more as one range, which may be long here. */
const outcomesAtOnce = 50;
/** How long the log is waited for before it is asked again, each time. */
const redactAgainAfterMs = [100, 300, 900];

/**
 * Takes from the log what an erasure that was cut off had still to take from it. The rest of that erasure waits for the next one of
 * its site, because which platforms have events of the person is told from what is left.
 */
export async function finishInterruptedErasures(sites: readonly string[], log: EventLog, store: Store): Promise<void> {
  for (const site of sites) {
    for (const some of chunk((await store.getUnfinishedErasure(site)) ?? [], redactedAtOnce)) await log.redact(site, some);
  }
}

/** One erasure of one person, or a look at what it would take. */
export class ErasureRun {
  readonly finder: PersonSearch;
  readonly #o: PrivacyDeps;
  readonly #site: Site;
  readonly #wanted: PersonQuery;

  constructor(site: Site, wanted: PersonQuery, options: PrivacyDeps & { readonly signal: AbortSignal }) {
    this.#o = options;
    this.#site = site;
    this.#wanted = wanted;
    this.finder = createPersonSearch(site, wanted, options);
  }

  /** @throws NoRoom, and the signal's reason. */
  async run(dryRun: boolean): Promise<ErasureReport | 'stopping'> {
    const { whileStill } = this.#o;
    // Most is looked at while events flow; what came meanwhile is little.
    await this.finder.look(await logHead(this.#site, this.#o));
    if (dryRun) return this.#report(await this.finder.events(), dryRun);
    return whileStill(this.#site.id, async () => {
      await this.finder.look(await logHead(this.#site, this.#o));
      return this.#report(await this.finder.events(), dryRun);
    });
  }

  async #report(found: PersonEvents, dryRun: boolean): Promise<ErasureReport> {
    const { store, now } = this.#o;
    const site = this.#site.id;
    const visitors = await this.#visitors();
    // An erasure that was interrupted has noted what it was about.
    const unfinished = await store.getUnfinishedErasure(site);
    const offsets = new Set([...found.offsets, ...(unfinished ?? [])]);
    const deadLetters = await this.#countDeadLetters(offsets);
    // Looked at before anything goes: a fault here costs nothing, and one later the answer.
    const exported = await this.#o.exports.ofPerson(site, found.keys);
    if (!dryRun && (offsets.size > 0 || visitors.length > 0)) {
      const reportsAlone = await reportsAloneOf(found, unfinished ?? [], this.#site, this.#o);
      const index = found.others.map(indexedOf);
      await store.beginErasure({ site, offsets: [...offsets], reportsAlone, index, visitors, now: now() });
      for (const some of chunk([...offsets], redactedAtOnce)) await this.#redact(some);
    }
    const received = new RecipientReport(this.#site);
    const sent = new Set([...found.sent, ...(unfinished ?? [])]);
    let attempts = 0;
    for await (const page of iterateAttempts(store, site)) {
      const touched = page.attempts.flatMap((attempt) => this.#without(attempt, sent, found.opaqueAttempts, received));
      attempts += touched.length;
      if (!dryRun && touched.length > 0) await store.eraseAttempts(touched, now());
    }
    const isAny = offsets.size > 0 || visitors.length > 0 || attempts > 0 || unfinished !== undefined;
    const areGone = dryRun || (await this.#removeFiles(exported));
    const hasEnded = dryRun || ((!isAny || (await this.#end())) && areGone);
    const { events, copies, signals } = found;
    const people = visitors.filter(({ visitor }) => !visitor.startsWith(checkoutProfilePrefix)).length;
    const counts = { events, copies, signals, visitors: people, deadLetters, attempts, exports: exported.length };
    return { dryRun, ...counts, received: received.all(), ...(!hasEnded && { unfinished: true }) };
  }

  /** The store has said that they are gone by now, so this is not given up at the first fault. */
  async #redact(offsets: readonly Offset[]): Promise<void> {
    for (const waitMs of redactAgainAfterMs) {
      try {
        return await this.#o.log.redact(this.#site.id, offsets);
      } catch {
        await new Promise((resolve) => setTimeout(resolve, waitMs));
      }
    }
    await this.#o.log.redact(this.#site.id, offsets);
  }

  /** Who has events of the person can be told only now, so a fault here must not cost the answer. */
  async #end(): Promise<boolean> {
    const { store, logger } = this.#o;
    try {
      await store.endErasure(this.#site.id);
      return true;
    } catch (error) {
      logger.error({ site: this.#site.id, error: describeError(error) }, 'an erasure could not be ended: ask for it again');
      return false;
    }
  }

  /** Files of the export are no part of what the store notes, so they go each time. Answers whether all of them went. */
  async #removeFiles(files: readonly ExportFile[]): Promise<boolean> {
    const { exports, logger } = this.#o;
    const site = this.#site.id;
    try {
      for (const { id, askedBy } of files) {
        await exports.remove(site, id);
        if (askedBy === 'shop')
          logger.warn(
            { site, export: id },
            'an erasure took a file that waited to be handed to a customer: if that was another one, export it again',
          );
      }
      return true;
    } catch (error) {
      logger.error({ site, error: describeError(error) }, 'files of an export could not be removed: ask for the erasure again');
      return false;
    }
  }

  async #visitors(): Promise<Erasure['visitors']> {
    const { store } = this.#o;
    const { names, subjects } = this.finder;
    const found: Erasure['visitors'][number][] = [];
    for (const some of chunk(subjects, visitorsAtOnce)) {
      const facts = await store.getProfiles(this.#site.id, some);
      const links = Map.groupBy(await store.listVisitorLinks(this.#site.id, some), ({ visitor }) => visitor);
      for (const visitor of some) {
        const erased = planVisitorErasure(visitor, facts.get(visitor), links.get(visitor) ?? [], { names, wanted: this.#wanted });
        if (erased) found.push(erased);
      }
    }
    return found;
  }

  async #countDeadLetters(offsets: ReadonlySet<Offset>): Promise<number> {
    let count = 0;
    for await (const letters of iterateDeadLetters(this.#o.store, this.#site.id))
      count += letters.filter(({ offset }) => offsets.has(offset)).length;
    return count;
  }

  /** The request without the person's payloads, where it holds any. */
  #without(
    attempt: AttemptRecord,
    gone: ReadonlySet<Offset>,
    opaque: ReadonlySet<string>,
    received: RecipientReport,
  ): readonly AttemptErasure[] {
    const { id, consumer: pump, offsets, body } = attempt;
    const theirs = offsets.filter((offset) => gone.has(offset));
    if (theirs.length > 0) received.add(attempt, theirs);
    if (theirs.length === 0 && !opaque.has(id)) return [];
    const rest = offsets.filter((offset) => !gone.has(offset));
    const platform = findDestinationOf(this.#site, pump, this.#o);
    const payloads = platform?.unpack(body) ?? [];
    // One that cannot be taken apart goes whole.
    if (!platform || rest.length === 0 || payloads.length !== offsets.length) return [{ id, offsets: rest, body: '' }];
    const kept = payloads.filter((_, index) => !gone.has(offsets[index] ?? startOffset));
    return [{ id, offsets: rest, body: platform.encode(kept).body }];
  }
}

/**
 * Returns which of the erased reports leave the other reports of their events alone: what browsers claimed, unless every connection delivered
 * it, because then no later report is sent.
 */
async function reportsAloneOf(
  { offsets, sent, claims }: PersonEvents,
  unfinished: readonly Offset[],
  { id: site }: Site,
  { store, connectionsNow }: PrivacyDeps,
): Promise<ReadonlySet<Offset>> {
  const found = new Set(offsets);
  const before = await store.getAbsentReasons(site, unfinished);
  const alone = new Set([
    ...claims,
    ...unfinished.filter((offset) => !found.has(offset) && before.get(offset) === 'erased-report'),
  ]);
  const pumps = connectionsNow(site).flatMap(({ id, enabled }) => (enabled ? [`${site}/${id}`] : []));
  if (pumps.length === 0) return alone;
  for (const some of chunk([...claims].filter((offset) => sent.has(offset)).toSorted(), outcomesAtOnce)) {
    const outcomes = await Promise.all(pumps.map((pump) => store.getOutcomes(pump, some)));
    const isDelivered = (offset: Offset) => outcomes.every((known) => known.get(offset)?.outcome === 'delivered');
    for (const offset of some.filter(isDelivered)) alone.delete(offset);
  }
  return alone;
}

function indexedOf({ offset, event }: ReportedEvent): IndexEntry {
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

/** Looks for the person in what is kept of the site. */
export function createPersonSearch(
  site: Site,
  wanted: PersonQuery,
  parts: PrivacyDeps & { readonly signal: AbortSignal },
): PersonSearch {
  const { log, store, signal } = parts;
  return new PersonSearch(wanted, {
    site: site.id,
    log,
    store,
    unpack: (pump, body) => findDestinationOf(site, pump, parts)?.unpack(body),
    signal,
  });
}

/** The platform of a pump's connection; `undefined` where there is no such connection any more. */
export function findDestinationOf({ id, connections }: Site, pump: string, parts: PrivacyDeps): BoundDestination | undefined {
  const known = [...parts.connectionsNow(id), ...connections].find((one) => pump === `${id}/${one.id}`);
  return known && parts.platformOf(known);
}

/** Up to where the site's log is by now. */
export async function logHead({ id }: Site, { log }: PrivacyDeps): Promise<Offset> {
  return (await log.heads()).get(id) ?? startOffset;
}
