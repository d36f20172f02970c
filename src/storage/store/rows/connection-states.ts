import { crc32 } from 'node:zlib';
import { z } from 'zod';
import { type ConnectionState, connectionStateSchema } from '../../ports/connection-state.ts';
import { CorruptRowError } from '../../sqlite/sqlite-errors.ts';

/** The row's checksum: a cursor that a flipped bit moved would skip events. Rows of earlier versions have none. */
const rowSchema = z.looseObject({ sum: z.number().optional() });

/** @throws CorruptRowError */
export function parseState(text: string): ConnectionState {
  try {
    const { sum, ...state } = rowSchema.parse(JSON.parse(text));
    if (sum === undefined || sum === crc32(JSON.stringify(state))) return connectionStateSchema.parse(state);
  } catch {
    // An unreadable row fails like one with a wrong checksum.
  }
  throw new CorruptRowError('the stored state of a connection fails its checksum');
}
