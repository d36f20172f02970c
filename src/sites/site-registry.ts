import { webhookSecret } from '../config/hook-schema.ts';
import { segmentKey } from '../config/segment-schema.ts';
import type { ConfigProblem } from '../config/sites.ts';
import type { BoundDestination } from '../destinations/kit/destination.ts';
import type { Connection, Site } from '../event/site.ts';
import { sha256 } from '../identity/hashing.ts';
import { listShopOnlyRules } from '../rules/shop-only-rules.ts';
import type { DashboardSite } from '../storage/ports/dashboard-sites.ts';
import { dropRefusedValues } from './drop-refused-values.ts';
import { encryptSecret } from './envelope-encryption.ts';
import { listKeys, type SiteEntry } from './merge-sites.ts';
import { RunningSites, type RunningSitesDeps, readStoredSites, type StoredSites } from './running-sites.ts';
import { SiteConnections } from './site-connections.ts';
import { SiteEncryption, type SiteEncryptionDeps } from './site-encryption.ts';
import { SiteHooks } from './site-hooks.ts';
import {
  type ChangeRejection,
  type ConfigInput,
  invalidInput,
  type NotChangeable,
  type NotEditable,
  parseSiteInput,
} from './site-input.ts';
import {
  addKey,
  addSegmentKey,
  addWebhookSecret,
  type NewKey,
  newWriteKey,
  removeKey,
  removeWebhookSecret,
  type SegmentKeyInput,
} from './site-keys.ts';
import { findStoredConflicts, SiteRules } from './site-rules.ts';
import { SiteTrust } from './site-trust.ts';
import { applyMergePatch } from './stored-sites.ts';
import { renameUet } from './uet-alias.ts';

export interface SiteRegistryDeps extends RunningSitesDeps, SiteEncryptionDeps {
  /** Returns whether data of a removed site with this id is still stored. */
  readonly wasThere: (site: string) => Promise<boolean>;
}

/** Settings of a new site. Without them a site has the meaning of those of earlier versions. */
const newSiteDefaults = { consent: { missingCountry: 'unknown' } };

/**
 * The configured sites of the config file and of the dashboard. The latter can be changed while the gateway runs.
 * @throws ChangeNotAppliedError, MoveRunningError from every change.
 */
export class SiteRegistry {
  readonly rules: SiteRules;
  readonly secrets: SiteEncryption;
  readonly connections: SiteConnections;
  readonly trust: SiteTrust;
  readonly hooks: SiteHooks;
  readonly #deps: SiteRegistryDeps;
  readonly #running: RunningSites;

  /** Use `open`, which reads the stored sites and connections. */
  constructor(deps: SiteRegistryDeps, stored: StoredSites, version: number) {
    this.#deps = deps;
    this.#running = new RunningSites(deps, stored, version);
    this.rules = new SiteRules(this.#running);
    this.secrets = new SiteEncryption(this.#running, deps);
    this.connections = new SiteConnections(this.#running, this.secrets, deps);
    this.trust = new SiteTrust(this.#running, deps);
    this.hooks = new SiteHooks(this.#running, this.secrets, deps.now);
  }

  /** Opens the registry. Sites and connections that cannot run are left out and logged; the others start. */
  static async open(deps: SiteRegistryDeps): Promise<SiteRegistry> {
    const { store, logger } = deps;
    const version = await store.getSitesVersion();
    const stored = await readStoredSites(store);
    const registry = new SiteRegistry(deps, stored, version);
    await registry.secrets.start();
    for (const { site, origin, runs, problem, lostSecrets, connections } of registry.entries()) {
      if (lostSecrets.length > 0) logger.error({ site: site.id }, 'webhook secret unreadable: enter it again');
      if (problem !== undefined && runs && origin === 'dashboard')
        logger.warn({ site: site.id, problem }, 'stored site settings ignored');
      else if (problem !== undefined) logger.error({ site: site.id, problem }, 'site left out');
      for (const one of connections)
        if (one.problem !== undefined)
          logger.error({ site: site.id, connection: one.id, problem: one.problem }, 'connection left out');
    }
    for (const site of registry.sites()) {
      const rules = listShopOnlyRules(site).map(({ rule }) => rule);
      if (rules.length > 0) logger.info({ site: site.id, rules }, "rules read the shop's reports alone: see `convey check`");
    }
    if (deps.recordsOtherRules !== false) await registry.#running.ruleHistory.record(registry.sites(), 'the config file');
    const orphans = registry.#running.stored.connections.filter(({ site }) => !registry.entry(site));
    for (const { site, id } of orphans)
      logger.warn({ site, connection: id }, 'connection without site: its site is no longer in the config file');
    return registry;
  }

  /** Returns the running sites: the same list until one changes. */
  sites(): readonly Site[] {
    return this.#running.list();
  }

  /** Returns all configured sites, with their problems. */
  entries(): readonly SiteEntry[] {
    return this.#running.entries();
  }

  entry(site: string): SiteEntry | undefined {
    return this.#running.findEntry(site);
  }

  getPlatform(connection: Connection): BoundDestination {
    return this.#running.getPlatform(connection);
  }

  /** Takes in the changes of other processes on the same store. @throws ChangeNotAppliedError */
  refresh(): Promise<void> {
    return this.#running.refresh();
  }

  /** Takes in which connections have an account that takes late purchases. @throws ChangeNotAppliedError */
  refreshLateAccounts(): Promise<void> {
    return this.#running.refreshLateAccounts();
  }

  createSite({ id, ...config }: ConfigInput): Promise<SiteEntry | ChangeRejection<'parameter-invalid' | 'site-exists'>> {
    return this.#running.change(async () => {
      const written = { ...applyMergePatch(newSiteDefaults, renameUet(config)), id, writeKey: newWriteKey() };
      const read = parseSiteInput(written, { secretKeys: [], oldWriteKeys: [], webhookSecrets: [] }, config);
      if ('refused' in read) return read;
      const isKnown = this.entry(read.id) !== undefined || this.#running.stored.connections.some(({ site }) => site === read.id);
      if (isKnown || (await this.#deps.wasThere(read.id))) return { refused: 'site-exists' };
      return this.#putSite(read, 'created', true);
    });
  }

  changeSite(
    id: string,
    revision: string | undefined,
    changes: ConfigInput,
  ): Promise<SiteEntry | ChangeRejection<NotChangeable | 'parameter-invalid'>> {
    return this.#running.change(async () => {
      const found = this.#findStored(id);
      if ('refused' in found) return found;
      if (revision !== undefined && revision !== found.entry.revision) return { refused: 'changed-meanwhile' };
      const { written } = dropRefusedValues(found.stored.config);
      const read = parseSiteInput(applyMergePatch(written, renameUet(changes)), found.stored, changes);
      if ('refused' in read) return read;
      const conflicts = findStoredConflicts(read, found.entry.site.connections);
      return conflicts.length > 0 ? invalidInput(conflicts) : this.#putSite(read, 'changed');
    });
  }

  /** Removes a site with its connections. If the config file has a site with this id, removes only the dashboard's site. */
  removeSite(id: string): Promise<'done' | ChangeRejection<NotEditable>> {
    return this.#running.change(async () => {
      const entry = this.entry(id);
      if (!entry) return { refused: 'no-such-site' };
      if (!entry.stored) return { refused: 'file-made' };
      const whole = entry.origin === 'dashboard';
      await this.#running.versioned.removeDashboardSite(id, whole);
      const { sites, connections } = this.#running.stored;
      const removed = whole ? connections.filter(({ site }) => site === id) : [];
      await this.#running.apply(
        { site: id, what: 'removed' },
        { sites: sites.filter((one) => one.id !== id), connections: connections.filter((one) => !removed.includes(one)) },
      );
      for (const one of removed) await this.#deps.store.retireConnection(id, one.id, this.#deps.now());
      if (whole) await this.#running.ruleHistory.forget(id);
      return 'done';
    });
  }

  /** Creates a key. The result is the only place with the key itself. */
  createKey(site: string, kind: 'write' | 'secret'): Promise<NewKey | ChangeRejection<NotEditable | 'too-many-keys'>> {
    return this.#running.change(async () => {
      const found = this.#findStored(site);
      if ('refused' in found) return found;
      const created = addKey(found.stored, kind, found.entry.site.writeKey, this.#deps.now());
      if (created === 'too-many-keys') return { refused: created };
      await this.#putSite(created.stored, `${kind} key created`);
      return { id: created.id, key: created.key };
    });
  }

  /** Adds a key of a Segment SDK. The result is the only place with a key that is secret. */
  addSegmentKey(
    site: string,
    { kind, key }: SegmentKeyInput,
  ): Promise<NewKey | ChangeRejection<NotEditable | 'parameter-invalid' | 'too-many-keys'>> {
    return this.#running.change(async () => {
      const found = this.#findStored(site);
      if ('refused' in found) return found;
      if (key !== undefined) {
        const { error } = segmentKey.safeParse({ key, kind });
        if (error) return invalidInput(error.issues.map(({ message }) => ({ path: 'key', message })));
        const used = new Set(this.entries().flatMap((entry) => listKeys(entry.site)));
        if (used.has(key) || used.has(sha256(key))) return invalidInput([keyKnown]);
      }
      const created = addSegmentKey(found.stored, { kind, key }, this.#deps.now());
      if (created === 'too-many-keys') return { refused: created };
      await this.#putSite(created.stored, 'Segment key added');
      return { id: created.id, key: created.key };
    });
  }

  /** Removes a secret key or one of Segment's (by its id), or an old write key. */
  removeKey(site: string, key: string): Promise<'done' | ChangeRejection<NotEditable | 'no-such-key'>> {
    return this.#running.change(async () => {
      const found = this.#findStored(site);
      if ('refused' in found) return found;
      const changed = removeKey(found.stored, key);
      if (!changed) return { refused: 'no-such-key' };
      await this.#putSite(changed, 'key removed');
      return 'done';
    });
  }

  /** Adds a webhook secret. Earlier secrets stay valid. */
  addWebhookSecret(
    site: string,
    secretInput: string,
  ): Promise<SiteEntry | ChangeRejection<NotEditable | 'parameter-invalid' | 'too-many-keys'>> {
    return this.#running.change(async () => {
      const found = this.#findStored(site);
      if ('refused' in found) return found;
      const { success, data: secret, error } = webhookSecret.safeParse(secretInput);
      if (!success) return invalidInput(error.issues.map(({ message }) => ({ path: 'secret', message })));
      const { webhooks, hooks = [] } = found.entry.site;
      if ([webhooks, ...hooks].some(({ secrets }) => secrets.includes(secret))) return invalidInput([secretKnown]);
      const key = this.secrets.getKey();
      const encrypt = (id: string) => encryptSecret(secret, { site, webhookSecret: id }, key);
      const changed = addWebhookSecret(found.stored, this.#deps.now(), encrypt);
      return changed === 'too-many-keys' ? { refused: changed } : this.#putSite(changed, 'webhook secret added');
    });
  }

  removeWebhookSecret(site: string, id: string): Promise<SiteEntry | ChangeRejection<NotEditable | 'no-such-key'>> {
    return this.#running.change(async () => {
      const found = this.#findStored(site);
      if ('refused' in found) return found;
      const changed = removeWebhookSecret(found.stored, id);
      return changed ? this.#putSite(changed, 'webhook secret removed') : { refused: 'no-such-key' };
    });
  }

  #findStored(site: string): { readonly stored: DashboardSite; readonly entry: SiteEntry } | ChangeRejection<NotEditable> {
    const entry = this.entry(site);
    if (!entry) return { refused: 'no-such-site' };
    return entry.origin === 'dashboard' && entry.stored ? { stored: entry.stored, entry } : { refused: 'file-made' };
  }

  async #putSite(stored: DashboardSite, what: string, isNew = false): Promise<SiteEntry> {
    await this.#running.versioned.saveDashboardSite(stored, isNew);
    const sites = [...this.#running.stored.sites.filter(({ id }) => id !== stored.id), stored];
    await this.#running.apply({ site: stored.id, what }, { sites });
    return this.#running.getEntry(stored.id);
  }
}

const keyKnown: ConfigProblem = { path: 'key', message: 'Is already a key of a site. Take another one.' };
const secretKnown: ConfigProblem = { path: 'secret', message: 'Is already stored. Enter the secret that the shop shows now.' };
