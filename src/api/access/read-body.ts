import type { Context } from 'hono';
import { z } from 'zod';
import type { Issue } from '../../event/issue.ts';
import { roles } from '../../store/access.ts';
import { passwordLength } from './password.ts';

const nameRule = 'Must be 1 to 100 letters, digits and `.`, `_`, `@`, `+`, `-`, and begin with a letter or a digit.';
const passwordRule = `Must be ${passwordLength.least} to ${passwordLength.most} characters, and not the name. Take a few words that nobody would guess.`;

/** Upper and lower case are the same. */
export const accountName = z
  .string(nameRule)
  .trim()
  .toLowerCase()
  .regex(/^[a-z0-9][a-z0-9._@+-]{0,99}$/, nameRule);

export const newPassword = z.string(passwordRule).refine((text) => {
  const { length } = [...text];
  return length >= passwordLength.least && length <= passwordLength.most;
}, passwordRule);

export const accountRole = z.enum(roles, `Must be one of ${roles.join(', ')}.`);

/** A person's own name is the first that is guessed. */
export function isName(password: string, name: string): boolean {
  return password.trim().toLowerCase() === name;
}

export const passwordIsName: Issue = { field: 'password', code: 'account-unreadable', message: passwordRule };

/** The request's JSON as the schema has it, or what is wrong with it; unknown keys are passed over, and no value is repeated. */
export async function readBody<T>(
  c: Context,
  schema: z.ZodType<T>,
): Promise<{ readonly value: T } | { readonly issues: readonly Issue[] }> {
  const parsed = schema.safeParse(parseJson(await c.req.text()));
  if (parsed.success) return { value: parsed.data };
  return {
    issues: parsed.error.issues.map(({ path, message }) => ({
      field: path.join('.'),
      code: 'account-unreadable',
      message: path.length === 0 ? 'Must be a JSON object. See the reference of the admin API.' : message,
    })),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
