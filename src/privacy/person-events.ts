import type { Event } from '../event/event.ts';
import { isSignalName } from '../event/event-names.ts';
import type { Offset } from '../storage/log/event-log.ts';
import { chunk, iterateDeadLetters } from '../storage/paginate.ts';
import type { ConsumerId } from '../storage/ports/consumer-id.ts';
import { getPersonKeys, toVisitorKey } from './link-keys.ts';
import { eventsAtOnce, loadDeadLetterEvents, loadOwnedEvents, type SiteData } from './owned-events.ts';
import type { PersonIdentifiers, PersonQuery } from './person-query.ts';
import { type Evidence, type MatchReason, parseRecordEvents } from './report-ownership.ts';

export interface ReportedEvent {
  readonly offset: Offset;
  readonly event: Event;
}

/** The events of one person. */
export interface PersonEvents {
  /** The person's records in log order: primary reports, duplicates and signals. */
  readonly offsets: readonly Offset[];
  /** The reason for each of the records. */
  readonly foundBy: ReadonlyMap<Offset, MatchReason>;
  /** The offsets whose sent payloads are the person's. */
  readonly sent: ReadonlySet<Offset>;
  /** Those of `offsets` that are a browser's report and may be of the shop's event. */
  readonly unconfirmed: ReadonlySet<Offset>;
  /** Those of `offsets` whose events have reports that are not the person's. */
  readonly shared: ReadonlySet<Offset>;
  /** The person's dead letters, as `formatDeadLetterId` names them. One may hold another report than that at its offset. */
  readonly deadLetters: ReadonlySet<string>;
  /** The reports of these events that are not the person's. */
  readonly others: readonly ReportedEvent[];
  readonly events: number;
  readonly duplicates: number;
  readonly signals: number;
  /** Requests that may hold these events and cannot be split into payloads. */
  readonly opaqueAttempts: ReadonlySet<string>;
  /** Link keys of the person and of these events, and the person's visitors. */
  readonly keys: ReadonlySet<string>;
}

/** The result of scanning all data for a person. */
export interface ScannedPerson {
  readonly query: PersonQuery;
  readonly identifiers: PersonIdentifiers;
  readonly visitors: ReadonlySet<string>;
  readonly evidence: Evidence;
  /** Link keys of orders and checkouts in the shop's reports about the person. */
  readonly purchases: ReadonlySet<string>;
  /** Dead letters that are evidence themselves, by their ids. `undefined` if the event is damaged. */
  readonly deadLetters: ReadonlyMap<string, Event | undefined>;
  readonly opaqueAttempts: ReadonlySet<string>;
}

/** Returns the person's events among the scanned ones, without those of another person in the same browser. */
export async function selectPersonEvents(person: ScannedPerson, data: SiteData): Promise<PersonEvents> {
  const { query, identifiers, evidence, opaqueAttempts } = person;
  const found: [Offset, MatchReason][] = [];
  const sent = new Set<Offset>();
  const unconfirmed = new Set<Offset>();
  const shared = new Set<Offset>();
  const others: ReportedEvent[] = [];
  const counts = { events: 0, duplicates: 0, signals: 0 };
  const keys = new Set([...query.links, ...identifiers.keys(), ...person.purchases]);
  for (const visitor of person.visitors) keys.add(toVisitorKey(visitor));
  const deadLetters = await loadDeadLetterEvents(evidence.events, data);
  for (const primaries of chunk([...evidence.events].toSorted(), eventsAtOnce)) {
    for (const { primary, owned, reports, others: otherReports } of await loadOwnedEvents(primaries, evidence, data)) {
      const dead = owned.foundBy.has(primary) && !owned.isShared ? (deadLetters.get(primary) ?? []) : [];
      const events = [...reports.flatMap(parseRecordEvents), ...dead];
      if (!owned.isNamed && identifiers.contradict(events.map(({ identity }) => identity))) continue;
      found.push(...owned.foundBy);
      if (owned.hasPayloads) for (const offset of [primary, ...owned.foundBy.keys()]) sent.add(offset);
      if (owned.isUnconfirmed) for (const offset of owned.foundBy.keys()) unconfirmed.add(offset);
      if (owned.isShared) for (const offset of owned.foundBy.keys()) shared.add(offset);
      for (const record of otherReports)
        for (const event of parseRecordEvents(record)) others.push({ offset: record.offset, event });
      for (const key of events.flatMap(getPersonKeys)) keys.add(key);
      const left = reports.filter(({ body }) => !('redacted' in body));
      counts.duplicates += Math.max(0, left.length - 1);
      if (left.some(({ key }) => isSignalName(key))) counts.signals += 1;
      else if (left.length > 0 || events.length > 0) counts.events += 1;
    }
  }
  const foundBy = new Map(found.toSorted(([a], [b]) => (a < b ? -1 : Number(a > b))));
  const own = { deadLetters: await selectDeadLetters(person, foundBy, shared, keys, data), opaqueAttempts, keys };
  return { offsets: [...foundBy.keys()], foundBy, sent, unconfirmed, shared, others, ...counts, ...own };
}

/** Returns the ids of the person's dead letters: those that name them, and those of events that are theirs alone. Adds their keys. */
async function selectDeadLetters(
  { query, identifiers, deadLetters }: ScannedPerson,
  foundBy: ReadonlyMap<Offset, MatchReason>,
  shared: ReadonlySet<Offset>,
  keys: Set<string>,
  { store, site }: SiteData,
): Promise<ReadonlySet<string>> {
  const own = new Set<string>();
  for (const [id, event] of deadLetters) {
    if (event && !query.matches(event) && identifiers.contradict([event.identity])) continue;
    own.add(id);
    for (const key of event ? getPersonKeys(event) : []) keys.add(key);
  }
  for await (const letters of iterateDeadLetters(store, site)) {
    for (const letter of letters)
      if (foundBy.has(letter.offset) && !shared.has(letter.offset)) own.add(formatDeadLetterId(letter));
  }
  return own;
}

/** Names a dead letter among those of all consumers. */
export function formatDeadLetterId({ consumer, offset }: { readonly consumer: ConsumerId; readonly offset: Offset }): string {
  return `${consumer} ${offset}`;
}
