import { isFields, toText } from '../../kit/fields.ts';
import type { ReportGroup } from './report.ts';

/** Another event that looks like the same one and was not merged with it. */
export interface NearMiss {
  readonly kind: 'name' | 'order';
  readonly eventName: string;
}

/** Returns a function that finds the events that look like a group's: the same event id, or the same order, at the same pixel. */
export function createNearMissSearch(groups: Iterable<ReportGroup>): (group: ReportGroup) => readonly NearMiss[] {
  const counted = [...groups].filter(({ reports }) => reports.some(({ report }) => report.void === undefined));
  const byId = Map.groupBy(counted, idKey);
  const byOrder = Map.groupBy(counted, orderKey);
  const find = (kind: NearMiss['kind'], found: readonly ReportGroup[] = [], group: ReportGroup): readonly NearMiss[] =>
    found.filter((other) => other !== group).map(({ event }) => ({ kind, eventName: toText(event.event) ?? '' }));
  return (group) => {
    const [id, order] = [idKey(group), orderKey(group)];
    // A repetition after the window has the same name, and its own explanation.
    const sameId = find('name', id === undefined ? [] : byId.get(id), group).filter(
      ({ eventName }) => eventName !== toText(group.event.event),
    );
    return [
      ...sameId,
      ...find('order', order === undefined ? [] : byOrder.get(order)?.filter((other) => idKey(other) !== id), group),
    ].slice(0, 3);
  };
}

function idKey({ pixelCode, event }: ReportGroup): string | undefined {
  const id = toText(event.event_id);
  return id === null ? undefined : JSON.stringify([pixelCode, id]);
}

function orderKey({ pixelCode, event, reports }: ReportGroup): string | undefined {
  const orders = reports.map(({ report: { event: sent } }) =>
    isFields(sent.properties) ? toText(sent.properties.order_id) : null,
  );
  const order = orders.find((one) => one !== null);
  return order === undefined ? undefined : JSON.stringify([pixelCode, toText(event.event), order]);
}
