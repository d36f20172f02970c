import { parseStoredEvent } from '../event/parse-stored-event.ts';
import type { Site } from '../event/site.ts';
import { checkoutProfilePrefix, plainKeyOf } from '../identity/identity-links.ts';
import type { VisitorProfile } from '../identity/visitor-profile.ts';
import { chunk, iterateAttempts, iterateDeadLetters } from '../storage/paginate.ts';
import { planVisitorErasure } from './erase-visitor.ts';
import { findDestinationOf, type PrivacyDeps } from './erasure.ts';
import type { PersonQuery } from './person-query.ts';
import type { PersonSearch } from './person-search.ts';
import { RecipientReport } from './recipients.ts';
import type { FoundBy } from './report-ownership.ts';

const atOnce = 200;

/**
 * Everything that is kept of the person whom `finder` has looked for, as JSON text in chunks: what an erasure would take, as it is
 * stored. Of a request that holds more people, the person's payloads alone.
 * @throws the signal's reason.
 */
export async function* exportPerson(
  site: Site,
  wanted: PersonQuery,
  finder: PersonSearch,
  options: PrivacyDeps & { readonly signal: AbortSignal },
): AsyncGenerator<string> {
  const { now, signal } = options;
  const found = await finder.events();
  const { foundBy } = found;
  const received = new RecipientReport(site);
  const lists = {
    people: subjectsOf(site, wanted, finder, options),
    events: eventsOf(site, foundBy, options),
    deadLetters: lettersOf(site, foundBy, options),
    requests: requestsOf(site, found.sent, received, options),
  };
  const head = { site: site.id, madeAt: text(now()), namedBy: wanted.keys, foundBy: [...found.keys].toSorted() };
  yield `{${membersOf(head)}`;
  for (const [name, list] of Object.entries(lists)) {
    yield `,\n${JSON.stringify(name)}:[`;
    let before = '';
    for await (const one of list) {
      signal.throwIfAborted();
      yield `${before}\n${JSON.stringify(one)}`;
      before = ',';
    }
    yield ']';
  }
  const platforms = received.all().map(({ first, last, ...one }) => ({ ...one, first: text(first), last: text(last) }));
  yield `,\n${membersOf({ received: platforms })}}\n`;
}

function membersOf(object: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(object).slice(1, -1);
}

function text(at: number): string {
  return new Date(at).toISOString();
}

async function* subjectsOf(
  site: Site,
  wanted: PersonQuery,
  finder: PersonSearch,
  { store }: PrivacyDeps,
): AsyncGenerator<object> {
  const { names, subjects } = finder;
  for (const some of chunk(subjects, atOnce)) {
    const facts = await store.getProfiles(site.id, some);
    const links = Map.groupBy(await store.listVisitorLinks(site.id, some), ({ visitor }) => visitor);
    for (const subject of some) {
      const [known, linked = []] = [facts.get(subject), links.get(subject)];
      const theirs = planVisitorErasure(subject, known, linked, { names, wanted });
      if (!theirs) continue;
      const { profile: others, links: keys } = theirs;
      const own = linked
        .filter((link) => link.key === plainKeyOf(link) && (keys === undefined || keys.includes(link.key)))
        .map(({ key, at }) => ({ key, at: text(at) }));
      const of = subject.startsWith(checkoutProfilePrefix)
        ? { checkoutId: subject.slice(checkoutProfilePrefix.length) }
        : { anonymousId: subject };
      yield { ...of, ...(known && { facts: others ? without(known, others) : known }), links: own };
    }
  }
}

/** What only the first tells. */
function without(known: VisitorProfile, others: VisitorProfile): VisitorProfile {
  const rest = <T>(all: readonly T[], gone: readonly T[] = []) => all.filter((one) => !gone.includes(one));
  const clicks = Object.entries(known.clicks).map(([name, told]) => [name, rest(told, others.clicks[name])] as const);
  return {
    ...known,
    clicks: Object.fromEntries(clicks.filter(([, told]) => told.length > 0)),
    persons: rest(known.persons, others.persons),
    clients: rest(known.clients, others.clients),
    uetVids: rest(known.uetVids, others.uetVids),
  };
}

type FoundByOffset = ReadonlyMap<string, FoundBy>;

async function* eventsOf(site: Site, foundBy: FoundByOffset, { log }: PrivacyDeps): AsyncGenerator<object> {
  for (const some of chunk([...foundBy.keys()], atOnce)) {
    for (const { offset, body } of await log.get(site.id, some)) {
      const event = 'bytes' in body ? parseStoredEvent(body.bytes) : undefined;
      if (event) yield { foundBy: foundBy.get(offset), ...event };
    }
  }
}

async function* lettersOf(site: Site, foundBy: FoundByOffset, { store }: PrivacyDeps): AsyncGenerator<object> {
  for await (const letters of iterateDeadLetters(store, site.id)) {
    for (const { consumer, offset, at, bytes, cause, issues } of letters) {
      const event = foundBy.has(offset) ? parseStoredEvent(bytes) : undefined;
      if (event)
        yield { foundBy: foundBy.get(offset), connection: connectionOf(site, consumer), at: text(at), cause, issues, event };
    }
  }
}

async function* requestsOf(
  site: Site,
  offsets: ReadonlySet<string>,
  received: RecipientReport,
  options: PrivacyDeps,
): AsyncGenerator<object> {
  for await (const { attempts } of iterateAttempts(options.store, site.id)) {
    for (const attempt of attempts) {
      const theirs = attempt.offsets.filter((offset) => offsets.has(offset));
      if (theirs.length === 0) continue;
      received.add(attempt, theirs);
      const { consumer: pump, startedAt, settled, body } = attempt;
      const payloads = findDestinationOf(site, pump, options)?.unpack(body) ?? [];
      const isWhole = payloads.length === attempt.offsets.length;
      yield {
        connection: connectionOf(site, pump),
        at: text(startedAt),
        result: settled?.result ?? 'open',
        ...(settled?.status !== undefined && { status: settled.status }),
        events: theirs.length,
        payloads: isWhole ? payloads.filter((_, index) => offsets.has(attempt.offsets[index] ?? '')) : [],
      };
    }
  }
}

function connectionOf({ id }: Site, pump: string): string {
  return pump.slice(id.length + 1);
}
