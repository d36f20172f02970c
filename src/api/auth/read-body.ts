import type { Context } from 'hono';
import type { z } from 'zod';
import type { Issue } from '../../event/issue.ts';
import { parseJson } from '../../ingest/http/parse-json.ts';
import { createParameterIssue } from '../http/api-errors.ts';

/** The request's JSON as the schema has it, or what is wrong with it; unknown keys are passed over, and no value is repeated. */
export async function readBody<T>(
  c: Context,
  schema: z.ZodType<T>,
): Promise<{ readonly value: T } | { readonly issues: readonly Issue[] }> {
  const read = parseJson(await c.req.bytes());
  const parsed = schema.safeParse('value' in read ? read.value : undefined);
  if (parsed.success) return { value: parsed.data };
  return {
    issues: parsed.error.issues.map(({ path, message }) =>
      path.length === 0
        ? createParameterIssue('body', 'a JSON object')
        : createParameterIssue(path.join('.'), message, 'Correct it.'),
    ),
  };
}
