import type { Sha256 } from '../../event/event.ts';
import type { Site } from '../../event/site.ts';
import { sha256 } from '../../identity/hashing.ts';

export interface SecretKeyMatch {
  readonly site: Site;
  readonly key: Sha256;
  /** A page has used the key, and no owner has trusted it since. */
  readonly isDistrusted: boolean;
}

/** The sites by the hashes of their keys, for as long as a list of sites is in use. */
const ownersOfSites = new WeakMap<readonly Site[], ReadonlyMap<Sha256, Site>>();

/**
 * Returns the SHA-256 of the secret key in an `Authorization: Bearer` header, and the site of the key. The key is found by its hash, which a
 * sender cannot choose, so that the duration says nothing about a key.
 */
export function findSecretKey(authorization: string | undefined, sites: readonly Site[]): SecretKeyMatch | undefined {
  const [, key] = /^Bearer +(\S{1,512})$/i.exec(authorization ?? '') ?? [];
  if (key === undefined) return undefined;
  const hash = sha256(key);
  const site = listOwners(sites).get(hash);
  return site && { site, key: hash, isDistrusted: site.distrustedKeys?.includes(hash) ?? false };
}

function listOwners(sites: readonly Site[]): ReadonlyMap<Sha256, Site> {
  const known = ownersOfSites.get(sites);
  if (known) return known;
  const owners = new Map(sites.flatMap((site) => site.secretKeyHashes.map((hash) => [hash, site] as const)));
  ownersOfSites.set(sites, owners);
  return owners;
}
