import { type Event, isTrusted } from '../event/event.ts';
import { isSignalName } from '../event/event-names.ts';
import type { Json } from '../event/issue.ts';
import { parseStoredEvent } from '../event/parse-stored-event.ts';
import { checkoutProfileId, hasSecretCheckout, listLinkKeys } from '../identity/identity-links.ts';
import { type EventLog, type LogRecord, type Offset, startOffset } from '../storage/log/event-log.ts';
import {
  chunk,
  iterateAttempts,
  iterateDeadLetters,
  iterateProfiles,
  iterateRecords,
  withoutOutdated,
} from '../storage/paginate.ts';
import { type AttemptRecord, type ConsumerId, type Store, visitorsAtOnce } from '../storage/store/store.ts';
import { PersonIdentifiers, type PersonQuery } from './person-query.ts';
import { Evidence, type FoundBy, type OwnedReport, parseRecordEvents, selectOwnedReports } from './report-ownership.ts';

export interface FinderParts {
  readonly site: string;
  readonly log: EventLog;
  readonly store: Store;
  /** The payloads of a stored body; `undefined` where the connection is in the config file no longer. */
  readonly unpack: (pump: ConsumerId, body: string) => readonly Json[] | undefined;
  /** Ends a look: it throws the signal's reason. */
  readonly signal: AbortSignal;
}

const firstsAtOnce = 500;

export interface ReportedEvent {
  readonly offset: Offset;
  readonly event: Event;
}

/** The events of one person. */
export interface PersonEvents {
  /** Every record of them: the first reports, the copies, the signals; in the log's order. */
  readonly offsets: readonly Offset[];
  /** How each of the records was found. */
  readonly foundBy: ReadonlyMap<Offset, FoundBy>;
  /** Of `offsets` those whose whole event is the person's, and so what was sent of it. */
  readonly sent: ReadonlySet<Offset>;
  /** Of `offsets` those of browsers that may have claimed an event of the shop. */
  readonly claims: ReadonlySet<Offset>;
  /** The shop's reports of these events, which are not the person's. */
  readonly others: readonly ReportedEvent[];
  readonly events: number;
  readonly copies: number;
  readonly signals: number;
  /** Requests that hold them and cannot be taken apart. */
  readonly opaqueAttempts: ReadonlySet<string>;
  /** Everything that these events and the person are found by, as links have it, and their visitors. */
  readonly keys: ReadonlySet<string>;
}

/**
 * Looks for everything of one person: the events that name them, and all that was recorded under the visitor ids of those.
 * An event goes with its copies. An event is also theirs where it was sent with their names, because they were recalled.
 * Orders and checkouts are followed from reports of the shop alone: anybody can report any order's number from a browser.
 */
export class PersonSearch {
  readonly visitors = new Set<string>();
  readonly names: PersonIdentifiers;
  readonly #o: FinderParts;
  readonly #wanted: PersonQuery;
  readonly #evidence = new Evidence();
  /** What their browsers are called by the platform's tag: it may have been recalled for an event that names no visitor. */
  readonly #traces = new Set<string>();
  /** Orders and checkouts of the shop's reports about them, as links have them: nobody else's, also where an event of them names nobody. */
  readonly #bought = new Set<string>();
  /** Checkouts of events that name them, which nobody else knows. */
  readonly #checkouts = new Set<string>();
  readonly #opaque = new Set<string>();
  #logPlace: Offset = startOffset;
  #attemptPlace = 0;
  #looked = 0;

  constructor(wanted: PersonQuery, options: FinderParts) {
    this.#wanted = wanted;
    this.#o = options;
    this.names = new PersonIdentifiers(wanted);
    if (wanted.visitor !== undefined) this.visitors.add(wanted.visitor);
  }

  /** Of whom facts are kept that may be the person's: their visitors, and their checkouts. */
  get subjects(): readonly string[] {
    const bought = [...this.#bought].filter((key) => key.startsWith(checkoutLink)).map((key) => key.slice(checkoutLink.length));
    return [...this.visitors, ...[...new Set([...bought, ...this.#checkouts])].map(checkoutProfileId)];
  }

  /** Records and requests that were looked at so far. */
  get looked(): number {
    return this.#looked;
  }

  /** Looks at what is in the log up to `through`; after an earlier look only at what is new, unless that tells of more visitors. */
  async look(through: Offset): Promise<void> {
    await this.#lookAtFacts();
    for (;;) {
      const known = await this.#known();
      await this.#lookAtLog(through);
      await this.#lookAtAttempts();
      await this.#lookAtDeadLetters();
      await this.#lookAtReports();
      if ((await this.#known()) === known) return;
      this.#logPlace = startOffset;
      this.#attemptPlace = 0;
    }
  }

  /** Grows with each thing that tells the person's events apart. */
  async #known(): Promise<number> {
    const { store, site } = this.#o;
    for (const visitors of chunk([...this.visitors], visitorsAtOnce)) {
      for (const { uetVids } of (await store.getProfiles(site, visitors)).values())
        for (const { value } of uetVids) this.#traces.add(value);
    }
    return this.visitors.size + this.#traces.size + this.#bought.size;
  }

  async #lookAtFacts(): Promise<void> {
    const { store, site } = this.#o;
    const { links, hashes } = this.#wanted;
    for (const some of chunk(links, 500))
      for (const visitor of await store.findLinkedVisitors(site, some)) this.visitors.add(visitor);
    for await (const page of iterateProfiles(store, site)) {
      // What is beyond today's bounds can be found no more, so it must not stay in the file either.
      await withoutOutdated(page, store, site);
      if (hashes.size === 0) continue;
      for (const { visitor, profile: facts } of page) {
        const named = facts.persons.filter(({ value }) => stringsOf({ ...value }).some((text) => hashes.has(text)));
        for (const { value } of named) this.names.add(value);
        if (named.length > 0) this.visitors.add(visitor);
      }
    }
  }

  async #lookAtLog(through: Offset): Promise<void> {
    const { log, store, site } = this.#o;
    for await (const records of iterateRecords(log, site, this.#logPlace, through)) {
      const [first, last] = [records[0], records.at(-1)];
      const copies = await store.findDuplicates(site, first?.offset ?? startOffset, last?.offset ?? startOffset);
      for (const { offset, body } of records) {
        const of = copies.get(offset) ?? offset;
        if (!('redacted' in body)) this.#note('bytes' in body ? body.bytes : body.raw, 'bytes' in body, offset, of);
      }
      this.#logPlace = last?.offset ?? this.#logPlace;
      this.#looked += records.length;
      this.#o.signal.throwIfAborted();
    }
  }

  async #lookAtAttempts(): Promise<void> {
    const { store, site, unpack } = this.#o;
    const { hashes } = this.#wanted;
    const sought = [...hashes, ...this.visitors, ...this.#traces];
    // To look for each of very many texts costs more than to take the body apart.
    const mayHold = ({ body }: AttemptRecord) => sought.length > 64 || sought.some((text) => body.includes(text));
    for await (const { attempts, through } of iterateAttempts(store, site, this.#attemptPlace)) {
      for (const { id, consumer: pump, offsets, body } of attempts.filter(mayHold)) {
        const payloads = unpack(pump, body);
        if (!payloads) this.#opaque.add(id);
        for (const [index, payload] of (payloads ?? []).entries()) {
          const offset = offsets[index];
          const texts = stringsOf(payload);
          if (offset !== undefined && texts.some((text) => hashes.has(text))) this.#evidence.addSent(offset, 'name');
          else if (offset !== undefined && texts.some((text) => this.#isTrace(text))) this.#evidence.addSent(offset, 'visitor');
        }
      }
      this.#attemptPlace = through;
      this.#looked += attempts.length;
      this.#o.signal.throwIfAborted();
    }
  }

  #isTrace(text: string): boolean {
    return this.visitors.has(text) || this.#traces.has(text);
  }

  async #lookAtDeadLetters(): Promise<void> {
    const { store, site } = this.#o;
    for await (const letters of iterateDeadLetters(store, site)) {
      for (const { offset, bytes, cause } of letters) this.#note(bytes, cause !== 'corrupt', offset, offset);
    }
  }

  /** The person's event is theirs in each of its reports: the browser that one of them came from is theirs where another names them. */
  async #lookAtReports(): Promise<void> {
    const { visitor: browser, names: isNamed } = this.#wanted;
    // Who names a browser means that one.
    if (browser !== undefined) return;
    for (const firsts of chunk([...this.#evidence.named], firstsAtOnce)) {
      for (const { owned, reports } of await this.#owned(firsts)) {
        if (!owned.isNamed) continue;
        const events = reports.flatMap(parseRecordEvents);
        const saysSo = events.some(isNamed);
        if (!saysSo && this.names.areOfSomebodyElse(events.map(({ identity }) => identity))) continue;
        for (const event of events) {
          const { identity } = event;
          this.#noteBought(event);
          const { anonymousId: visitor, uetVid } = identity;
          if (visitor !== undefined) this.visitors.add(visitor);
          if (uetVid !== undefined) this.#traces.add(uetVid);
          if (saysSo && !this.names.areOfSomebodyElse([identity])) this.names.add(identity);
        }
      }
      this.#o.signal.throwIfAborted();
    }
  }

  #note(bytes: Uint8Array, isWhole: boolean, offset: Offset, of: Offset): void {
    const event = isWhole ? parseStoredEvent(bytes) : undefined;
    if (!event) {
      this.#noteDamaged(bytes, offset, of);
      return;
    }
    const { identity, commerce } = event;
    const { anonymousId: visitor, uetVid } = identity;
    if (this.#wanted.names(event)) {
      this.#evidence.addReport(offset, of, 'name');
      this.#noteBought(event);
      if (visitor !== undefined) this.visitors.add(visitor);
      // Who names a browser means everybody who used it.
      if (this.#wanted.visitor === undefined) this.names.add(identity);
    } else if (visitor !== undefined && this.visitors.has(visitor)) this.#evidence.addReport(offset, of, 'visitor');
    else {
      if (boughtIn(commerce).some((key) => this.#bought.has(key))) this.#evidence.addReport(offset, of, 'order');
      return;
    }
    if (uetVid !== undefined) this.#traces.add(uetVid);
  }

  #noteBought(event: Event): void {
    const { commerce } = event;
    if (isTrusted(event)) for (const key of boughtIn(commerce)) this.#bought.add(key);
    if (commerce.checkoutId !== undefined && hasSecretCheckout(event)) this.#checkouts.add(commerce.checkoutId);
  }

  /** What a damaged record says cannot be read; the texts may still stand in it. */
  #noteDamaged(raw: Uint8Array, offset: Offset, of: Offset): void {
    const bytes = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength);
    if ([...this.#wanted.hashes, ...this.visitors].some((text) => bytes.includes(text)))
      this.#evidence.addReport(offset, of, 'name');
  }

  /** Those of the events looked at that are the person's. One under their visitor id that tells of somebody else is not. */
  async events(): Promise<PersonEvents> {
    const found: [Offset, FoundBy][] = [];
    const sent = new Set<Offset>();
    const claims = new Set<Offset>();
    const shops: ReportedEvent[] = [];
    const counts = { events: 0, copies: 0, signals: 0 };
    const keys = new Set([...this.#wanted.links, ...this.names.keys(), ...this.#bought]);
    for (const visitor of this.visitors) keys.add(visitorKey(visitor));
    const letters = await this.#lettersOf(this.#evidence.events);
    for (const firsts of chunk([...this.#evidence.events].toSorted(), firstsAtOnce)) {
      for (const { first, owned, reports, others } of await this.#owned(firsts)) {
        const buried = owned.foundBy.has(first) ? (letters.get(first) ?? []) : [];
        const events = [...reports.flatMap(parseRecordEvents), ...buried];
        if (!owned.isNamed && this.names.areOfSomebodyElse(events.map(({ identity }) => identity))) continue;
        found.push(...owned.foundBy);
        if (owned.isWhole) for (const offset of owned.foundBy.keys()) sent.add(offset);
        if (owned.isClaim) for (const offset of owned.foundBy.keys()) claims.add(offset);
        shops.push(...others.flatMap((record) => parseRecordEvents(record).map((event) => ({ offset: record.offset, event }))));
        for (const key of events.flatMap(keysOf)) keys.add(key);
        const left = reports.filter(({ body }) => !('redacted' in body));
        counts.copies += Math.max(0, left.length - 1);
        if (left.some(({ key }) => isSignalName(key))) counts.signals += 1;
        else if (left.length > 0 || events.length > 0) counts.events += 1;
      }
    }
    const foundBy = new Map(found.toSorted(([a], [b]) => (a < b ? -1 : Number(a > b))));
    return { offsets: [...foundBy.keys()], foundBy, sent, claims, others: shops, ...counts, opaqueAttempts: this.#opaque, keys };
  }

  /** Of each of these firsts which reports are the person's, and what the log still has of those and of the others. */
  async #owned(firsts: readonly Offset[]): Promise<readonly OwnedEvent[]> {
    return [...(await this.#reportsOf(firsts))].flatMap(([first, { copies, reports }]) => {
      const owned = selectOwnedReports(first, [first, ...copies], reports, this.#evidence);
      if (!owned) return [];
      const isTheirs = ({ offset }: LogRecord) => owned.foundBy.has(offset);
      return [{ first, owned, reports: reports.filter(isTheirs), others: reports.filter((one) => !isTheirs(one)) }];
    });
  }

  /** Of each of these firsts its copies, and what the log still has of all of them. */
  async #reportsOf(
    firsts: readonly Offset[],
  ): Promise<ReadonlyMap<Offset, { readonly copies: readonly Offset[]; readonly reports: readonly LogRecord[] }>> {
    const { log, store, site } = this.#o;
    const copiesOf = await store.findDuplicatesByPrimary(site, firsts);
    const records = await log.get(site, [...firsts, ...[...copiesOf.values()].flat()]);
    const at = new Map(records.map((record) => [record.offset, record]));
    return new Map(
      firsts.map((first) => {
        const copies = copiesOf.get(first) ?? [];
        return [first, { copies, reports: [first, ...copies].flatMap((offset) => at.get(offset) ?? []) }] as const;
      }),
    );
  }

  /** Dead letters outlive the log. */
  async #lettersOf(firsts: ReadonlySet<Offset>): Promise<ReadonlyMap<Offset, readonly Event[]>> {
    const { store, site } = this.#o;
    const found = new Map<Offset, Event[]>();
    for await (const letters of iterateDeadLetters(store, site)) {
      for (const { offset, bytes, cause } of letters) {
        const event = cause !== 'corrupt' && firsts.has(offset) ? parseStoredEvent(bytes) : undefined;
        if (event) found.set(offset, [...(found.get(offset) ?? []), event]);
      }
    }
    return found;
  }
}

interface OwnedEvent {
  readonly first: Offset;
  readonly owned: OwnedReport;
  readonly reports: readonly LogRecord[];
  readonly others: readonly LogRecord[];
}

const checkoutLink = 'checkout:';

function boughtIn({ orderId, checkoutId }: Event['commerce']): readonly string[] {
  return [
    ...(orderId === undefined ? [] : [`order:${orderId}`]),
    ...(checkoutId === undefined ? [] : [`${checkoutLink}${checkoutId}`]),
  ];
}

function keysOf(event: Event): readonly string[] {
  const { anonymousId } = event.identity;
  const bought = isTrusted(event) ? [] : boughtIn(event.commerce);
  const keys = listLinkKeys(event).filter((key) => !bought.includes(key));
  return [...keys, ...(anonymousId === undefined ? [] : [visitorKey(anonymousId)])];
}

function visitorKey(visitor: string): string {
  return `visitor:${visitor}`;
}

/** Every text in a payload, however deep. */
function stringsOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(stringsOf) : [];
}
