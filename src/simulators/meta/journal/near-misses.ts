import { type Fields, isFields, toText } from '../../kit/fields.ts';
import type { ReportSource } from '../../kit/report.ts';
import type { Settings } from '../settings.ts';
import { personKeys } from './deduplication.ts';
import type { ReportGroup } from './report.ts';

/** The newest events are compared with each other; older ones are not. */
const comparedEvents = 1_000;
/** Bounds the work when many events look alike. */
const comparedPerKey = 20;

/** Another event that looks like the same one and was not merged with it. */
export interface NearMiss {
  /** The sources that reported the other event. */
  readonly sources: ReportSource | 'both';
  /**
   * `name`: the same id under another name. `order`: the same order and name with another id. `server-first`: the same name and person
   * without an id, but the server's report came first. `property`: the browser sent the id as a property.
   */
  readonly kind: 'name' | 'order' | 'server-first' | 'property';
  readonly eventName: string;
}

/** Finds other events that look like the same thing as this one and were not merged with it. */
type FindNearMisses = (group: ReportGroup) => NearMiss[];

/** Groups the newest events by what similar events share, in one pass, and returns the search over them. */
export function createNearMissSearch(groups: ReadonlySet<ReportGroup>, { dedupWindowMs }: Settings): FindNearMisses {
  // The position of an event, as two can arrive within a millisecond.
  const newest = new Map(
    [...groups]
      .slice(-comparedEvents)
      .filter(isCounted)
      .map((group, at) => [group, at]),
  );
  const byKey = new Map<string, Set<ReportGroup>>();
  for (const group of newest.keys()) {
    for (const key of similarityKeys(group)) {
      const similar = byKey.get(key) ?? new Set();
      if (similar.size < comparedPerKey) byKey.set(key, similar.add(group));
    }
  }
  return (group) => {
    const position = newest.get(group);
    if (position === undefined) return [];
    const others = new Set(similarityKeys(group).flatMap((key) => [...(byKey.get(key) ?? [])]));
    others.delete(group);
    const found = [...others]
      .filter((other) => Math.abs(other.firstAt - group.firstAt) <= dedupWindowMs)
      .flatMap((other) => {
        const kind = compare(group, other, (newest.get(other) ?? 0) < position ? other : group);
        return kind === undefined ? [] : [{ sources: getSources(other), kind, eventName: toText(other.event.event_name) ?? '' }];
      });
    return found.filter(isFirstOfKind);
  };
}

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

function similarityKeys(group: ReportGroup): string[] {
  const { datasetId, event } = group;
  const [id, property] = [toText(event.event_id), getIdProperty(event)];
  return [
    ...(id === null ? [] : [JSON.stringify(['id', datasetId, id])]),
    ...(property === undefined ? [] : [JSON.stringify(['id', datasetId, property])]),
    ...getOrders(group).map((order) => JSON.stringify(['order', datasetId, event.event_name, order])),
    ...personKeys(datasetId, event).map(([, key]) => key),
  ];
}

function getCustomText({ custom_data }: Fields, name: string): string | undefined {
  return isFields(custom_data) ? (toText(custom_data[name]) ?? undefined) : undefined;
}

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

const isCounted = ({ reports }: ReportGroup): boolean => reports.some(({ report }) => report.void === undefined);

function getSources({ reports }: ReportGroup): ReportSource | 'both' {
  const sources = new Set(reports.map(({ source }) => source));
  if (sources.size > 1) return 'both';
  return sources.has('server') ? 'server' : 'browser';
}

/** Keeps one near miss of each sentence that `why` would repeat. */
const isFirstOfKind = (near: NearMiss, at: number, all: readonly NearMiss[]): boolean =>
  all.findIndex(
    ({ sources, kind, eventName }) => sources === near.sources && kind === near.kind && eventName === near.eventName,
  ) === at;
