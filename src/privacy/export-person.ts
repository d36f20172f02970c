import { parseStoredEvent } from '../event/parse-stored-event.ts';
import type { Site } from '../event/site.ts';
import { chunk, iterateAttempts, iterateDeadLetters } from '../storage/paginate.ts';
import { checkoutProfilePrefix, toPlainKey } from '../visitors/identity-links.ts';
import type { TimedValuesByName } from '../visitors/profile-limits.ts';
import type { VisitorProfile } from '../visitors/visitor-profile.ts';
import { formatDeadLetterId } from './person-events.ts';
import type { PersonQuery } from './person-query.ts';
import type { PersonSearch } from './person-search.ts';
import { planVisitorErasure } from './plan-visitor-erasure.ts';
import { findConnectionDestination, type PrivacyDeps } from './privacy-deps.ts';
import { RecipientReport } from './recipients.ts';
import type { MatchReason } from './report-ownership.ts';

const atOnce = 200;

/**
 * Yields everything that is stored about the person of a finished search, as chunks of JSON text: the data that an erasure would remove. A
 * request about several people is reduced to the person's payloads.
 * @throws the abort signal's reason.
 */
export async function* exportPerson(
  site: Site,
  query: PersonQuery,
  search: PersonSearch,
  deps: PrivacyDeps & { readonly signal: AbortSignal },
): AsyncGenerator<string> {
  const { now, signal } = deps;
  const found = await search.events();
  const { foundBy, deadLetters } = found;
  const received = new RecipientReport(site);
  const lists = {
    people: exportPeople(site, query, search, deps),
    events: exportEvents(site, foundBy, deps),
    orders: exportOrders(site, search),
    uploads: exportUploads(site, search),
    payments: exportPayments(search),
    deadLetters: exportDeadLetters(site, deadLetters, foundBy, deps),
    requests: exportRequests(site, found.sent, received, deps),
  };
  const head = { site: site.id, madeAt: formatTime(now()), namedBy: query.keys, foundBy: [...found.keys].toSorted() };
  yield `{${formatMembers(head)}`;
  for (const [name, list] of Object.entries(lists)) {
    yield `,\n${JSON.stringify(name)}:[`;
    let separator = '';
    for await (const item of list) {
      signal.throwIfAborted();
      yield `${separator}\n${JSON.stringify(item)}`;
      separator = ',';
    }
    yield ']';
  }
  const platforms = received
    .all()
    .map(({ first, last, ...rest }) => ({ ...rest, first: formatTime(first), last: formatTime(last) }));
  yield `,\n${formatMembers({ received: platforms })}}\n`;
}

function formatMembers(object: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(object).slice(1, -1);
}

function formatTime(at: number): string {
  return new Date(at).toISOString();
}

async function* exportPeople(
  site: Site,
  query: PersonQuery,
  search: PersonSearch,
  { store }: PrivacyDeps,
): AsyncGenerator<object> {
  const { identifiers, subjects } = search;
  for (const some of chunk(subjects, atOnce)) {
    const profiles = await store.getProfiles(site.id, some);
    const links = Map.groupBy(await store.listVisitorLinks(site.id, some), ({ visitor }) => visitor);
    for (const subject of some) {
      const [profile, linked = []] = [profiles.get(subject), links.get(subject)];
      const plan = planVisitorErasure(subject, profile, linked, { identifiers, query });
      if (!plan) continue;
      const { profile: others, links: keys } = plan;
      const own = linked
        .filter((link) => link.key === toPlainKey(link) && (keys === undefined || keys.includes(link.key)))
        .map(({ key, at }) => ({ key, at: formatTime(at) }));
      const id = subject.startsWith(checkoutProfilePrefix)
        ? { checkoutId: subject.slice(checkoutProfilePrefix.length) }
        : { anonymousId: subject };
      yield { ...id, ...(profile && { facts: others ? subtract(profile, others) : profile }), links: own };
    }
  }
}

/** Returns the profile without the observations of the other one. */
function subtract(profile: VisitorProfile, other: VisitorProfile): VisitorProfile {
  const rest = <T>(all: readonly T[], erased: readonly T[] = []) => all.filter((one) => !erased.includes(one));
  const restByName = (all: TimedValuesByName, erased: TimedValuesByName) =>
    Object.fromEntries(
      Object.entries(all)
        .map(([name, ids]) => [name, rest(ids, erased[name])] as const)
        .filter(([, ids]) => ids.length > 0),
    );
  return {
    ...profile,
    clicks: restByName(profile.clicks, other.clicks),
    persons: rest(profile.persons, other.persons),
    clients: rest(profile.clients, other.clients),
    browserIds: restByName(profile.browserIds, other.browserIds),
  };
}

type FoundByOffset = ReadonlyMap<string, MatchReason>;

async function* exportEvents(site: Site, foundBy: FoundByOffset, { log }: PrivacyDeps): AsyncGenerator<object> {
  for (const some of chunk([...foundBy.keys()], atOnce)) {
    for (const { offset, body } of await log.get(site.id, some)) {
      const event = 'bytes' in body ? parseStoredEvent(body.bytes) : undefined;
      if (event) yield { foundBy: foundBy.get(offset), ...event };
    }
  }
}

/** Yields the orders that connections delivered. They are kept longer than their events. */
async function* exportOrders(site: Site, search: PersonSearch): AsyncGenerator<object> {
  for (const { consumer, orderId, purchase } of await search.findOrders()) {
    const { time, forms, externalId, anonymousId, clickIds, eventId, told, currency } = purchase;
    yield {
      connection: toConnectionId(site, consumer),
      orderId,
      eventId,
      time: formatTime(time),
      ...(told !== undefined && { value: told / 1_000 }),
      ...(currency !== undefined && { currency }),
      identity: { forms, ...(externalId && { externalId }), ...(anonymousId && { anonymousId }), clickIds },
    };
  }
}

/** Yields the rows of the person's orders that are sent with the access to an account. */
async function* exportUploads(site: Site, search: PersonSearch): AsyncGenerator<object> {
  for (const { consumer, orderId, kind, state, at, content, person, triedAt } of await search.findUploads()) {
    yield {
      connection: toConnectionId(site, consumer),
      orderId,
      kind,
      state,
      time: formatTime(at),
      content: JSON.parse(content),
      ...(triedAt !== undefined && { sentAt: formatTime(triedAt) }),
      ...(person && { identity: person }),
    };
  }
}

/** Yields the facts about payments and subscriptions. */
async function* exportPayments(search: PersonSearch): AsyncGenerator<object> {
  for (const { at, ...fact } of await search.findPaymentFacts()) yield { ...fact, time: formatTime(at) };
}

async function* exportDeadLetters(
  site: Site,
  own: ReadonlySet<string>,
  foundBy: FoundByOffset,
  { store }: PrivacyDeps,
): AsyncGenerator<object> {
  for await (const letters of iterateDeadLetters(store, site.id)) {
    for (const letter of letters) {
      const { consumer, offset, at, bytes, cause, issues } = letter;
      const event = own.has(formatDeadLetterId(letter)) ? parseStoredEvent(bytes) : undefined;
      if (event)
        yield {
          foundBy: foundBy.get(offset) ?? 'name',
          connection: toConnectionId(site, consumer),
          at: formatTime(at),
          cause,
          issues,
          event,
        };
    }
  }
}

async function* exportRequests(
  site: Site,
  offsets: ReadonlySet<string>,
  received: RecipientReport,
  deps: PrivacyDeps,
): AsyncGenerator<object> {
  for await (const { attempts } of iterateAttempts(deps.store, site.id)) {
    for (const attempt of attempts) {
      const ownOffsets = attempt.offsets.filter((offset) => offsets.has(offset));
      if (ownOffsets.length === 0) continue;
      received.add(attempt, ownOffsets);
      const { consumer, startedAt, settled, body } = attempt;
      const payloads = findConnectionDestination(site, consumer, deps)?.unpack(body) ?? [];
      const isComplete = payloads.length === attempt.offsets.length;
      yield {
        connection: toConnectionId(site, consumer),
        at: formatTime(startedAt),
        result: settled?.result ?? 'open',
        ...(settled?.status !== undefined && { status: settled.status }),
        events: ownOffsets.length,
        payloads: isComplete ? payloads.filter((_, index) => offsets.has(attempt.offsets[index] ?? '')) : [],
      };
    }
  }
}

function toConnectionId({ id }: Site, consumer: string): string {
  return consumer.slice(id.length + 1);
}
