import { timingSafeEqual } from 'node:crypto';
import type { Sha256 } from '../../event/event.ts';
import type { Site } from '../../event/site.ts';
import { sha256 } from '../../identity/hashing.ts';

/**
 * The secret key of an `Authorization: Bearer` header, as its SHA-256, and the site that it belongs to. Every key of every site is
 * compared, each in constant time, so the time that it takes tells nothing.
 */
export function findSecretKey(
  authorization: string | undefined,
  sites: readonly Site[],
): { readonly site: Site; readonly key: Sha256 } | undefined {
  const [, key] = /^Bearer +(\S{1,512})$/i.exec(authorization ?? '') ?? [];
  if (key === undefined) return undefined;
  const hash = sha256(key);
  const given = Buffer.from(hash);
  let owner: Site | undefined;
  for (const site of sites) {
    for (const known of site.secretKeyHashes) {
      if (timingSafeEqual(given, Buffer.from(known))) owner = site;
    }
  }
  return owner && { site: owner, key: hash };
}
