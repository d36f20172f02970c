import { hash } from 'node:crypto';
import { isSha256, type Sha256 } from '../event/event.ts';

/** Returns the SHA-256 of the text's UTF-8 bytes. Only this function creates a `Sha256` from readable text. */
export function sha256(text: string): Sha256 {
  const hex = hash('sha256', text);
  if (!isDigest(hex)) throw new Error('SHA-256 must have 64 hexadecimal digits');
  return hex;
}

/** Returns whether a digest of Node.js is whole. Its digits are hexadecimal and in lower case. */
function isDigest(hex: string): hex is Sha256 {
  return hex.length === 64;
}

const blanks: ReadonlySet<string> = new Set(['', 'null', 'undefined'].map(sha256));

/** The appendix with which a platform's library marks its hashes: 2 or 8 characters, and longer ones may come (an assumption). */
const appendix = /^\.[\w-]{1,16}$/;

/** Returns whether the text is 64 hexadecimal digits in any case, perhaps with an appendix, so that it is already a hash. */
export function isHashLike(text: string): boolean {
  return text.length >= 64 && isSha256(text.slice(0, 64).toLowerCase()) && (text.length === 64 || appendix.test(text.slice(64)));
}

/**
 * Returns a submitted hash in lower case and without its appendix; `undefined` if it is no hash, or the hash of an empty value (`""`,
 * `"null"`, `"undefined"`).
 */
export function normalizeGivenHash(text: string): Sha256 | undefined {
  const hex = isHashLike(text) ? text.slice(0, 64).toLowerCase() : '';
  return isSha256(hex) && !blanks.has(hex) ? hex : undefined;
}

/** Hashes the shop's own customer id, trimmed, in its own case. An id that is already a hash is used unchanged. */
export function hashExternalId(id: string): Sha256 | undefined {
  const text = id.trim();
  return isHashLike(text) ? normalizeGivenHash(text) : sha256(text);
}
