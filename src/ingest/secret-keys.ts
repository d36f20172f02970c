import { timingSafeEqual } from 'node:crypto';
import type { Site } from '../event/site.ts';
import { sha256 } from '../identity/hash.ts';

/**
 * The site that an `Authorization: Bearer` header's secret key belongs to. Every key of every site is compared, each in
 * constant time, so the time that it takes tells nothing.
 */
export function siteOfSecretKey(authorization: string | undefined, sites: readonly Site[]): Site | undefined {
  const [, key] = /^Bearer +(\S{1,512})$/i.exec(authorization ?? '') ?? [];
  if (key === undefined) return undefined;
  const given = Buffer.from(sha256(key));
  let owner: Site | undefined;
  for (const site of sites) {
    for (const hash of site.secretKeyHashes) {
      if (timingSafeEqual(given, Buffer.from(hash))) owner = site;
    }
  }
  return owner;
}
