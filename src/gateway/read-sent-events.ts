import { findDestination } from '../destinations/destinations.ts';
import { testEventName } from '../event/event-names.ts';
import { dayMs, type UnixMs } from '../event/units.ts';
import type { SentEvents } from '../platform-accounts/goal-checks.ts';
import type { SiteRegistry } from '../sites/site-registry.ts';
import { formatConsumerId } from '../storage/ports/consumer-id.ts';
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
 * Creates the reader of the events of a connection under their names at the platform: the standard events, and the most frequent others
 * that the platform accepted in seven days. Rules that rename events are not considered.
 */
export function createSentEventReader({ registry, store, now }: SentEventDeps) {
  return async (site: string, id: string): Promise<SentEvents | undefined> => {
    const connection = registry
      .sites()
      .find((one) => one.id === site)
      ?.connections.find((one) => one.id === id);
    const destination = connection && findDestination(connection.destination);
    if (!connection || !destination) return undefined;
    const outcomes = { consumers: [formatConsumerId(site, id)], any: ['delivered'] } as const;
    const count = async (more: CountedFilters = {}) => {
      const { groups, isComplete } = await store.countEvents(site, { outcomes, since: now() - countedMs, ...more });
      const counts = new Map<string, number>();
      for (const { name, events } of groups) counts.set(name, (counts.get(name) ?? 0) + events);
      return { counts, isComplete };
    };
    const [{ counts: delivered, isComplete }, withEmail, withPhone] = [
      await count(),
      await count({ has: ['email'] }),
      await count({ has: ['phone'] }),
    ];
    const { events = 'all', eventNames = {} } = connection.settings;
    const isSent = (name: string) => !Array.isArray(events) || events.some((one) => isSame(String(one), name));
    const custom = new Map(Object.entries(Object(eventNames)).map(([event, name]) => [event.toLowerCase(), String(name)]));
    const findName = (event: string) => custom.get(event.toLowerCase()) ?? destination.eventNames[event];
    const standard = Object.keys(destination.eventNames).filter(isSent);
    const others = [...delivered]
      .filter(([name]) => !standard.includes(name) && name !== testEventName && isSent(name))
      .filter(([name]) => name !== 'PageView' || findName(name) !== undefined)
      .toSorted(([, one], [, other]) => other - one)
      .map(([name]) => name);
    const names = [...standard, ...others.slice(0, mostOthers)];
    return {
      settings: connection.settings,
      events: names.map((event) => ({ event, name: findName(event) ?? event, delivered: delivered.get(event) ?? 0 })),
      sendsHashes: withEmail.counts.size > 0 || withPhone.counts.size > 0,
      leftOut: Math.max(0, others.length - mostOthers),
      isPartial: !isComplete,
    };
  };
}

function isSame(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
