import { randomBytes } from 'node:crypto';
import type { SegmentKeyKind } from '../event/segment-settings.ts';
import type { UnixMs } from '../event/units.ts';
import { sha256 } from '../identity/hashing.ts';
import type { DashboardSite } from '../storage/ports/dashboard-sites.ts';

/** The maximum number of keys of a kind. */
const maxKeys = 20;

export interface NewKey {
  /** The id of a secret key, or the write key itself. */
  readonly id: string;
  readonly key: string;
}

/** A key of a Segment SDK. Absent: a new key. */
export interface SegmentKeyInput {
  readonly kind: SegmentKeyKind;
  readonly key?: string | undefined;
}

/** The ids of Segment's keys begin with it, so that they differ from those of secret keys. */
const segmentKeyPrefix = 'segment-';

/** Returns the site with another key of a Segment SDK. Only a public key is stored itself. */
export function addSegmentKey(
  stored: DashboardSite,
  { kind, key = newSegmentKey(kind) }: SegmentKeyInput,
  createdAt: UnixMs,
): (NewKey & { readonly stored: DashboardSite }) | 'too-many-keys' {
  const { segmentKeys = [] } = stored;
  if (segmentKeys.length >= maxKeys) return 'too-many-keys';
  const id = `${segmentKeyPrefix}${randomBytes(6).toString('hex')}`;
  const added = { id, kind, hash: sha256(key), ...(kind === 'browser' && { key }), createdAt };
  return { id, key, stored: { ...stored, segmentKeys: [...segmentKeys, added] } };
}

function newSegmentKey(kind: SegmentKeyKind): string {
  return kind === 'server' ? `sk_${randomBytes(32).toString('base64url')}` : newWriteKey();
}

export function newWriteKey(): string {
  return `wk_${randomBytes(18).toString('base64url')}`;
}

/** Returns the site with a new key. A write key replaces the current one. The site stores only the hash of a secret key. */
export function addKey(
  stored: DashboardSite,
  kind: 'write' | 'secret',
  currentWriteKey: string,
  at: UnixMs,
): (NewKey & { readonly stored: DashboardSite }) | 'too-many-keys' {
  const { secretKeys, oldWriteKeys, config: written } = stored;
  if ((kind === 'secret' ? secretKeys : oldWriteKeys).length >= maxKeys) return 'too-many-keys';
  if (kind === 'secret') {
    const key = `sk_${randomBytes(32).toString('base64url')}`;
    const id = randomBytes(6).toString('hex');
    return { id, key, stored: { ...stored, secretKeys: [...secretKeys, { id, hash: sha256(key), createdAt: at }] } };
  }
  const key = newWriteKey();
  const old = { key: currentWriteKey, retiredAt: at };
  return {
    id: key,
    key,
    stored: { ...stored, config: { ...written, writeKey: key }, oldWriteKeys: [...oldWriteKeys, old] },
  };
}

/** The maximum number of webhook secrets of a site: one of the shop, one of an app, and during a rotation the previous one of each. */
const maxWebhookSecrets = 4;

/** Returns the site with another webhook secret. @param encrypt encrypts the secret for its new id. */
export function addWebhookSecret(
  stored: DashboardSite,
  at: UnixMs,
  encrypt: (id: string) => string,
): DashboardSite | 'too-many-keys' {
  const { webhookSecrets } = stored;
  if (webhookSecrets.length >= maxWebhookSecrets) return 'too-many-keys';
  const id = randomBytes(6).toString('hex');
  return { ...stored, webhookSecrets: [...webhookSecrets, { id, sealed: encrypt(id), createdAt: at }] };
}

/** Returns the site without a webhook secret; `undefined` if it has no such secret. */
export function removeWebhookSecret(stored: DashboardSite, id: string): DashboardSite | undefined {
  const webhookSecrets = stored.webhookSecrets.filter((one) => one.id !== id);
  return webhookSecrets.length < stored.webhookSecrets.length ? { ...stored, webhookSecrets } : undefined;
}

/** Returns the site without a secret key or one of Segment's (by its id), or an old write key; `undefined` if it has no such key. */
export function removeKey(stored: DashboardSite, key: string): DashboardSite | undefined {
  const secretKeys = stored.secretKeys.filter(({ id }) => id !== key);
  const oldWriteKeys = stored.oldWriteKeys.filter((old) => old.key !== key);
  const segmentKeys = stored.segmentKeys?.filter(({ id }) => id !== key);
  const count = (site: Pick<DashboardSite, 'secretKeys' | 'oldWriteKeys' | 'segmentKeys'>) =>
    site.secretKeys.length + site.oldWriteKeys.length + (site.segmentKeys?.length ?? 0);
  const changed = { ...stored, secretKeys, oldWriteKeys, ...(segmentKeys && { segmentKeys }) };
  return count(changed) < count(stored) ? changed : undefined;
}
