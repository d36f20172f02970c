import { createHash, randomBytes } from 'node:crypto';

/** A secret that is shown to one person and kept as its hash. */
export interface Token {
  /** 256 random bits in base64url. */
  readonly plain: string;
  /**
   * SHA-256 in hexadecimal. No stretching: what is random cannot be guessed. Looked up rather than compared, because the time of
   * a look-up tells of the hash alone.
   */
  readonly hash: string;
}

const tokenBytes = 32;

export function newToken(): Token {
  const plain = randomBytes(tokenBytes).toString('base64url');
  return { plain, hash: hashOf(plain) };
}

export function hashOf(plain: string): string {
  return createHash('sha256').update(plain).digest('hex');
}
