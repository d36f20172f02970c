import { timingSafeEqual } from 'node:crypto';
import type { Sha256 } from '../../event/event.ts';
import type { Site } from '../../event/site.ts';
import { sha256 } from '../../identity/hashing.ts';

/**
 * Returns the SHA-256 of the secret key in an `Authorization: Bearer` header, and the site of the key. Compares every key of every site in
 * constant time, so that the duration reveals nothing.
 */
export function findSecretKey(
  authorization: string | undefined,
  sites: readonly Site[],
): { readonly site: Site; readonly key: Sha256 } | undefined {
  const [, key] = /^Bearer +(\S{1,512})$/i.exec(authorization ?? '') ?? [];
  if (key === undefined) return undefined;
  const hash = sha256(key);
  const submitted = Buffer.from(hash);
  let owner: Site | undefined;
  for (const site of sites) {
    for (const known of site.secretKeyHashes) {
      if (timingSafeEqual(submitted, Buffer.from(known))) owner = site;
    }
  }
  return owner && { site: owner, key: hash };
}
