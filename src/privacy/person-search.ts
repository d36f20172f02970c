import { type Event, isTrusted } from '../event/event.ts';
import { isSignalName } from '../event/event-names.ts';
import type { Json } from '../event/issue.ts';
import { parseStoredEvent } from '../event/parse-stored-event.ts';
import type { UnixMs } from '../event/units.ts';
import { isHashLike } from '../identity/hashing.ts';
import { type Offset, startOffset } from '../storage/log/event-log.ts';
import {
  chunk,
  iterateAttempts,
  iterateDeadLetters,
  iterateProfiles,
  iterateRecords,
  rewriteOutdatedProfiles,
} from '../storage/paginate.ts';
import type { AttemptRecord } from '../storage/ports/attempts.ts';
import type { ConsumerId } from '../storage/ports/consumer-id.ts';
import type { OrderAtConnection, OrderOwner } from '../storage/ports/order-ledger.ts';
import type { PaymentFact } from '../storage/ports/payment-objects.ts';
import type { Upload } from '../storage/ports/uploads.ts';
import { visitorsAtOnce } from '../storage/ports/visitor-profiles.ts';
import { checkoutProfileId, hasSecretCheckout } from '../visitors/identity-links.ts';
import { isUnguessable } from '../visitors/unguessable-id.ts';
import { isVisitorId } from '../visitors/visitor-id.ts';
import { checkoutKeyPrefix, getPurchaseKeys, orderKeyPrefix } from './link-keys.ts';
import { eventsAtOnce, loadOwnedEvents, type SiteData } from './owned-events.ts';
import { formatDeadLetterId, type PersonEvents, selectPersonEvents } from './person-events.ts';
import { PersonIdentifiers, type PersonQuery } from './person-query.ts';
import { collectStrings, Evidence, parseRecordEvents, type ReportEvidence } from './report-ownership.ts';

export interface PersonSearchDeps extends SiteData {
  /** Returns the payloads of a stored body; `undefined` if the connection has been removed. */
  readonly unpack: (consumer: ConsumerId, body: string) => readonly Json[] | undefined;
  /** Cancels a scan, which then throws the abort signal's reason. */
  readonly signal: AbortSignal;
}

/**
 * Searches the data of one person: the events that name them, the events of their visitor ids, and the duplicates of these events. An event
 * is also theirs if it was sent with their identifiers from the profile. Orders and checkouts count only in reports of the shop: anyone can
 * report any order id from a browser.
 */
export class PersonSearch {
  readonly visitors = new Set<string>();
  readonly identifiers: PersonIdentifiers;
  readonly #o: PersonSearchDeps;
  readonly #query: PersonQuery;
  readonly #evidence = new Evidence();
  /** Ids that platforms' tags gave the person's browsers. They may be in the payload of an event without a visitor. */
  readonly #tagIds = new Set<string>();
  /** Link keys of orders and checkouts in the shop's reports about the person. They belong to this person only. */
  readonly #purchases = new Set<string>();
  /** Secret checkout ids of events that name the person. */
  readonly #checkouts = new Set<string>();
  readonly #opaque = new Set<string>();
  /** Dead letters that are evidence themselves, by their ids. `undefined` if the event is damaged. */
  readonly #deadLetters = new Map<string, Event | undefined>();
  #logOffset: Offset = startOffset;
  #attemptCursor = 0;
  #scanned = 0;

  constructor(query: PersonQuery, deps: PersonSearchDeps) {
    this.#query = query;
    this.#o = deps;
    this.identifiers = new PersonIdentifiers(query);
    for (const visitor of query.visitors ?? []) this.visitors.add(visitor);
  }

  /** The profiles that may be the person's: those of their visitors and of their checkouts. */
  get subjects(): readonly string[] {
    const checkouts = [...this.#purchases]
      .filter((key) => key.startsWith(checkoutKeyPrefix))
      .map((key) => key.slice(checkoutKeyPrefix.length));
    return [...this.visitors, ...[...new Set([...checkouts, ...this.#checkouts])].map(checkoutProfileId)];
  }

  /** The number of records and requests scanned so far. */
  get scanned(): number {
    return this.#scanned;
  }

  /** Scans the event log up to `through`. A later scan reads only new records, unless it finds more keys of the person. */
  async scan(through: Offset): Promise<void> {
    await this.#scanProfiles();
    for (;;) {
      const keys = await this.#countKeys();
      await this.#scanLog(through);
      await this.#scanAttempts();
      await this.#scanDeadLetters();
      await this.#scanOwnedReports();
      if ((await this.#countKeys()) === keys && !(await this.#addOrders())) return;
      this.#logOffset = startOffset;
      this.#attemptCursor = 0;
    }
  }

  /** Adds the tag ids of the visitors. Returns the number of keys by which the person's events are found. */
  async #countKeys(): Promise<number> {
    const { store, site } = this.#o;
    for (const visitors of chunk([...this.visitors], visitorsAtOnce)) {
      for (const { browserIds } of (await store.getProfiles(site, visitors)).values())
        for (const { value } of Object.values(browserIds).flat()) this.#tagIds.add(value);
    }
    return this.visitors.size + this.#tagIds.size + this.#purchases.size;
  }

  /**
   * Adds the orders of the shop that connections delivered, whose refunds may be later than their events. Returns whether there are more. Called
   * once the person's identifiers are known, so that an order of another person in the browser is none of theirs.
   */
  async #addOrders(): Promise<boolean> {
    const known = this.#purchases.size;
    const orders = (await this.findOrders()).filter(({ isTrusted: isOfShop }) => isOfShop);
    for (const { orderId } of [...orders, ...(await this.findUploads())]) this.#purchases.add(`${orderKeyPrefix}${orderId}`);
    return this.#purchases.size > known;
  }

  async #scanProfiles(): Promise<void> {
    const { store, site } = this.#o;
    const { links, hashes } = this.#query;
    for (const some of chunk(links, 500))
      for (const visitor of await store.findLinkedVisitors(site, some)) this.visitors.add(visitor);
    for await (const page of iterateProfiles(store, site)) {
      // Data beyond the present size limits can no longer be found, so it must not stay in the file.
      await rewriteOutdatedProfiles(page, store, site);
      if (hashes.size === 0) continue;
      for (const { visitor, profile } of page) {
        const named = profile.persons.filter(({ value }) => collectStrings({ ...value }).some((text) => hashes.has(text)));
        for (const { value } of named) this.identifiers.add(value);
        if (named.length > 0) this.visitors.add(visitor);
      }
    }
  }

  async #scanLog(through: Offset): Promise<void> {
    const { log, store, site } = this.#o;
    for await (const records of iterateRecords(log, site, this.#logOffset, through)) {
      const [first, last] = [records[0], records.at(-1)];
      const duplicates = await store.findDuplicates(site, first?.offset ?? startOffset, last?.offset ?? startOffset);
      for (const { offset, body } of records) {
        const primary = duplicates.get(offset) ?? offset;
        if ('redacted' in body) continue;
        const evidence =
          'bytes' in body ? this.#scanReport(parseStoredEvent(body.bytes), body.bytes) : this.#scanDamaged(body.raw);
        if (evidence) this.#evidence.addReport(offset, primary, evidence);
      }
      this.#logOffset = last?.offset ?? this.#logOffset;
      this.#scanned += records.length;
      this.#o.signal.throwIfAborted();
    }
  }

  async #scanAttempts(): Promise<void> {
    const { store, site, unpack } = this.#o;
    const { hashes, isOfSignals } = this.#query;
    if (isOfSignals) return;
    const sought = [...hashes, ...this.visitors, ...this.#tagIds];
    // Searching a body for very many texts costs more than parsing it.
    const mayMatch = ({ body }: AttemptRecord) => sought.length > 64 || sought.some((text) => body.includes(text));
    for await (const { attempts, through } of iterateAttempts(store, site, this.#attemptCursor)) {
      for (const { id, consumer, offsets, body } of attempts.filter(mayMatch)) {
        const payloads = unpack(consumer, body);
        if (!payloads) this.#opaque.add(id);
        for (const [index, payload] of (payloads ?? []).entries()) {
          const offset = offsets[index];
          const texts = collectStrings(payload);
          if (offset === undefined) continue;
          if (texts.some((text) => hashes.has(text))) this.#evidence.addSent(offset);
          const ids = texts.filter((text) => this.#isVisitor(text));
          if (ids.length > 0) this.#evidence.addSentIds(offset, ids);
        }
      }
      this.#attemptCursor = through;
      this.#scanned += attempts.length;
      this.#o.signal.throwIfAborted();
    }
  }

  /** Returns whether a text is an id of the person's browsers, and no word, number or hash that payloads of others contain too. */
  #isVisitor(text: string): boolean {
    return (this.visitors.has(text) && isDistinctive(text)) || this.#tagIds.has(text);
  }

  /** A dead letter is evidence for the record at its offset only if the event log has none: it may hold another report of the event. */
  async #scanDeadLetters(): Promise<void> {
    const { log, store, site } = this.#o;
    for await (const letters of iterateDeadLetters(store, site)) {
      const found = letters.flatMap((letter) => {
        const event = letter.cause === 'corrupt' ? undefined : parseStoredEvent(letter.bytes);
        const evidence = this.#scanReport(event, letter.bytes);
        return evidence ? [{ letter, event, evidence }] : [];
      });
      const records = await log.get(site, [...new Set(found.map(({ letter }) => letter.offset))]);
      const stored = new Set(records.map(({ offset }) => offset));
      for (const { letter, event, evidence } of found) {
        this.#deadLetters.set(formatDeadLetterId(letter), event);
        if (!stored.has(letter.offset)) this.#evidence.addReport(letter.offset, letter.offset, evidence);
      }
    }
  }

  /** Adds the visitors of all reports of events in which one report names the person. */
  async #scanOwnedReports(): Promise<void> {
    // A query for visitors does not extend to other visitors.
    if (this.#query.visitors) return;
    for (const primaries of chunk([...this.#evidence.named], eventsAtOnce)) {
      for (const { owned, reports } of await loadOwnedEvents(primaries, this.#evidence, this.#o)) {
        if (!owned.isNamed) continue;
        const events = reports.flatMap(parseRecordEvents);
        const isMatch = events.some((event) => this.#query.matches(event));
        if (!isMatch && this.identifiers.contradict(events.map(({ identity }) => identity))) continue;
        for (const event of events) {
          const { identity } = event;
          this.#addPurchase(event);
          const { anonymousId: visitor, browserIds } = identity;
          if (visitor !== undefined) this.visitors.add(visitor);
          for (const id of Object.values(browserIds ?? {})) this.#tagIds.add(id);
          if (isMatch && !this.identifiers.contradict([identity])) this.identifiers.add(identity);
        }
      }
      this.#o.signal.throwIfAborted();
    }
  }

  /** Returns the evidence that a report is the person's, and keeps the keys by which it leads to others. */
  #scanReport(event: Event | undefined, bytes: Uint8Array): ReportEvidence | undefined {
    if (!event) return this.#scanDamaged(bytes);
    if (this.#query.isOfSignals && !isSignalName(event.name)) return undefined;
    const { identity, commerce } = event;
    const { anonymousId: visitor, browserIds, joined } = identity;
    if (joined !== undefined && visitor !== undefined && this.#joinVisitors([visitor, joined])) return 'visitor';
    const isNamed = this.#query.matches(event);
    if (!isNamed && (visitor === undefined || !this.visitors.has(visitor)))
      return getPurchaseKeys(commerce).some((key) => this.#purchases.has(key)) ? 'order' : undefined;
    if (isNamed) {
      this.#addPurchase(event);
      if (visitor !== undefined) this.visitors.add(visitor);
      // A query for visitors includes everyone who used the browser.
      if (!this.#query.visitors) this.identifiers.add(identity);
    }
    for (const id of Object.values(browserIds ?? {})) this.#tagIds.add(id);
    return isNamed ? 'name' : 'visitor';
  }

  /** Adds both visitors of a link between domains if one is the person's: they are one browser. Returns whether one is. */
  #joinVisitors(pair: readonly string[]): boolean {
    if (!pair.some((visitor) => this.visitors.has(visitor))) return false;
    // A query for visitors does not extend to other visitors.
    if (!this.#query.visitors) for (const visitor of pair) this.visitors.add(visitor);
    return true;
  }

  /**
   * An event that a rule added repeats the order of another event, which is searched itself. Without events, the choices in checkouts stay.
   */
  #addPurchase(event: Event): void {
    if (event.addedBy || this.#query.isOfSignals) return;
    const { commerce } = event;
    if (isTrusted(event)) for (const key of getPurchaseKeys(commerce)) this.#purchases.add(key);
    if (commerce.checkoutId !== undefined && hasSecretCheckout(event)) this.#checkouts.add(commerce.checkoutId);
  }

  /** Searches the bytes of a damaged record, which cannot be parsed but may still hold identifiers of the person. */
  #scanDamaged(raw: Uint8Array): ReportEvidence | undefined {
    if (this.#query.isOfSignals) return undefined;
    const bytes = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength);
    return [...this.#query.hashes, ...[...this.visitors].filter(isDistinctive)].some((text) => bytes.includes(text))
      ? 'name'
      : undefined;
  }

  /**
   * Returns the delivered orders of the person, whose events may be gone. An order of another person in the same browser is not among them.
   */
  async findOrders(): Promise<readonly OrderAtConnection[]> {
    if (this.#query.isOfSignals) return [];
    const owner = this.#getOwner();
    const found = await this.#o.store.findOwnedOrders(this.#o.site, owner);
    const named = new Set(owner.orderIds);
    return found.filter(({ orderId, purchase }) => named.has(orderId) || !this.identifiers.contradict([purchase]));
  }

  /** Returns the rows that were sent or wait to be sent with the access to an account, of the person's orders. They outlive their events. */
  async findUploads(): Promise<readonly Upload[]> {
    if (this.#query.isOfSignals) return [];
    const owner = this.#getOwner();
    const found = await this.#o.store.findOwnedUploads(this.#o.site, owner);
    const named = new Set(owner.orderIds);
    return found.filter(({ orderId, person }) => named.has(orderId) || !person || !this.identifiers.contradict([person]));
  }

  /** Returns the facts about payments and subscriptions of the person, which outlive the events. */
  async findPaymentFacts(): Promise<readonly (PaymentFact & { readonly at: UnixMs })[]> {
    if (this.#query.isOfSignals) return [];
    return this.#o.store.findOwnedPaymentFacts(this.#o.site, this.#getOwner());
  }

  #getOwner(): OrderOwner {
    const orderIds = [...this.#query.links, ...this.#purchases].flatMap((key) =>
      key.startsWith(orderKeyPrefix) ? [key.slice(orderKeyPrefix.length)] : [],
    );
    const hashes = [...this.#query.hashes, ...this.identifiers.keys().map((key) => key.slice(key.indexOf(':') + 1))];
    return { hashes, visitors: [...this.visitors], orderIds: [...new Set(orderIds)] };
  }

  /** Returns the person's events among the scanned ones, without those of another person in the same browser. */
  events(): Promise<PersonEvents> {
    const person = {
      query: this.#query,
      identifiers: this.identifiers,
      visitors: this.visitors,
      evidence: this.#evidence,
      purchases: this.#purchases,
      deadLetters: this.#deadLetters,
      opaqueAttempts: this.#opaque,
    };
    return selectPersonEvents(person, this.#o);
  }
}

function isDistinctive(visitor: string): boolean {
  return isVisitorId(visitor) || (isUnguessable(visitor) && !isHashLike(visitor));
}
