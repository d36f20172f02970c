import { type Fields, getText, toText } from '../../kit/fields.ts';
import { createNearMissSearch, getSources, type NearMiss as Similar } from '../../kit/near-misses.ts';
import type { Settings } from '../settings.ts';
import { toNameKey } from './deduplication.ts';
import type { ReportGroup } from './report.ts';

/** `name`: the same id under another name. `order`: the same order and name with another id. `offline`: one of the two is offline. */
export type NearMiss = Similar<'name' | 'order' | 'offline'>;

export const createSearch = (groups: ReadonlySet<ReportGroup>, { dedupWindowMs }: Settings) =>
  createNearMissSearch(groups, {
    windowMs: dedupWindowMs,
    listKeys,
    compare,
    getName: ({ event }) => toText(event.event_name) ?? '',
  });

function compare(group: ReportGroup, other: ReportGroup): NearMiss['kind'] | undefined {
  const [id, otherId] = [toText(group.event.event_id), toText(other.event.event_id)];
  const hasSameName = toNameKey(group.event.event_name) === toNameKey(other.event.event_name);
  const isOffline = group.offlineAgeMs !== undefined || other.offlineAgeMs !== undefined;
  if (id !== null && id === otherId) {
    if (hasSameName) return isOffline ? 'offline' : undefined;
    return getSources(group) === getSources(other) ? undefined : 'name';
  }
  const order = getOrder(group.event);
  return hasSameName && order !== null && order === getOrder(other.event) ? 'order' : undefined;
}

const listKeys = ({ event }: ReportGroup) =>
  [toText(event.event_id), getOrder(event)].flatMap((text, at) => (text === null ? [] : [`${at} ${text}`]));

const getOrder = ({ custom_data }: Fields) => getText(custom_data, 'order_id');
