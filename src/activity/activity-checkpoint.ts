import { createHmac, createSecretKey, hkdfSync, type KeyObject, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { toCanonicalJson } from './canonical-json.ts';

/** The last removed entry, and what was removed before it. */
const removedPrefix = z.object({
  seq: z.int(),
  hash: z.string(),
  /** The time of the last removed entry. */
  at: z.int(),
});
export type RemovedPrefix = z.output<typeof removedPrefix>;

/** Replaces the removed entries at the beginning of the chain, signed by a key that is derived from the one for secrets. */
const checkpointSchema = removedPrefix.extend({ keyId: z.string(), signature: z.string() });
export type ActivityCheckpoint = z.output<typeof checkpointSchema>;

/** The key for secrets, with its id. */
export interface SigningKey {
  readonly id: string;
  readonly key: KeyObject;
}

/** `key-missing`: the key that signed it is neither in the environment nor in the key file. */
export type SignatureVerdict = 'valid' | 'invalid' | 'key-missing';

export function parseCheckpoint(text: string): ActivityCheckpoint {
  return checkpointSchema.parse(JSON.parse(text));
}

export function signCheckpoint({ seq, hash, at }: RemovedPrefix, key: SigningKey): ActivityCheckpoint {
  const prefix = { seq, hash, at };
  return { ...prefix, keyId: key.id, signature: sign(prefix, key) };
}

/** Checks the signature of a checkpoint. @param find returns a key by its id */
export function checkSignature(
  { seq, hash, at, keyId, signature }: ActivityCheckpoint,
  find: (id: string) => SigningKey | undefined,
): SignatureVerdict {
  const key = find(keyId);
  if (!key) return 'key-missing';
  const expected = Buffer.from(sign({ seq, hash, at }, key));
  const stored = Buffer.from(signature);
  return expected.length === stored.length && timingSafeEqual(expected, stored) ? 'valid' : 'invalid';
}

function sign(prefix: RemovedPrefix, { key }: SigningKey): string {
  const derived = createSecretKey(Buffer.from(hkdfSync('sha256', key, Buffer.alloc(0), 'convey activity checkpoint', 32)));
  return createHmac('sha256', derived).update(toCanonicalJson(prefix)).digest('hex');
}
