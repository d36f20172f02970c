import type { Offset } from '../../log/event-log.ts';

/** The offsets that the store refers to. The event log's file may have lost its end, and must not give them out again. */
export interface KnownOffsets {
  /** Returns every stored cursor. @throws CorruptRowError if one fails its checksum. */
  listCursors(): Promise<{ readonly identity: readonly Offset[]; readonly connections: readonly Offset[] }>;
  /** Returns whether a consumer has ever had a lease or a cursor here. */
  hasConsumers(): Promise<boolean>;
  /** Returns the newest offset that the store knows. */
  getLastKnownOffset(): Promise<Offset>;
  /** Counts the known events after this offset. */
  countKnownAfter(offset: Offset): Promise<number>;
}
