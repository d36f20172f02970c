import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';

/** What one check costs: memory is 128 · 2^logN · r bytes, time grows with p. */
export interface ScryptCost {
  readonly logN: number;
  readonly r: number;
  readonly p: number;
}

/**
 * 128 MiB, and a third of a second on a small machine.
 * @source https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html (2026-11-24): N = 2^17, r = 8, p = 1
 */
const presentCost: ScryptCost = { logN: 17, r: 8, p: 1 };

const saltBytes = 16;
const keyBytes = 32;

/** Of what is stretched at a time, and of what waits for it: more would take the memory and the turn of everything else. */
const maxWaiting = 16;

/** Too many passwords wait to be checked. Nothing was decided. */
export class PasswordQueueFullError extends Error {
  override readonly name = 'PasswordQueueFullError';
}

export type PasswordVerdict =
  | { readonly right: false }
  | { readonly right: true /** Stretched for less than is usual now. */; readonly isOutdated: boolean };

export interface PasswordHasher {
  /** What is stored: `scrypt$logN$r$p$salt$key`. @throws TooManyChecks */
  stretch(password: string): Promise<string>;
  /** Takes as long where there is no such account. @throws TooManyChecks */
  check(password: string, stored: string | undefined): Promise<PasswordVerdict>;
}

/** Stretches and checks passwords, one at a time. */
export function createPasswordHasher(cost: ScryptCost = presentCost): PasswordHasher {
  const oneAtATime = queue();
  const derive = (password: string, salt: Buffer, of: ScryptCost) => oneAtATime(() => stretched(password, salt, of));
  const nobodys = write(cost, randomBytes(saltBytes), randomBytes(keyBytes));
  return {
    async stretch(password) {
      const salt = randomBytes(saltBytes);
      return write(cost, salt, await derive(password, salt, cost));
    },
    async check(password, stored) {
      const known = read(stored ?? nobodys);
      if (!known) throw new Error('a stored password cannot be read');
      const isEqual = timingSafeEqual(await derive(password, known.salt, known.cost), known.key);
      if (!isEqual || stored === undefined) return { right: false };
      return { right: true, isOutdated: (['logN', 'r', 'p'] as const).some((part) => known.cost[part] < cost[part]) };
    },
  };
}

function stretched(password: string, salt: Buffer, { logN, r, p }: ScryptCost): Promise<Buffer> {
  const N = 2 ** logN;
  // Node.js refuses what would need more than `maxmem`, and needs a little beside the table.
  const options: ScryptOptions = { N, r, p, maxmem: 256 * N * r };
  return new Promise((resolve, reject) =>
    scrypt(password.normalize('NFC'), salt, keyBytes, options, (error, key) => (error ? reject(error) : resolve(key))),
  );
}

/** Each in its turn. */
function queue() {
  let waiting = 0;
  let last: Promise<unknown> = Promise.resolve();
  return async <T>(work: () => Promise<T>): Promise<T> => {
    if (waiting >= maxWaiting) throw new PasswordQueueFullError();
    waiting += 1;
    const mine = last.then(work).finally(() => {
      waiting -= 1;
    });
    last = mine.catch(() => undefined);
    return mine;
  };
}

function write({ logN, r, p }: ScryptCost, salt: Buffer, key: Buffer): string {
  return ['scrypt', logN, r, p, salt.toString('base64url'), key.toString('base64url')].join('$');
}

function read(stored: string): { readonly cost: ScryptCost; readonly salt: Buffer; readonly key: Buffer } | undefined {
  const [, logN, r, p, salt = '', key = ''] = /^scrypt\$(\d\d?)\$(\d\d?)\$(\d\d?)\$([\w-]{22})\$([\w-]{43})$/.exec(stored) ?? [];
  if (salt === '') return undefined;
  return {
    cost: { logN: Number(logN), r: Number(r), p: Number(p) },
    salt: Buffer.from(salt, 'base64url'),
    key: Buffer.from(key, 'base64url'),
  };
}
