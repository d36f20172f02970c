import { createHash } from 'node:crypto';
import type { Rule } from '../event/rule.ts';

/** Returns the name of a version of a list of rules; `-` for an empty list. */
export function digestRules(rules: readonly Rule[]): string {
  if (rules.length === 0) return '-';
  return createHash('sha256').update(JSON.stringify(rules)).digest('base64url').slice(0, 16);
}
