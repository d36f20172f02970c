import { z } from 'zod';
import { ApiErrorResult, createParameterIssue } from './api-errors.ts';

/** Where a list goes on. Callers hand it back as they got it; which list it is of is in it. */
export function encodeCursor(list: string, ...place: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify([list, ...place])).toString('base64url');
}

/** The place that `cursorOf` was given; `undefined` where there is no cursor yet. */
export function decodeCursor<S extends z.ZodType>(
  list: string,
  place: S,
  cursor: string | undefined,
): z.output<S> | undefined | ApiErrorResult<'parameter-invalid'> {
  if (cursor === undefined) return undefined;
  const [named, ...rest] = z.array(z.unknown()).safeParse(parsed(cursor)).data ?? [];
  const { success, data } = place.safeParse(rest);
  if (named === list && success) return data;
  return new ApiErrorResult('parameter-invalid', [
    createParameterIssue('cursor', 'what an answer of this list gave as `next`', 'Pass it on as it is, or leave it out.'),
  ]);
}

function parsed(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    return undefined;
  }
}
