import { findDestination } from '../destinations/destinations.ts';
import { mapEventName, renameLookupKey } from '../destinations/kit/mapping/event-names.ts';
import { testEventName } from '../event/event-names.ts';
import type { Connection, Site } from '../event/site.ts';
import { dayMs, type UnixMs } from '../event/units.ts';
import type { SentEvents } from '../platform-accounts/goal-checks.ts';
import type { SiteRegistry } from '../sites/site-registry.ts';
import { type ConsumerId, formatConsumerId } from '../storage/ports/consumer-id.ts';
import type { CountedFilters, EventIndex } from '../storage/ports/event-index.ts';

interface SentEventDeps {
  readonly registry: Pick<SiteRegistry, 'sites'>;
  readonly store: Pick<EventIndex, 'countEvents'>;
  readonly now: () => UnixMs;
}

const countedMs = 7 * dayMs;
/** Visitors can send any name, so only the most frequent ones besides the standard ones are checked. */
const mostOthers = 50;

/**
 * Creates the reader of the events of a connection under their names at the platform: the standard events, those that rules make, and the most
 * frequent others that the platform accepted in seven days. An event that a rule renamed counts under its new name.
 */
export function createSentEventReader({ registry, store, now }: SentEventDeps) {
  return async (site: string, id: string): Promise<SentEvents | undefined> => {
    const found = registry.sites().find((one) => one.id === site);
    const connection = found?.connections.find((one) => one.id === id);
    const destination = connection && findDestination(connection.destination);
    if (!found || !connection || !destination) return undefined;
    const consumer = formatConsumerId(site, id);
    const outcomes = { consumers: [consumer], any: ['delivered'] } as const;
    const count = async (more: CountedFilters, renamedBy?: ConsumerId) => {
      const filters = { outcomes, since: now() - countedMs, ...more };
      const { groups, isComplete } = await store.countEvents(site, filters, renamedBy === undefined ? {} : { renamedBy });
      const counts = new Map<string, number>();
      for (const { name, events } of groups) counts.set(name, (counts.get(name) ?? 0) + events);
      return { counts, isComplete };
    };
    const [{ counts: delivered, isComplete }, withEmail, withPhone] = [
      await count({}, consumer),
      await count({ has: ['email'] }),
      await count({ has: ['phone'] }),
    ];
    const { events = 'all', eventNames = {} } = connection.settings;
    const isSent = (name: string) => !Array.isArray(events) || events.includes(renameLookupKey(name));
    const custom = Object.fromEntries(Object.entries(Object(eventNames)).map(([event, name]) => [event, String(name)]));
    const findName = (event: string) => mapEventName(event, custom, destination.eventNames);
    const usual = [...new Set([...Object.keys(destination.eventNames), ...listMadeNames(found, connection)])].filter(isSent);
    const others = [...delivered]
      .filter(([name]) => !usual.includes(name) && name !== testEventName && isSent(name))
      .filter(([name]) => name !== 'PageView' || findName(name) !== undefined)
      .toSorted(([, one], [, other]) => other - one)
      .map(([name]) => name);
    const names = [...usual, ...others.slice(0, mostOthers)];
    return {
      settings: connection.settings,
      events: names.map((event) => ({ event, name: findName(event) ?? event, delivered: delivered.get(event) ?? 0 })),
      sendsHashes: withEmail.counts.size > 0 || withPhone.counts.size > 0,
      leftOut: Math.max(0, others.length - mostOthers),
      isPartial: !isComplete,
    };
  };
}

/** Returns the names that rules give to events of a connection. */
function listMadeNames({ rules = [] }: Pick<Site, 'rules'>, { rules: ownRules = [] }: Connection): readonly string[] {
  return [...rules, ...ownRules]
    .filter(({ enabled }) => enabled)
    .flatMap(({ then: action }) => ('rename' in action ? action.rename : 'also' in action ? action.also.name : []));
}
