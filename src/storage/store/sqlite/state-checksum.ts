import { crc32 } from 'node:zlib';
import { z } from 'zod';
import { CorruptRowError } from '../../sqlite/sqlite-errors.ts';
import { type ConnectionState, connectionStateSchema } from '../connection-state.ts';

/** A cursor that a flipped bit moved would pass events over, so the row proves itself. Rows of earlier versions have no sum. */
const rowSchema = z.looseObject({ sum: z.number().optional() });

/** A connection's state as its row has it. */
export function stateText(state: ConnectionState): string {
  return JSON.stringify({ ...state, sum: crc32(JSON.stringify(state)) });
}

/** @throws CorruptRowError */
export function stateOf(text: string): ConnectionState {
  try {
    const { sum, ...given } = rowSchema.parse(JSON.parse(text));
    if (sum === undefined || sum === crc32(JSON.stringify(given))) return connectionStateSchema.parse(given);
  } catch {
    // What it says is as good as nothing.
  }
  throw new CorruptRowError('the state of a connection is not as it was written');
}
