import { z } from 'zod';

/** Schemas of an account. The messages are rules that complete "must be". */

/**
 * Limits of a password in code points.
 * @source https://pages.nist.gov/800-63-4/sp800-63b.html (2026-11-24): 15 where the password is the only factor, at least 64
 * allowed, no rules of composition, nothing cut off
 */
const passwordLength = { min: 15, max: 256 };

const nameRule = '1 to 100 letters, digits and `.`, `_`, `@`, `+`, `-`, starting with a letter or a digit';
const passwordRule = `${passwordLength.min} to ${passwordLength.max} characters`;

/** Names are case-insensitive. */
export const accountName = z
  .string(nameRule)
  .trim()
  .toLowerCase()
  .regex(/^[a-z0-9][a-z0-9._@+-]{0,99}$/, nameRule);

export const newPassword = z.string(passwordRule).refine((text) => {
  const { length } = [...text];
  return length >= passwordLength.min && length <= passwordLength.max;
}, passwordRule);
