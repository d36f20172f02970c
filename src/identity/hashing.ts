import { hash } from 'node:crypto';
import { isSha256, type Sha256 } from '../event/event.ts';

/** SHA-256 of the text's UTF-8 bytes: the only maker of a `Sha256` from something readable. */
export function sha256(text: string): Sha256 {
  const hex = hash('sha256', text);
  if (!isSha256(hex)) throw new Error('SHA-256 did not come as 64 hexadecimal digits');
  return hex;
}

const blanks: ReadonlySet<string> = new Set(['', 'null', 'undefined'].map(sha256));

/** Whether the text is 64 hexadecimal digits in any case, so somebody hashed already and it must not be hashed again. */
export function isHashLike(text: string): boolean {
  return isSha256(text.toLowerCase());
}

/** A hash that came as such, lower-cased; `undefined` when it is none, or the hash of nothing (`""`, `"null"`, `"undefined"`). */
export function normalizeGivenHash(text: string): Sha256 | undefined {
  const hex = text.toLowerCase();
  return isSha256(hex) && !blanks.has(hex) ? hex : undefined;
}

/** The operator's own customer id, trimmed, case kept, hashed; one that is hashed already is taken as it is. */
export function hashExternalId(given: string): Sha256 | undefined {
  const text = given.trim();
  return isHashLike(text) ? normalizeGivenHash(text) : sha256(text);
}
