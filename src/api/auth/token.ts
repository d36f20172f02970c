import { createHash, randomBytes } from 'node:crypto';

/** A secret that is shown once and stored as its hash. */
export interface Token {
  /** 256 random bits in base64url. */
  readonly plain: string;
  /**
   * SHA-256 in hexadecimal. A slow hash is unnecessary, because random tokens cannot be guessed. It is looked up, not compared, so
   * that the timing reveals only the hash.
   */
  readonly hash: string;
}

const tokenBytes = 32;

export function newToken(): Token {
  const plain = randomBytes(tokenBytes).toString('base64url');
  return { plain, hash: hashToken(plain) };
}

export function hashToken(plain: string): string {
  return createHash('sha256').update(plain).digest('hex');
}
