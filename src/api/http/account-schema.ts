import { z } from 'zod';
import type { Issue } from '../../event/issue.ts';
import { createParameterIssue } from './api-errors.ts';

/** What an account may be. The messages are rules, read after "must be". */

export const roles = ['owner', 'viewer'] as const;
export type Role = (typeof roles)[number];

/**
 * Characters of a password, by code points.
 * @source https://pages.nist.gov/800-63-4/sp800-63b.html (2026-11-24): 15 where the password is the only factor, at least 64
 * allowed, no rules of composition, nothing cut off
 */
const passwordLength = { least: 15, most: 256 };

const nameRule = '1 to 100 letters, digits and `.`, `_`, `@`, `+`, `-`, the first of them a letter or a digit';
const passwordRule = `${passwordLength.least} to ${passwordLength.most} characters, and not the name`;

/** Upper and lower case are the same. */
export const newName = z
  .string(nameRule)
  .trim()
  .toLowerCase()
  .regex(/^[a-z0-9][a-z0-9._@+-]{0,99}$/, nameRule);

export const newPassword = z.string(passwordRule).refine((text) => {
  const { length } = [...text];
  return length >= passwordLength.least && length <= passwordLength.most;
}, passwordRule);

/** A person's own name is the first that is guessed. */
export function isName(password: string, name: string): boolean {
  return password.trim().toLowerCase() === name;
}

export const passwordIsName: Issue = createParameterIssue('password', passwordRule, 'Take a few words that nobody would guess.');
