import type { Offset } from '../../log/event-log.ts';
import type { ReceivedReport } from '../../ports/reports.ts';
import { pack, unpack } from './packed.ts';

/** Marks an erasure as unfinished even if it has no offsets. */
export const unfinished = '';

export interface StoredAttempt {
  readonly through: string | null;
  readonly offsets: Buffer;
  readonly rules: Buffer | null;
}

/** Returns the effects of rules on the events that are left, in the order of their offsets. */
export function keepRules({ offsets, rules }: StoredAttempt, left: readonly string[]): Buffer | null {
  if (!rules || left.length === 0) return null;
  try {
    const before: readonly unknown[] = JSON.parse(unpack(offsets));
    const effects: readonly unknown[] = JSON.parse(unpack(rules));
    return pack(JSON.stringify(left.map((offset) => effects[before.indexOf(offset)] ?? null)));
  } catch {
    return null; // Damaged effects must not stop an erasure.
  }
}

type Identified = Pick<ReceivedReport, 'offset' | 'name' | 'id'>;

/**
 * Returns the erased records with the other reports of their events: two reports of one event may be in the same list, before the store knows
 * that they belong together.
 * @param alone the records that were erased without their events
 */
export function addErasedReports(
  records: readonly Identified[],
  erased: ReadonlySet<Offset>,
  alone: ReadonlySet<Offset>,
): ReadonlySet<Offset> {
  if (erased.size === 0 && alone.size === 0) return erased;
  const toKey = ({ name, id }: Identified) => JSON.stringify([name, id]);
  const keys = new Set(records.filter(({ offset }) => erased.has(offset)).map(toKey));
  const found = records.filter((record) => keys.has(toKey(record)) || alone.has(record.offset));
  return new Set(found.map(({ offset }) => offset));
}
