import { isDeepStrictEqual } from 'node:util';
import { Mutex } from 'async-mutex';
import { z } from 'zod';
import type { SecretsKey } from '../config/master-key.ts';
import { webhookSecret } from '../config/schema.ts';
import { type ConfigProblem, findRuleConflicts, sharedIdMessage, toProblems, toReportingConnection } from '../config/sites.ts';
import type { BoundDestination } from '../destinations/kit/destination.ts';
import type { Rule } from '../event/rule.ts';
import type { Connection, Site } from '../event/site.ts';
import type { UnixMs } from '../event/units.ts';
import { describeError, type Logger } from '../logger.ts';
import { findTagConflicts } from '../rules/browser-tags.ts';
import { rulesSchema } from '../rules/rule-schema.ts';
import { listShopOnlyRules } from '../rules/shop-only-rules.ts';
import {
  type DashboardConnection,
  type DashboardSite,
  type DashboardSiteStore,
  SitesChangedError,
} from '../storage/ports/dashboard-sites.ts';
import type { RuleChangeStore, RuleOwner, SiteStore } from '../storage/ports/rule-changes.ts';
import { dropRefusedValues } from './drop-refused-values.ts';
import { encryptSecret } from './envelope-encryption.ts';
import type { KeyRing } from './key-ring.ts';
import { type MergedSites, mergeSites, type SiteEntry, type SiteSources } from './merge-sites.ts';
import { RuleHistory } from './rule-history.ts';
import { encryptSettings, type ReencryptionCounts } from './secret-settings.ts';
import {
  type ChangeRejection,
  type ConfigInput,
  type ConnectionInput,
  completeConnectionInput,
  invalidInput,
  parseConnectionInput,
  parseSiteInput,
  type ReadConnection,
} from './site-input.ts';
import { addKey, addWebhookSecret, type NewKey, newWriteKey, removeKey, removeWebhookSecret } from './site-keys.ts';
import { reencryptAll } from './site-secrets.ts';
import { applyMergePatch, type ConnectionRules, parseStoredConnection, parseStoredSite } from './stored-sites.ts';
import { renameUet } from './uet-alias.ts';

export interface SiteRegistryDeps {
  readonly file: SiteSources['file'];
  readonly rules: ConnectionRules;
  readonly store: SiteStore;
  readonly keys: KeyRing;
  /** Encrypts the secrets outside of the registry with another key, before the earlier keys are removed. */
  readonly reencryptOthers?: (key: SecretsKey) => Promise<ReencryptionCounts>;
  /** Returns whether data of a removed site with this id is still stored. */
  readonly wasThere: (site: string) => Promise<boolean>;
  /** Replaces the running sites. Not called before the registry is open. */
  readonly apply: (sites: readonly Site[]) => Promise<void>;
  /** Returns whether the data is being moved into a database. New gateways have a copy of the sites then, which must stay true. */
  readonly isMoving?: () => boolean;
  /** Whether rules of the config file and of other processes are recorded, as by default. If not, another process on the store does it. */
  readonly recordsOtherRules?: boolean;
  readonly now: () => UnixMs;
  readonly logger: Logger;
}

/** A stored change, as the log has it. */
interface SiteChange {
  readonly site?: string;
  readonly connection?: string;
  readonly what: string;
  readonly by?: string;
}

type NotEditable = 'no-such-site' | 'file-made';
type NotChangeable = NotEditable | 'changed-meanwhile';

/** The change is saved but could not be applied to the running consumers. It takes effect on restart. */
export class ChangeNotAppliedError extends Error {
  override readonly name = 'ChangeNotAppliedError';
}

/** The data is being moved into a database, so sites cannot be changed. */
export class MoveRunningError extends Error {
  override readonly name = 'MoveRunningError';
}

/** The result of encrypting all secrets with another key. */
export interface RotationResult extends ReencryptionCounts {
  readonly source: KeyRing['source'];
}

/** A change is decided again this often when other processes change sites at the same time. */
const maxAttempts = 5;

/** Settings of a new site. Without them a site has the meaning of those of earlier versions. */
const newSiteDefaults = { consent: { missingCountry: 'unknown' } };

/**
 * The configured sites of the config file and of the dashboard. The latter can be changed while the gateway runs. Changes run one after
 * another; each is stored durably and then applied. @throws ChangeNotAppliedError, MoveRunningError from every change.
 */
export class SiteRegistry {
  readonly #deps: SiteRegistryDeps;
  #dashboardSites: readonly DashboardSite[];
  #dashboardConnections: readonly DashboardConnection[];
  #merged: MergedSites;
  readonly #changes = new Mutex();
  #ruleHistory: RuleHistory;
  /** The version of the stored sites that this registry has read. */
  #version = 0;
  /** Unset while other sites run than these. The next change or refresh applies them again. */
  #isApplied = true;
  /** Includes removed connections, because a caller may still use one. */
  readonly #platforms = new WeakMap<Connection, BoundDestination>();

  /** Use `open`, which reads the stored sites and connections. */
  constructor(
    deps: SiteRegistryDeps,
    dashboardSites: readonly DashboardSite[],
    dashboardConnections: readonly DashboardConnection[],
  ) {
    this.#deps = deps;
    this.#ruleHistory = new RuleHistory(deps.store, deps.now);
    this.#dashboardSites = dashboardSites;
    this.#dashboardConnections = dashboardConnections;
    this.#merged = this.#merge();
  }

  /** Opens the registry. Sites and connections that cannot run are left out and logged; the others start. */
  static async open(deps: SiteRegistryDeps): Promise<SiteRegistry> {
    const { store, keys, logger } = deps;
    const version = await store.getSitesVersion();
    const registry = new SiteRegistry(deps, await store.listDashboardSites(), await store.listDashboardConnections());
    registry.#version = version;
    if (keys.problem !== undefined) logger.error({ problem: keys.problem }, 'secrets key unusable');
    if (keys.risk !== undefined) logger.warn({ risk: keys.risk }, 'key file readable by other users');
    // Finishes an interrupted key rotation.
    if (keys.source === 'file' && keys.isChanging)
      await registry
        .#reencryptSecrets(keys.present())
        .catch((error: unknown) => logger.error({ error: describeError(error) }, 'secrets key rotation failed'));
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
    if (deps.recordsOtherRules !== false) await registry.#ruleHistory.record(registry.sites(), 'the config file');
    const orphans = registry.#dashboardConnections.filter(({ site }) => !registry.entry(site));
    for (const { site, id } of orphans)
      logger.warn({ site, connection: id }, 'connection without site: its site is no longer in the config file');
    return registry;
  }

  /** Returns the running sites: the same list until one changes. */
  sites(): readonly Site[] {
    return this.#merged.running;
  }

  /** Returns all configured sites, with their problems. */
  entries(): readonly SiteEntry[] {
    return this.#merged.entries;
  }

  entry(site: string): SiteEntry | undefined {
    return this.#merged.entries.find((entry) => entry.site.id === site);
  }

  getPlatform(connection: Connection): BoundDestination {
    const platform = this.#platforms.get(connection);
    if (!platform) throw new Error(`connection ${connection.id} is unknown`);
    return platform;
  }

  createSite({ id, ...config }: ConfigInput): Promise<SiteEntry | ChangeRejection<'parameter-invalid' | 'site-exists'>> {
    return this.#change(async () => {
      const written = { ...applyMergePatch(newSiteDefaults, renameUet(config)), id, writeKey: newWriteKey() };
      const read = parseSiteInput(written, { secretKeys: [], oldWriteKeys: [], webhookSecrets: [] }, config);
      if ('refused' in read) return read;
      const isKnown = this.entry(read.id) !== undefined || this.#dashboardConnections.some(({ site }) => site === read.id);
      if (isKnown || (await this.#deps.wasThere(read.id))) return { refused: 'site-exists' };
      return this.#putSite(read, 'created', true);
    });
  }

  changeSite(
    id: string,
    revision: string | undefined,
    changes: ConfigInput,
  ): Promise<SiteEntry | ChangeRejection<NotChangeable | 'parameter-invalid'>> {
    return this.#change(async () => {
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
    return this.#change(async () => {
      const entry = this.entry(id);
      if (!entry) return { refused: 'no-such-site' };
      if (!entry.stored) return { refused: 'file-made' };
      const whole = entry.origin === 'dashboard';
      await this.#versioned.removeDashboardSite(id, whole);
      this.#dashboardSites = this.#dashboardSites.filter((one) => one.id !== id);
      const removed = whole ? this.#dashboardConnections.filter(({ site }) => site === id) : [];
      this.#dashboardConnections = this.#dashboardConnections.filter((one) => !removed.includes(one));
      await this.#apply({ site: id, what: 'removed' });
      for (const one of removed) await this.#deps.store.retireConnection(id, one.id, this.#deps.now());
      if (whole) await this.#ruleHistory.forget(id);
      return 'done';
    });
  }

  /** Creates a key. The result is the only place with the key itself. */
  createKey(site: string, kind: 'write' | 'secret'): Promise<NewKey | ChangeRejection<NotEditable | 'too-many-keys'>> {
    return this.#change(async () => {
      const found = this.#findStored(site);
      if ('refused' in found) return found;
      const created = addKey(found.stored, kind, found.entry.site.writeKey, this.#deps.now());
      if (created === 'too-many-keys') return { refused: created };
      await this.#putSite(created.stored, `${kind} key created`);
      return { id: created.id, key: created.key };
    });
  }

  /** Removes a secret key (by its id) or an old write key. */
  removeKey(site: string, key: string): Promise<'done' | ChangeRejection<NotEditable | 'no-such-key'>> {
    return this.#change(async () => {
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
    return this.#change(async () => {
      const found = this.#findStored(site);
      if ('refused' in found) return found;
      const { success, data: secret, error } = webhookSecret.safeParse(secretInput);
      if (!success) return invalidInput(error.issues.map(({ message }) => ({ path: 'secret', message })));
      if (found.entry.site.webhooks.secrets.includes(secret)) return invalidInput([secretKnown]);
      const key = this.#logKeyError(() => this.#deps.keys.present());
      const encrypt = (id: string) => encryptSecret(secret, { site, webhookSecret: id }, key);
      const changed = addWebhookSecret(found.stored, this.#deps.now(), encrypt);
      return changed === 'too-many-keys' ? { refused: changed } : this.#putSite(changed, 'webhook secret added');
    });
  }

  removeWebhookSecret(site: string, id: string): Promise<SiteEntry | ChangeRejection<NotEditable | 'no-such-key'>> {
    return this.#change(async () => {
      const found = this.#findStored(site);
      if ('refused' in found) return found;
      const changed = removeWebhookSecret(found.stored, id);
      return changed ? this.#putSite(changed, 'webhook secret removed') : { refused: 'no-such-key' };
    });
  }

  /** Creates or changes a connection. Secrets that are missing in the input stay unchanged. */
  putConnection(
    site: string,
    id: string,
    revision: string | undefined,
    input: ConnectionInput,
  ): Promise<SiteEntry | ChangeRejection<NotChangeable | 'parameter-invalid'>> {
    return this.#change(async () => {
      const entry = this.entry(site);
      const found = entry?.connections.find((one) => one.id === id);
      if (!entry) return { refused: 'no-such-site' };
      if (found?.origin === 'file') return { refused: 'file-made' };
      if (revision !== undefined && revision !== entry.revision) return { refused: 'changed-meanwhile' };
      if (found && found.destination !== input.destination) return invalidInput([destinationStays]);
      if (found?.isSimulated) return invalidInput([simulatorFixed]);
      const read = this.readConnection(site, id, { ...input, enabled: input.enabled ?? found?.enabled });
      if ('refused' in read) return read;
      const { written, secrets } = read;
      const reporting = toReportingConnection({ id, destination: input.destination, settings: input.settings });
      const rules = [...(entry.site.rules ?? []), ...(found?.connection?.rules ?? [])];
      const conflicts = findTagConflicts(rules, [reporting], entry.site.tags);
      if (conflicts.length > 0) return invalidInput(conflicts.map(({ message }) => ({ path: 'destination', message })));
      const key = this.#logKeyError(() => this.#deps.keys.present());
      const stored = { site, id, config: written, secrets: encryptSettings(secrets, { site, connection: id }, key) };
      await this.#versioned.saveDashboardConnection(stored, found ? undefined : { now: this.#deps.now() });
      this.#dashboardConnections = [...this.#dashboardConnections.filter((one) => one.site !== site || one.id !== id), stored];
      await this.#apply({ site, connection: id, what: found ? 'changed' : 'created' });
      return this.#getEntry(site);
    });
  }

  /** Replaces the rules of a site or of a connection. @param by the account, or another source of the change. */
  putRules(
    site: string,
    connection: string | undefined,
    { revision, rules: input, by }: { readonly revision: string | undefined; readonly rules: unknown; readonly by: string },
  ): Promise<SiteEntry | ChangeRejection<NotChangeable | 'no-such-connection' | 'parameter-invalid'>> {
    return this.#change(async () => {
      const entry = this.entry(site);
      if (!entry) return { refused: 'no-such-site' };
      if (revision !== undefined && revision !== entry.revision) return { refused: 'changed-meanwhile' };
      const read = parseRules(input, entry.site, connection);
      if ('refused' in read) return read;
      const rules = z.json().parse(read.rules);
      const list = { site, ...(connection !== undefined && { connection }) };
      const save = (owner: RuleOwner) => this.#ruleHistory.save({ ...list, rules: read.rules }, by, owner, this.#versioned);
      if (connection === undefined) {
        if (entry.origin === 'file' || !entry.stored) return { refused: 'file-made' };
        const stored = { ...entry.stored, config: { ...entry.stored.config, rules } };
        await save({ site: stored });
        this.#dashboardSites = [...this.#dashboardSites.filter(({ id }) => id !== site), stored];
      } else {
        const found = entry.connections.find(({ id }) => id === connection);
        if (!found) return { refused: 'no-such-connection' };
        const before = this.#dashboardConnections.find((one) => one.site === site && one.id === connection);
        if (found.origin === 'file' || !before) return { refused: 'file-made' };
        const stored = { ...before, config: { ...before.config, rules } };
        await save({ connection: stored });
        this.#dashboardConnections = [...this.#dashboardConnections.filter((one) => one !== before), stored];
      }
      await this.#apply({ ...list, what: 'rules changed', by });
      return this.#getEntry(site);
    });
  }

  /** Checks the rules of a site or of a connection without storing them. */
  readRules(
    site: string,
    connection: string | undefined,
    input: unknown,
  ): { readonly rules: readonly Rule[] } | ChangeRejection<'no-such-site' | 'parameter-invalid'> {
    const entry = this.entry(site);
    return entry ? parseRules(input, entry.site, connection) : { refused: 'no-such-site' };
  }

  /** Connects the site to the gateway's own simulator of a platform. The simulator runs already. */
  connectSimulator(
    site: string,
    destination: string,
  ): Promise<SiteEntry | ChangeRejection<'no-such-site' | 'parameter-invalid'>> {
    return this.#change(async () => {
      const entry = this.entry(site);
      if (!entry) return { refused: 'no-such-site' };
      if (entry.connections.some((one) => one.isSimulated && one.destination === destination)) return entry;
      const id = `${destination}-simulator`;
      if (entry.connections.some((one) => one.id === id)) return invalidInput([simulatorIdTaken]);
      const stored = { site, id, config: { id, destination, enabled: true, settings: {}, simulator: true }, secrets: {} };
      const read = parseStoredConnection(stored.config, {}, this.#deps.rules);
      if ('problems' in read) return invalidInput(read.problems);
      await this.#versioned.saveDashboardConnection(stored, { now: this.#deps.now() });
      this.#dashboardConnections = [...this.#dashboardConnections, stored];
      await this.#apply({ site, connection: id, what: 'connected to the simulator' });
      return this.#getEntry(site);
    });
  }

  removeConnection(site: string, id: string): Promise<SiteEntry | ChangeRejection<NotEditable | 'no-such-connection'>> {
    return this.#change(async () => {
      const entry = this.entry(site);
      const found = entry?.connections.find((one) => one.id === id);
      if (!entry) return { refused: 'no-such-site' };
      if (!found) return { refused: 'no-such-connection' };
      const isStored = this.#dashboardConnections.some((one) => one.site === site && one.id === id);
      if (!isStored) return { refused: 'file-made' };
      await this.#versioned.removeDashboardConnection(site, id);
      this.#dashboardConnections = this.#dashboardConnections.filter((one) => one.site !== site || one.id !== id);
      await this.#apply({ site, connection: id, what: 'removed' });
      if (found.origin === 'dashboard') {
        await this.#deps.store.retireConnection(site, id, this.#deps.now());
        await this.#ruleHistory.forget(site, id);
      }
      return this.#getEntry(site);
    });
  }

  /** Validates settings without storing them. If the connection exists, its secrets complete the input. */
  readConnection(
    site: string,
    id: string | undefined,
    input: ConnectionInput,
  ): ReadConnection | ChangeRejection<'parameter-invalid'> {
    const { keys, rules } = this.#deps;
    return parseConnectionInput(id ?? 'new', input, this.#findStoredConnection(site, id, input), {
      findKey: (key) => keys.find(key),
      rules,
    });
  }

  /** Completes settings with the connection's stored secrets and the config file's addresses, without validating or storing them. */
  completeSettings(
    site: string,
    id: string | undefined,
    input: ConnectionInput,
  ): { readonly settings: ConfigInput } | ChangeRejection<'parameter-invalid'> {
    const { keys, rules } = this.#deps;
    return completeConnectionInput(input, this.#findStoredConnection(site, id, input), {
      findKey: (key) => keys.find(key),
      rules,
    });
  }

  /** Returns whether the key can be rotated. A key of the environment can be if there is an earlier one to replace. */
  canRotateSecrets(): boolean {
    const { source, isChanging } = this.#deps.keys;
    return source === 'file' || isChanging;
  }

  /**
   * Encrypts all secrets with a new key, or with the current key of the environment. A crash loses nothing: earlier keys stay readable until
   * all secrets are stored. @throws ConveyError if the key cannot be changed.
   */
  rotateSecrets(): Promise<RotationResult> {
    return this.#change(async () => {
      const { keys, logger } = this.#deps;
      const rotated = await this.#reencryptSecrets(
        this.#logKeyError(() => (keys.source === 'environment' ? keys.present() : keys.renew())),
      );
      logger.info({ ...rotated }, 'secrets re-encrypted');
      return { source: keys.source, ...rotated };
    });
  }

  /** Takes in the changes of other processes on the same store. @throws ChangeNotAppliedError */
  refresh(): Promise<void> {
    return this.#changes.runExclusive(() => this.#readAgain());
  }

  /** Runs a change after the one before it, on the sites as they are stored. */
  #change<T>(work: () => Promise<T>): Promise<T> {
    return this.#changes.runExclusive(async () => {
      if (this.#deps.isMoving?.()) throw new MoveRunningError('the data is being moved into a database');
      for (let attempt = 1; ; attempt += 1) {
        // The change applies all sites, also those that could not be applied before.
        await this.#readAgain().catch(ignoreNotApplied);
        try {
          return await work();
        } catch (error) {
          if (!(error instanceof SitesChangedError) || attempt === maxAttempts) throw error;
        }
      }
    });
  }

  /** The store, as far as no other process has changed the sites since they were read. */
  get #versioned(): DashboardSiteStore & RuleChangeStore {
    const { store } = this.#deps;
    return store.atSitesVersion?.(this.#version) ?? store;
  }

  async #readAgain(): Promise<void> {
    const { store, now, recordsOtherRules = true } = this.#deps;
    const version = await store.getSitesVersion();
    if (version === this.#version && this.#isApplied) return;
    const [sites, connections] = [await store.listDashboardSites(), await store.listDashboardConnections()];
    this.#version = version;
    const isKnown = isDeepStrictEqual(toSets(sites, connections), toSets(this.#dashboardSites, this.#dashboardConnections));
    this.#dashboardSites = sites;
    this.#dashboardConnections = connections;
    if (isKnown && this.#isApplied) return;
    this.#ruleHistory = new RuleHistory(store, now);
    await this.#apply({ what: isKnown ? 'applied again' : 'changed by another process' }, recordsOtherRules);
  }

  async #reencryptSecrets(key: SecretsKey): Promise<ReencryptionCounts> {
    const { keys } = this.#deps;
    const all = { sites: this.#dashboardSites, connections: this.#dashboardConnections };
    const { sites, connections, resealed, lost } = reencryptAll(key, all, (id) => keys.find(id));
    await this.#versioned.saveSecrets(connections, sites);
    const others = (await this.#deps.reencryptOthers?.(key)) ?? { resealed: 0, lost: 0 };
    this.#dashboardSites = sites;
    this.#dashboardConnections = connections;
    keys.settle();
    this.#merged = this.#merge();
    return { resealed: resealed + others.resealed, lost: lost + others.lost };
  }

  /** Returns a key; logs an error first. @throws ConveyError if the key cannot be read or written. */
  #logKeyError(get: () => SecretsKey): SecretsKey {
    try {
      return get();
    } catch (error) {
      this.#deps.logger.error({ error: describeError(error) }, 'secrets key unusable');
      throw error;
    }
  }

  #findStoredConnection(site: string, id: string | undefined, { destination }: ConnectionInput): DashboardConnection | undefined {
    return this.#dashboardConnections.find((one) => one.site === site && one.id === id && one.config.destination === destination);
  }

  #findStored(site: string): { readonly stored: DashboardSite; readonly entry: SiteEntry } | ChangeRejection<NotEditable> {
    const entry = this.entry(site);
    if (!entry) return { refused: 'no-such-site' };
    return entry.origin === 'dashboard' && entry.stored ? { stored: entry.stored, entry } : { refused: 'file-made' };
  }

  async #putSite(stored: DashboardSite, what: string, isNew = false): Promise<SiteEntry> {
    await this.#versioned.saveDashboardSite(stored, isNew);
    this.#dashboardSites = [...this.#dashboardSites.filter(({ id }) => id !== stored.id), stored];
    await this.#apply({ site: stored.id, what });
    return this.#getEntry(stored.id);
  }

  #getEntry(site: string): SiteEntry {
    const entry = this.entry(site);
    if (!entry) throw new Error('a stored site is missing in the registry');
    return entry;
  }

  /** Applies a stored change to the running sites. */
  async #apply(change: SiteChange, recordsRules = true): Promise<void> {
    const { apply, logger } = this.#deps;
    this.#merged = this.#merge();
    this.#isApplied = false;
    logger.info(change, 'site changed');
    try {
      // Those of the config file were recorded at the start, and may be older than another process has them.
      const changed = this.sites().filter(({ id }) => this.entry(id)?.origin === 'dashboard');
      if (recordsRules) await this.#ruleHistory.record(changed, change.by ?? 'the dashboard');
      await apply(this.sites());
      this.#isApplied = true;
    } catch (error) {
      logger.error({ ...change, error: describeError(error) }, 'site change not applied');
      throw new ChangeNotAppliedError();
    }
  }

  #merge(): MergedSites {
    const { file, rules, keys } = this.#deps;
    const merged = mergeSites({
      file,
      rules,
      dashboardSites: this.#dashboardSites,
      dashboardConnections: this.#dashboardConnections,
      findKey: (id) => keys.find(id),
    });
    for (const [connection, platform] of merged.platforms) this.#platforms.set(connection, platform);
    return merged;
  }
}

function ignoreNotApplied(error: unknown): void {
  if (!(error instanceof ChangeNotAppliedError)) throw error;
}

/** Returns sites and connections so that their order does not matter. */
function toSets(sites: readonly DashboardSite[], connections: readonly DashboardConnection[]) {
  return [new Map(sites.map((one) => [one.id, one])), new Map(connections.map((one) => [`${one.site}/${one.id}`, one]))];
}

/** Parses rules and checks them against the site's browser tags, and against the rules that apply before or after them. */
function parseRules(
  input: unknown,
  { connections, tags, rules: siteRules = [] }: Site,
  connection: string | undefined,
): { readonly rules: readonly Rule[] } | ChangeRejection<'parameter-invalid'> {
  const { success, data: rules, error } = rulesSchema.safeParse(input, { reportInput: true });
  const toPath = (path: string) => `rules${path}`;
  if (!success)
    return invalidInput(error.issues.flatMap(toProblems).map(({ path, message }) => ({ path: toPath(path), message })));
  const reached = connections.filter(({ id, enabled }) => (connection === undefined ? enabled : id === connection));
  const others = connection === undefined ? connections.flatMap(({ rules: own = [] }) => own) : siteRules;
  const ids = new Set(others.map(({ id }) => id));
  const problems = [
    ...findTagConflicts(rules, reached.map(toReportingConnection), tags),
    ...rules.flatMap(({ id }, index) => (ids.has(id) ? [{ index, field: 'id', message: sharedIdMessage }] : [])),
  ];
  if (problems.length === 0) return { rules };
  return invalidInput(problems.map(({ index, field, message }) => ({ path: toPath(`[${index}].${field}`), message })));
}

/** Finds rules of a stored site and its connections that conflict with the site's browser tags. */
function findStoredConflicts(stored: DashboardSite, connections: readonly Connection[]): readonly ConfigProblem[] {
  const read = parseStoredSite(stored);
  return 'site' in read ? findRuleConflicts({ ...read.site, connections }, '') : [];
}

const secretKnown: ConfigProblem = { path: 'secret', message: 'Is already stored. Enter the secret that the shop shows now.' };
const simulatorFixed: ConfigProblem = {
  path: 'settings',
  message: 'Belong to the simulator. Remove this connection, then add one with your own settings.',
};
const simulatorIdTaken: ConfigProblem = {
  path: 'destination',
  message: 'A connection has the id that the simulator would get. Remove that connection first.',
};
const destinationStays: ConfigProblem = {
  path: 'destination',
  message: 'Cannot be changed. Create another connection with a new id, or remove this connection first.',
};
