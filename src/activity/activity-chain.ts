import { createHash } from 'node:crypto';

/** The end of a chain: the number of its newest entry, and the hash over all entries up to it. */
export interface ActivityHead {
  /** 0: the chain is empty. */
  readonly seq: number;
  /** SHA-256, hexadecimal. */
  readonly hash: string;
}

export const emptyHead: ActivityHead = { seq: 0, hash: '0'.repeat(64) };

/** Returns the head after one more entry. PostgreSQL computes the same in `append_activity`. @param entry in canonical JSON */
export function extendChain({ seq, hash }: ActivityHead, entry: string): ActivityHead {
  const next = seq + 1;
  return {
    seq: next,
    hash: createHash('sha256').update(`${hash}\n${next}\n${entry}`).digest('hex'),
  };
}

/** Formats a head for a digest and for the log: `entry 1204, 9f3c2a7b8c1d04e5`. */
export function formatHead({ seq, hash }: ActivityHead): string {
  return `entry ${seq}, ${hash.slice(0, 16)}`;
}
