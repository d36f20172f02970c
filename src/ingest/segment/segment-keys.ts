import type { Sha256 } from '../../event/event.ts';
import type { SegmentKeyKind } from '../../event/segment-settings.ts';
import type { Site } from '../../event/site.ts';
import { sha256 } from '../../identity/hashing.ts';

/** The site of a request of Segment's protocol, and the trust that its keys give. */
export interface SegmentCaller {
  readonly site: Site;
  readonly kind: SegmentKeyKind;
  /** The SHA-256 of the first key, by which the caller's rate is limited. */
  readonly key: Sha256;
  /** The SHA-256 of each secret key. */
  readonly secretKeys: readonly Sha256[];
}

type Owner = Pick<SegmentCaller, 'site' | 'kind'>;

/** The owners by the hashes of their keys, for as long as a list of sites is in use. */
const ownersOfSites = new WeakMap<readonly Site[], ReadonlyMap<Sha256, Owner>>();

const longestKey = 512;

/**
 * Returns the site whose keys a request names. The key gives the trust: one in the page is a browser's, whoever sends it. If a request names
 * several, all must be keys of one site, and the least trusted counts. A key is found by its hash, which a sender cannot choose, so that the
 * duration says nothing about a key.
 */
export function findSegmentCaller(keys: readonly string[], sites: readonly Site[]): SegmentCaller | undefined {
  const hashes = keys.filter(({ length }) => length <= longestKey).map(sha256);
  const owners = listOwners(sites);
  const found = hashes.map((hash) => owners.get(hash));
  const [first] = found;
  const [key] = hashes;
  if (!first || key === undefined || hashes.length < keys.length) return undefined;
  if (found.some((owner) => owner?.site !== first.site)) return undefined;
  const secretKeys = hashes.filter((_, index) => found[index]?.kind === 'server');
  return { site: first.site, kind: secretKeys.length === found.length ? 'server' : 'browser', key, secretKeys };
}

function listOwners(sites: readonly Site[]): ReadonlyMap<Sha256, Owner> {
  const known = ownersOfSites.get(sites);
  if (known) return known;
  // A key that is public, or was used by a page, counts as public, even if it is listed as secret, too.
  const owners = new Map(
    sites.flatMap((site) => [
      ...site.secretKeyHashes.map((hash) => [hash, { site, kind: 'server' }] as const),
      ...(site.segment?.keys ?? []).map(({ hash, kind }) => [hash, { site, kind }] as const),
      ...[site.writeKey, ...(site.oldWriteKeys ?? [])].map((key) => [sha256(key), { site, kind: 'browser' }] as const),
      ...(site.distrustedKeys ?? []).map((hash) => [hash, { site, kind: 'browser' }] as const),
    ]),
  );
  ownersOfSites.set(sites, owners);
  return owners;
}

/** The places of a request in which SDKs send a key. */
interface KeyPlaces {
  readonly authorization: string | undefined;
  readonly body: unknown;
  readonly query: string | undefined;
  readonly header: string | undefined;
  readonly messages: readonly unknown[];
}

/**
 * Returns the keys of a request, each once: the user name of Basic, those of body, query and messages, and the header `X-Write-Key`. Jitsu
 * sends `id:secret`, and masks the secret or the whole key with asterisks in the body. No key has a colon.
 */
export function listRequestKeys({ authorization, body, query, header, messages }: KeyPlaces): readonly string[] {
  const given = [readBasicUser(authorization), body, query, header, ...messages];
  const keys = given.filter((key) => typeof key === 'string').map((key) => key.split(':', 1)[0]?.trim() ?? '');
  return [...new Set(keys.filter((key) => key !== '' && !/^\*+$/.test(key)))];
}

function readBasicUser(authorization: string | undefined): string | undefined {
  const [, encoded] = /^Basic +([A-Za-z0-9+/=_-]{1,1024})$/i.exec(authorization?.trim() ?? '') ?? [];
  return encoded === undefined ? undefined : Buffer.from(encoded, 'base64').toString('utf8').split(':', 1)[0];
}
