import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';
import { createTaskQueue } from '../http/task-queue.ts';

/** The cost of one check: memory is 128 · 2^logN · r bytes, time grows with p. */
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

/** The running task included. A longer queue would use up the memory and delay all other work. */
const maxQueueLength = 16;

export type PasswordVerdict =
  | { readonly right: false }
  | { readonly right: true /** The hash has a lower cost than new ones. */; readonly isOutdated: boolean };

export interface PasswordHasher {
  /** Returns the hash to store: `scrypt$logN$r$p$salt$key`. @throws QueueFullError */
  hash(password: string): Promise<string>;
  /** Takes the same time if there is no account, that is, no stored hash. @throws QueueFullError */
  check(password: string, stored: string | undefined): Promise<PasswordVerdict>;
}

/** Creates a hasher that hashes and checks one password at a time. */
export function createPasswordHasher(cost: ScryptCost = presentCost): PasswordHasher {
  const enqueue = createTaskQueue(maxQueueLength);
  const derive = (password: string, salt: Buffer, of: ScryptCost) => enqueue(() => deriveKey(password, salt, of));
  const dummy = format(cost, randomBytes(saltBytes), randomBytes(keyBytes));
  return {
    async hash(password) {
      const salt = randomBytes(saltBytes);
      return format(cost, salt, await derive(password, salt, cost));
    },
    async check(password, stored) {
      const known = parse(stored ?? dummy);
      if (!known) throw new Error('a stored password cannot be read');
      const isEqual = timingSafeEqual(await derive(password, known.salt, known.cost), known.key);
      if (!isEqual || stored === undefined) return { right: false };
      return { right: true, isOutdated: (['logN', 'r', 'p'] as const).some((part) => known.cost[part] < cost[part]) };
    },
  };
}

function deriveKey(password: string, salt: Buffer, { logN, r, p }: ScryptCost): Promise<Buffer> {
  const N = 2 ** logN;
  // The limit includes a margin: Node.js needs slightly more memory than the table.
  const options: ScryptOptions = { N, r, p, maxmem: 256 * N * r };
  return new Promise((resolve, reject) =>
    scrypt(password.normalize('NFC'), salt, keyBytes, options, (error, key) => (error ? reject(error) : resolve(key))),
  );
}

function format({ logN, r, p }: ScryptCost, salt: Buffer, key: Buffer): string {
  return ['scrypt', logN, r, p, salt.toString('base64url'), key.toString('base64url')].join('$');
}

function parse(stored: string): { readonly cost: ScryptCost; readonly salt: Buffer; readonly key: Buffer } | undefined {
  const [, logN, r, p, salt = '', key = ''] = /^scrypt\$(\d\d?)\$(\d\d?)\$(\d\d?)\$([\w-]{22})\$([\w-]{43})$/.exec(stored) ?? [];
  if (salt === '') return undefined;
  return {
    cost: { logN: Number(logN), r: Number(r), p: Number(p) },
    salt: Buffer.from(salt, 'base64url'),
    key: Buffer.from(key, 'base64url'),
  };
}
