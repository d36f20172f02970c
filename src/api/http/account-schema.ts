import { z } from 'zod';
import { accountNameRule, isAccountName } from '../../event/account-name.ts';

/** Schemas of an account. The messages are rules that complete "must be". */

/**
 * Limits of a password in code points.
 * @source https://pages.nist.gov/800-63-4/sp800-63b.html (2026-11-24): 15 where the password is the only factor, at least 64
 * allowed, no rules of composition, nothing cut off
 */
const passwordLength = { min: 15, max: 256 };

const passwordRule = `${passwordLength.min} to ${passwordLength.max} characters`;

export const accountName = z.string(accountNameRule).trim().toLowerCase().refine(isAccountName, accountNameRule);

export const newPassword = z.string(passwordRule).refine((text) => {
  const { length } = [...text];
  return length >= passwordLength.min && length <= passwordLength.max;
}, passwordRule);
