import { type ActivityHead, emptyHead, extendChain } from './activity-chain.ts';
import type { ActivityCheckpoint, SignatureVerdict } from './activity-checkpoint.ts';
import { parseStoredEntry } from './activity-entry.ts';

/** A stored entry with the columns by which it is found. */
export interface ChainRow {
  readonly seq: number;
  readonly at: number;
  readonly kind: string;
  readonly actor: string;
  readonly site: string | null;
  /** The entry in canonical JSON. */
  readonly entry: string;
  readonly hash: string;
}

/**
 * `gap`: entries before it are missing. `hash`: the entry, or one before it, is not the one that was recorded. `columns`: the columns by which it
 * is found differ from it.
 */
export type BreakReason = 'gap' | 'hash' | 'columns';

interface ChainPlace {
  readonly seq: number;
  readonly at: number;
}

export interface ChainReport {
  readonly entries: number;
  readonly firstAt?: number;
  readonly lastAt?: number;
  readonly head: ActivityHead;
  readonly checkpoint?: { readonly seq: number; readonly at: number; readonly signature: SignatureVerdict };
  /** The entries that are missing: from the first to the last number of each gap. */
  readonly gaps: readonly { readonly from: number; readonly to: number }[];
  readonly restores: readonly ChainPlace[];
  readonly moves: readonly ChainPlace[];
  /** The first entry that does not continue the chain. */
  readonly broken?: { readonly seq: number; readonly reason: BreakReason };
}

/**
 * Verifies a chain from its checkpoint, or from its beginning. After a broken entry, the chain is followed from the hash that is stored with
 * it, so that later gaps are found too.
 * @param rows the entries in pages, the oldest first
 */
export async function verifyChain(
  rows: AsyncIterable<readonly ChainRow[]>,
  checkpoint?: { readonly prefix: ActivityCheckpoint; readonly signature: SignatureVerdict },
): Promise<ChainReport> {
  let head: ActivityHead = checkpoint ? { seq: checkpoint.prefix.seq, hash: checkpoint.prefix.hash } : emptyHead;
  let entries = 0;
  let firstAt: number | undefined;
  let lastAt: number | undefined;
  let broken: ChainReport['broken'];
  const gaps: { readonly from: number; readonly to: number }[] = [];
  const restores: ChainPlace[] = [];
  const moves: ChainPlace[] = [];
  for await (const page of rows)
    for (const row of page) {
      const { seq, at, kind, hash } = row;
      if (seq > head.seq + 1) gaps.push({ from: head.seq + 1, to: seq - 1 });
      const reason = findBreak(head, row);
      if (reason !== undefined) broken ??= { seq, reason };
      entries += 1;
      firstAt ??= at;
      lastAt = at;
      if (kind === 'restored') restores.push({ seq, at });
      if (kind === 'moved') moves.push({ seq, at });
      head = { seq, hash };
    }
  return {
    entries,
    ...(firstAt !== undefined && { firstAt }),
    ...(lastAt !== undefined && { lastAt }),
    head,
    ...(checkpoint && {
      checkpoint: { seq: checkpoint.prefix.seq, at: checkpoint.prefix.at, signature: checkpoint.signature },
    }),
    gaps,
    restores,
    moves,
    ...(broken && { broken }),
  };
}

function findBreak(head: ActivityHead, { seq, at, kind, actor, site, entry, hash }: ChainRow): BreakReason | undefined {
  if (seq !== head.seq + 1) return 'gap';
  if (extendChain(head, entry).hash !== hash) return 'hash';
  const stored = parseStoredEntry(entry);
  const isEqual = stored?.at === at && stored.kind === kind && stored.actor === actor && (stored.site ?? null) === site;
  return isEqual ? undefined : 'columns';
}
