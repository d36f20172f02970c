import { createHash } from 'node:crypto';
import { isAdjustmentName, normalizeEventName } from '../../event/event-names.ts';
import { getMembers, type RowEvent } from './build-event.ts';

/** The id of a row's event, and the key by which the file's rows are compared. */
export interface RowId {
  /** Absent: the gateway makes it from the order, as for every other report of this order. */
  readonly id?: string;
  readonly key: string;
}

/**
 * Returns the id of a row. A row without one has the id of its order, if it is a purchase or about a whole order; else `import-` and 32
 * hexadecimal digits of the SHA-256 over the row with sorted keys.
 */
export function getRowId(event: RowEvent): RowId {
  const name = normalizeEventName(String(event.name ?? '').trim()) ?? '';
  const given = event.id === undefined || event.id === null ? '' : String(event.id).trim();
  if (given !== '') return { id: given, key: `${name}\0${given}` };
  const commerce = getMembers(event.commerce);
  const order = commerce?.orderId === undefined || commerce.orderId === null ? '' : String(commerce.orderId).trim();
  const isWhole = name === 'Purchase' || name === 'OrderCancelled' || (isAdjustmentName(name) && commerce?.value === undefined);
  if (order !== '' && isWhole) return { key: `${name}\0order\0${order}` };
  const { id: _, ...rest } = event;
  const id = `import-${createHash('sha256').update(toCanonical(rest)).digest('hex').slice(0, 32)}`;
  return { id, key: `${name}\0${id}` };
}

/** Returns a value as JSON with sorted keys. */
function toCanonical(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) => {
    const members = getMembers(member);
    return members ? Object.fromEntries(Object.entries(members).toSorted(([one], [other]) => (one < other ? -1 : 1))) : member;
  });
}
