import type { Offset } from '../../log/event-log.ts';
import type { OutcomeFilter } from '../../ports/event-index.ts';
import type { EventOutcomeEntry } from '../../ports/outcomes.ts';
import { findEnds, pack, unpack } from './packed.ts';

/** One commit's outcomes without the compressed entries. If two blocks have an outcome of one offset, the higher id is the later one. */
export interface OutcomeBlock {
  readonly id: number;
  readonly first: Offset;
  readonly last: Offset;
}

/** Returns the columns of a block. `counts` is JSON whose keys are the block's outcomes. */
export function packBlock(entries: readonly EventOutcomeEntry[]) {
  const [first, last] = findEnds(entries.map(({ offset }) => offset));
  const counts: Record<string, number> = {};
  for (const { outcome } of entries) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return { first, last, entries: pack(JSON.stringify(entries)), counts: JSON.stringify(counts) };
}

/** Unpacks entries without validation: this store wrote them, and validating 100,000 entries would dominate the cost. */
export function unpackEntries(packed: Uint8Array): readonly EventOutcomeEntry[] {
  const entries: readonly EventOutcomeEntry[] = JSON.parse(unpack(packed));
  return entries;
}

/** Returns whether one of the offsets is within the block. @param sorted offsets in log order */
export function covers({ first, last }: OutcomeBlock, sorted: readonly Offset[]): boolean {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? '') < first) low = middle + 1;
    else high = middle;
  }
  const next = sorted[low];
  return next !== undefined && next <= last;
}

interface ConnectionSpan {
  readonly cursor: Offset;
  /** The record after which the connection began, if it is known. */
  readonly beginsAfter: Offset | undefined;
  /** The first offset of the first block. */
  readonly first: Offset | undefined;
}

/**
 * Returns the offsets after the connection's cursor or before its begin: those that the connection sends later, those from before it existed,
 * or both. They may have an outcome. If the begin is unknown, it is the first outcome.
 */
export function filterUnread(
  { cursor, beginsAfter, first }: ConnectionSpan,
  kinds: readonly OutcomeFilter[],
  offsets: readonly Offset[],
): readonly Offset[] {
  const isBefore = (offset: Offset) => beginsAfter !== undefined && offset <= beginsAfter;
  return offsets.filter(
    (offset) =>
      kinds.includes(isBefore(offset) ? 'before-connection' : 'undelivered') &&
      (first === undefined || offset > cursor || offset < first || isBefore(offset)),
  );
}
