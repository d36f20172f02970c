import { randomBytes } from 'node:crypto';
import { explainShortSecret, webhookSecret } from '../config/hook-schema.ts';
import type { ConfigProblem } from '../config/sites.ts';
import type { UnixMs } from '../event/units.ts';
import { hookSignatureSchema } from '../hooks/signature-schema.ts';
import type { DashboardSite, HookSecret } from '../storage/ports/dashboard-sites.ts';
import { encryptSecret } from './envelope-encryption.ts';
import type { SiteEntry } from './merge-sites.ts';
import type { RunningSites } from './running-sites.ts';
import type { SiteEncryption } from './site-encryption.ts';
import {
  type ChangeRejection,
  type ConfigInput,
  invalidInput,
  type NotChangeable,
  type NotEditable,
  parseSiteInput,
} from './site-input.ts';

/** The maximum number of secrets of a hook: the present ones, and those that they replace. */
const maxSecrets = 4;

interface HookInput {
  readonly revision: string | undefined;
  /** The hook in the form of the config file, without id and secrets. */
  readonly hook: ConfigInput;
  /** Another secret. */
  readonly secret: string | undefined;
}

/** Changes the hooks of the dashboard's sites. */
export class SiteHooks {
  readonly #running: RunningSites;
  readonly #encryption: SiteEncryption;
  readonly #now: () => UnixMs;

  constructor(running: RunningSites, encryption: SiteEncryption, now: () => UnixMs) {
    this.#running = running;
    this.#encryption = encryption;
    this.#now = now;
  }

  /** Creates or replaces a hook. Its earlier secrets stay valid, unless its source changes. */
  put(
    site: string,
    id: string,
    { revision, hook, secret }: HookInput,
  ): Promise<SiteEntry | ChangeRejection<NotChangeable | 'parameter-invalid' | 'too-many-keys'>> {
    return this.#running.change(async () => {
      const found = this.#find(site);
      if ('refused' in found) return found;
      const { stored, entry } = found;
      if (revision !== undefined && revision !== entry.revision) return { refused: 'changed-meanwhile' };
      const hooks = listHooks(stored);
      const before = hooks.findIndex((one) => one.id === id);
      const changed = { ...hook, id };
      const index = before < 0 ? hooks.length : before;
      const isSame = hooks[before]?.source === hook.source;
      const kept = (stored.hookSecrets ?? []).filter((one) => one.hook !== id || isSame);
      const read = this.#parse({ ...stored, hookSecrets: kept }, hooks.toSpliced(index, 1, changed), `hooks[${index}].`);
      if ('refused' in read) return read;
      if (secret === undefined) return this.#save(read, before < 0 ? 'hook added' : 'hook changed');
      const { success, data, error } = webhookSecret.safeParse(secret);
      if (!success) return invalidInput(error.issues.map(({ message }) => ({ path: 'secret', message })));
      const short = explainShortSecret(data, hookSignatureSchema.safeParse(hook.signature).data);
      if (short !== undefined) return invalidInput([{ path: 'secret', message: short }]);
      if (isKnown(entry, id, data)) return invalidInput([secretKnown]);
      const own = kept.filter((one) => one.hook === id);
      if (own.length >= maxSecrets) return { refused: 'too-many-keys' };
      const added = this.#encrypt(site, id, data);
      return this.#save({ ...read, hookSecrets: [...kept, added] }, before < 0 ? 'hook added' : 'hook secret added');
    });
  }

  remove(site: string, id: string): Promise<SiteEntry | ChangeRejection<NotEditable | 'no-such-hook' | 'parameter-invalid'>> {
    return this.#running.change(async () => {
      const found = this.#find(site);
      if ('refused' in found) return found;
      const { stored } = found;
      const hooks = listHooks(stored);
      const rest = hooks.filter((one) => one.id !== id);
      if (rest.length === hooks.length) return { refused: 'no-such-hook' };
      const kept = (stored.hookSecrets ?? []).filter((one) => one.hook !== id);
      const read = this.#parse({ ...stored, hookSecrets: kept }, rest, '');
      return 'refused' in read ? read : this.#save(read, 'hook removed');
    });
  }

  removeSecret(site: string, hook: string, id: string): Promise<SiteEntry | ChangeRejection<NotEditable | 'no-such-key'>> {
    return this.#running.change(async () => {
      const found = this.#find(site);
      if ('refused' in found) return found;
      const { hookSecrets = [] } = found.stored;
      const kept = hookSecrets.filter((one) => one.hook !== hook || one.id !== id);
      if (kept.length === hookSecrets.length) return { refused: 'no-such-key' };
      return this.#save({ ...found.stored, hookSecrets: kept }, 'hook secret removed');
    });
  }

  /** @param path the start of paths that the caller leaves out, because it shows one hook. */
  #parse(
    stored: DashboardSite,
    hooks: readonly ConfigInput[],
    path: string,
  ): DashboardSite | ChangeRejection<'parameter-invalid'> {
    const { hooks: _, ...config } = stored.config;
    const read = parseSiteInput({ ...config, ...(hooks.length > 0 && { hooks }) }, stored, {});
    if (!('refused' in read)) return read;
    const issues = (read.issues ?? []).map((issue) => ({ ...issue, field: issue.field.replace(path, '') }));
    return { refused: read.refused, issues };
  }

  #encrypt(site: string, hook: string, secret: string): HookSecret {
    const id = randomBytes(6).toString('hex');
    const sealed = encryptSecret(secret, { site, hook, hookSecret: id }, this.#encryption.getKey());
    return { id, hook, sealed, createdAt: this.#now() };
  }

  #find(site: string): { readonly stored: DashboardSite; readonly entry: SiteEntry } | ChangeRejection<NotEditable> {
    const entry = this.#running.findEntry(site);
    if (!entry) return { refused: 'no-such-site' };
    return entry.origin === 'dashboard' && entry.stored ? { stored: entry.stored, entry } : { refused: 'file-made' };
  }

  async #save(stored: DashboardSite, what: string): Promise<SiteEntry> {
    await this.#running.versioned.saveDashboardSite(stored);
    const sites = [...this.#running.stored.sites.filter(({ id }) => id !== stored.id), stored];
    await this.#running.apply({ site: stored.id, what }, { sites });
    return this.#running.getEntry(stored.id);
  }
}

/** Returns the stored hooks as they are written. */
function listHooks({ config: { hooks } }: DashboardSite): readonly ConfigInput[] {
  const list: readonly unknown[] = Array.isArray(hooks) ? hooks : [];
  return list.filter((one): one is ConfigInput => typeof one === 'object' && one !== null && !Array.isArray(one));
}

/** Returns whether another sender of the site signs with the secret, or this hook has it already. */
function isKnown({ site: { webhooks, hooks = [] } }: SiteEntry, id: string, secret: string): boolean {
  const source = hooks.find((one) => one.id === id)?.source;
  return (
    webhooks.secrets.includes(secret) ||
    hooks.some((one) => (one.id === id || one.source !== source) && one.secrets.includes(secret))
  );
}

const secretKnown: ConfigProblem = {
  path: 'secret',
  message: 'Is already the secret of a hook or of the shop. Use a secret for each sender.',
};
