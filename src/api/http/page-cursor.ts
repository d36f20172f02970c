import { z } from 'zod';
import { ApiErrorResult, createParameterIssue } from './api-errors.ts';

/** Creates the cursor of the next page: the list's name and a position. */
export function encodeCursor(list: string, ...position: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify([list, ...position])).toString('base64url');
}

/** Returns the position of a cursor, or `undefined` if there is no cursor. */
export function decodeCursor<S extends z.ZodType>(
  list: string,
  position: S,
  cursor: string | undefined,
): z.output<S> | undefined | ApiErrorResult<'parameter-invalid'> {
  if (cursor === undefined) return undefined;
  const [name, ...rest] = z.array(z.unknown()).safeParse(parseCursor(cursor)).data ?? [];
  const { success, data } = position.safeParse(rest);
  if (name === list && success) return data;
  return new ApiErrorResult('parameter-invalid', [
    createParameterIssue('cursor', 'the `next` of a response of this list', 'Pass it unchanged, or omit it.'),
  ]);
}

function parseCursor(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    return undefined;
  }
}
