import { type Fields, getText, toText } from '../../kit/fields.ts';
import { createNearMissSearch, getSources, type NearMiss as Similar } from '../../kit/near-misses.ts';
import type { Settings } from '../settings.ts';
import { personKeys } from './deduplication.ts';
import type { ReportGroup } from './report.ts';

/**
 * `name`: the same id under another name. `order`: the same order and name with another id. `server-first`: the same name and person
 * without an id, but the server's report came first. `property`: the browser sent the id as a property.
 */
export type NearMiss = Similar<'name' | 'order' | 'server-first' | 'property'>;

/** Finds other events that look like the same thing as this one and were not merged with it. */
export const createSearch = (groups: ReadonlySet<ReportGroup>, { dedupWindowMs }: Settings) =>
  createNearMissSearch(groups, {
    windowMs: dedupWindowMs,
    listKeys,
    compare,
    getName: ({ event }) => toText(event.event_name) ?? '',
  });

function compare(group: ReportGroup, other: ReportGroup, first: ReportGroup): NearMiss['kind'] | undefined {
  const [id, otherId] = [toText(group.event.event_id), toText(other.event.event_id)];
  const hasSameName = toText(group.event.event_name) === toText(other.event.event_name);
  const [sources, otherSources] = [getSources(group), getSources(other)];
  const hasOtherSource = sources !== 'both' && otherSources !== 'both' && sources !== otherSources;
  if (hasSameName && hasOtherSource && (getProperty(group) === (otherId ?? '') || getProperty(other) === (id ?? '')))
    return 'property';
  if (!hasSameName) return hasOtherSource && id !== null && id === otherId ? 'name' : undefined;
  const otherOrders = getOrders(other);
  if (getOrders(group).some((order) => otherOrders.includes(order))) return 'order';
  if (!hasOtherSource || (id !== null && otherId !== null)) return undefined;
  return getSources(first) === 'server' && sharePerson(group, other) ? 'server-first' : undefined;
}

function listKeys(group: ReportGroup): string[] {
  const { datasetId, event } = group;
  const [id, property] = [toText(event.event_id), getIdProperty(event)];
  return [
    ...(id === null ? [] : [JSON.stringify(['id', datasetId, id])]),
    ...(property === undefined ? [] : [JSON.stringify(['id', datasetId, property])]),
    ...getOrders(group).map((order) => JSON.stringify(['order', datasetId, event.event_name, order])),
    ...personKeys(datasetId, event).map(([, key]) => key),
  ];
}

const getCustomText = ({ custom_data }: Fields, name: string): string | undefined => getText(custom_data, name) ?? undefined;

/** Returns the order ids of all reports of an event. */
function getOrders({ reports }: ReportGroup): string[] {
  const orders = reports.map(({ report }) => getCustomText(report.event, 'order_id'));
  return [...new Set(orders)].filter((order) => order !== undefined);
}

const getIdProperty = (event: Fields): string | undefined => getCustomText(event, 'eventID') ?? getCustomText(event, 'event_id');

/** Returns the event id that the browser sent as a property in place of its id. */
const getProperty = ({ event }: ReportGroup): string | undefined =>
  toText(event.event_id) === null ? getIdProperty(event) : undefined;

function sharePerson(group: ReportGroup, other: ReportGroup): boolean {
  const persons = new Set(personKeys(group.datasetId, group.event).map(([, key]) => key));
  return personKeys(other.datasetId, other.event).some(([, key]) => persons.has(key));
}
