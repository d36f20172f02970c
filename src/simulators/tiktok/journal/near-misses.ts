import { type Fields, getText, toText } from '../../kit/fields.ts';
import { createNearMissSearch, type NearMiss as Similar } from '../../kit/near-misses.ts';
import type { ReportGroup } from './report.ts';

/** `name`: the same id under another name. `order`: the same order and name with another id. */
export type NearMiss = Similar<'name' | 'order'>;

/** Finds events at the same pixel that look like this one and were not merged with it, however far apart they are. */
export const createSearch = (groups: ReadonlySet<ReportGroup>) =>
  createNearMissSearch(groups, { windowMs: Number.POSITIVE_INFINITY, listKeys, compare, getName });

function compare(group: ReportGroup, other: ReportGroup): NearMiss['kind'] | undefined {
  const [id, otherId] = [toText(group.event.event_id), toText(other.event.event_id)];
  const hasSameName = getName(group) === getName(other);
  // A repetition after the window has the same name, and its own explanation.
  if (id !== null && id === otherId) return hasSameName ? undefined : 'name';
  const order = getOrder(group);
  return hasSameName && order !== undefined && order === getOrder(other) ? 'order' : undefined;
}

function listKeys(group: ReportGroup): string[] {
  const keys = { id: toText(group.event.event_id), order: getOrder(group) };
  return Object.entries(keys).flatMap(([kind, key]) => (key ? [JSON.stringify([kind, group.pixelCode, key])] : []));
}

const getName = ({ event }: ReportGroup): string => toText(event.event) ?? '';

/** Returns the first order id among the reports of an event. */
function getOrder({ reports }: ReportGroup): string | undefined {
  return reports.map(({ report }) => getOrderId(report.event)).find((order) => order !== null) ?? undefined;
}

const getOrderId = ({ properties }: Fields) => getText(properties, 'order_id');
