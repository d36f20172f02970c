import { type Fields, isFields, toText } from '../../kit/fields.ts';
import type { ReportSource } from '../../kit/report.ts';
import type { Settings } from '../settings.ts';
import { toNameKey } from './deduplication.ts';
import type { ReportGroup } from './report.ts';

/** The newest events are compared with each other; older ones are not. */
const comparedEvents = 1_000;
/** Bounds the work when many events look alike. */
const comparedPerKey = 20;

/** Another event that looks like the same one and was not merged with it. */
export interface NearMiss {
  /** The sources that reported the other event. */
  readonly sources: ReportSource | 'both';
  /** `name`: the same id under another name. `order`: the same order and name with another id. `offline`: one of the two is offline. */
  readonly kind: 'name' | 'order' | 'offline';
  readonly eventName: string;
}

/** Groups the newest events by what similar events share, in one pass, and returns the search over them. */
export function createNearMissSearch(
  groups: ReadonlySet<ReportGroup>,
  { dedupWindowMs }: Settings,
): (group: ReportGroup) => NearMiss[] {
  const newest = new Set([...groups].slice(-comparedEvents).filter(isCounted));
  const byKey = new Map<string, Set<ReportGroup>>();
  for (const group of newest) {
    for (const key of listSimilarityKeys(group.event)) {
      const similar = byKey.get(key) ?? new Set();
      if (similar.size < comparedPerKey) byKey.set(key, similar.add(group));
    }
  }
  return (group) => {
    if (!newest.has(group)) return [];
    const others = new Set(listSimilarityKeys(group.event).flatMap((key) => [...(byKey.get(key) ?? [])]));
    others.delete(group);
    const found = [...others]
      .filter((other) => Math.abs(other.firstAt - group.firstAt) <= dedupWindowMs)
      .flatMap((other) => {
        const kind = compare(group, other);
        return kind === undefined ? [] : [{ sources: getSources(other), kind, eventName: toText(other.event.event_name) ?? '' }];
      });
    return found.filter(isFirstOfKind);
  };
}

function compare(group: ReportGroup, other: ReportGroup): NearMiss['kind'] | undefined {
  const [id, otherId] = [toText(group.event.event_id), toText(other.event.event_id)];
  const hasSameName = toNameKey(group.event.event_name) === toNameKey(other.event.event_name);
  const isOffline = group.offlineAgeMs !== undefined || other.offlineAgeMs !== undefined;
  if (id !== null && id === otherId) {
    if (hasSameName) return isOffline ? 'offline' : undefined;
    return getSources(group) === getSources(other) ? undefined : 'name';
  }
  const order = getOrder(group.event);
  return hasSameName && order !== undefined && order === getOrder(other.event) ? 'order' : undefined;
}

function listSimilarityKeys(event: Fields): string[] {
  const [id, order] = [toText(event.event_id), getOrder(event)];
  return [
    ...(id === null ? [] : [JSON.stringify(['id', id])]),
    ...(order === undefined ? [] : [JSON.stringify(['order', order])]),
  ];
}

function getOrder({ custom_data }: Fields): string | undefined {
  return isFields(custom_data) ? (toText(custom_data.order_id) ?? undefined) : undefined;
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
