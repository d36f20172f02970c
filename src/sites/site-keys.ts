import { randomBytes } from 'node:crypto';
import type { UnixMs } from '../event/units.ts';
import { sha256 } from '../identity/hashing.ts';
import type { DashboardSite } from '../storage/store/dashboard-sites.ts';

/** Of a kind, at most; beyond that nobody knows any more who has which. */
const maxKeys = 20;

export interface NewKey {
  /** Of a write key, itself. */
  readonly id: string;
  readonly key: string;
}

export function newWriteKey(): string {
  return `wk_${randomBytes(18).toString('base64url')}`;
}

/** The site with one key more; of a write key, in place of the present one. Of a secret key nothing but the hash stays with it. */
export function addKey(
  made: DashboardSite,
  kind: 'write' | 'secret',
  present: string,
  at: UnixMs,
): (NewKey & { readonly made: DashboardSite }) | 'too-many-keys' {
  const { secretKeys, oldWriteKeys, config: written } = made;
  if ((kind === 'secret' ? secretKeys : oldWriteKeys).length >= maxKeys) return 'too-many-keys';
  if (kind === 'secret') {
    const key = `sk_${randomBytes(32).toString('base64url')}`;
    const id = randomBytes(6).toString('hex');
    return { id, key, made: { ...made, secretKeys: [...secretKeys, { id, hash: sha256(key), createdAt: at }] } };
  }
  const key = newWriteKey();
  const old = { key: present, retiredAt: at };
  return {
    id: key,
    key,
    made: { ...made, config: { ...written, writeKey: key }, oldWriteKeys: [...oldWriteKeys, old] },
  };
}

/** That of the shop and that of an app, and for each the one before while it takes the new one up. */
const mostWebhookSecrets = 4;

/** The site with one more of what its webhooks are signed with. `seal` is told the id that it is kept under. */
export function addWebhookSecret(made: DashboardSite, at: UnixMs, seal: (id: string) => string): DashboardSite | 'too-many-keys' {
  const { webhookSecrets } = made;
  if (webhookSecrets.length >= mostWebhookSecrets) return 'too-many-keys';
  const id = randomBytes(6).toString('hex');
  return { ...made, webhookSecrets: [...webhookSecrets, { id, sealed: seal(id), createdAt: at }] };
}

/** The site without one of them; `undefined` where it has no such. */
export function removeWebhookSecret(made: DashboardSite, id: string): DashboardSite | undefined {
  const webhookSecrets = made.webhookSecrets.filter((one) => one.id !== id);
  return webhookSecrets.length < made.webhookSecrets.length ? { ...made, webhookSecrets } : undefined;
}

/** The site without a secret key, by its id, or an old write key; `undefined` where it has no such. */
export function removeKey(made: DashboardSite, key: string): DashboardSite | undefined {
  const secretKeys = made.secretKeys.filter(({ id }) => id !== key);
  const oldWriteKeys = made.oldWriteKeys.filter((old) => old.key !== key);
  const isGone = secretKeys.length + oldWriteKeys.length < made.secretKeys.length + made.oldWriteKeys.length;
  return isGone ? { ...made, secretKeys, oldWriteKeys } : undefined;
}
