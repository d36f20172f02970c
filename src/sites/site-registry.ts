import { Mutex } from 'async-mutex';
import type { SecretsKey } from '../config/master-key.ts';
import { webhookSecret } from '../config/schema.ts';
import type { ConfigProblem } from '../config/sites.ts';
import type { BoundDestination } from '../destinations/kit/destination.ts';
import type { Connection, Site } from '../event/site.ts';
import type { UnixMs } from '../event/units.ts';
import { describeError, type Logger } from '../logger.ts';
import type { DashboardConnection, DashboardSite, DashboardSiteStore } from '../storage/store/dashboard-sites.ts';
import { dropRefusedValues } from './drop-refused-values.ts';
import { encryptSecret } from './envelope-encryption.ts';
import type { KeyRing } from './key-ring.ts';
import { type MergedSites, mergeSites, type SiteEntry, type SiteSources } from './merge-sites.ts';
import {
  type ChangeRejected,
  type ConfigInput,
  type ConnectionInput,
  invalidInput,
  parseConnectionInput,
  parseSiteInput,
  type ReadConnection,
} from './site-input.ts';
import { addKey, addWebhookSecret, type NewKey, newWriteKey, removeKey, removeWebhookSecret } from './site-keys.ts';
import { encryptSecrets, reencryptAll } from './site-secrets.ts';
import { applyMergePatch, type ConnectionRules } from './stored-sites.ts';

/** What the site book needs from the gateway. */
export interface SiteBookParts {
  readonly file: SiteSources['file'];
  readonly rules: ConnectionRules;
  readonly store: DashboardSiteStore;
  readonly keys: KeyRing;
  /** Whether anything is kept of a site of this id that is in no book any more. */
  readonly wasThere: (site: string) => Promise<boolean>;
  /** Has everything that runs take these sites up in place of those before. Not called before the book is open. */
  readonly apply: (sites: readonly Site[]) => Promise<void>;
  readonly now: () => UnixMs;
  readonly logger: Logger;
}

type NotMade = 'no-such-site' | 'file-made';
type NotChangeable = NotMade | 'changed-meanwhile';

/** It is kept, and not everything that runs has taken it up: the next start does. */
export class ChangeNotAppliedError extends Error {
  override readonly name = 'ChangeNotAppliedError';
}

/** What became of sealing all secrets under another key. */
export interface RotationResult {
  readonly source: KeyRing['source'];
  /** Secrets that are sealed under the present key now, and were under another. */
  readonly resealed: number;
  /** Secrets whose key is missing: they stay as they are. */
  readonly lost: number;
}

/**
 * Every site as it is set: those of the config file, and those that were made in the dashboard, which it changes while all runs. Changes
 * are done one after another: each is durable first, and then taken up. @throws NotApplied, from every change.
 */
export class SiteRegistry {
  readonly #parts: SiteBookParts;
  #madeSites: readonly DashboardSite[];
  #madeConnections: readonly DashboardConnection[];
  #now: MergedSites;
  readonly #changes = new Mutex();
  /** Connections that are gone by now may still be asked for, by whoever has one in hand. */
  readonly #platforms = new WeakMap<Connection, BoundDestination>();

  /** Of what is kept; `open` reads it. */
  constructor(parts: SiteBookParts, madeSites: readonly DashboardSite[], madeConnections: readonly DashboardConnection[]) {
    this.#parts = parts;
    this.#madeSites = madeSites;
    this.#madeConnections = madeConnections;
    this.#now = this.#compose();
  }

  /** Whatever cannot run is left out, and logged: it keeps nothing else from starting. */
  static async open(parts: SiteBookParts): Promise<SiteRegistry> {
    const { store, keys, logger } = parts;
    const book = new SiteRegistry(parts, await store.listDashboardSites(), await store.listDashboardConnections());
    if (keys.problem !== undefined) logger.error({ problem: keys.problem }, 'the key for secrets cannot be used');
    if (keys.risk !== undefined) logger.warn({ risk: keys.risk }, 'key file readable by other users');
    // A change of the key was interrupted: what is left of it is done now.
    if (keys.source === 'file' && keys.isChanging)
      await book
        .#sealAllUnder(keys.present())
        .catch((error: unknown) =>
          logger.error({ error: describeError(error) }, 'a change of the key for secrets could not be ended'),
        );
    for (const { site, origin, runs, problem, lostSecrets, connections } of book.entries()) {
      if (lostSecrets.length > 0)
        logger.error(
          { site: site.id },
          "a secret of the site's webhooks does not open: they are refused until it is entered again",
        );
      if (problem !== undefined && runs && origin === 'dashboard')
        logger.warn({ site: site.id, problem }, 'stored settings of the site are ignored');
      else if (problem !== undefined) logger.error({ site: site.id, problem }, 'a site of the dashboard is left out');
      for (const one of connections)
        if (one.problem !== undefined)
          logger.error({ site: site.id, connection: one.id, problem: one.problem }, 'a connection of the dashboard is left out');
    }
    const orphans = book.#madeConnections.filter(({ site }) => !book.entry(site));
    for (const { site, id } of orphans)
      logger.warn(
        { site, connection: id },
        'a connection of the dashboard waits for its site, which the config file has no more',
      );
    return book;
  }

  /** Those that run, by now. */
  sites(): readonly Site[] {
    return this.#now.entries.filter(({ runs }) => runs).map(({ site }) => site);
  }

  /** All of them, with what is wrong. */
  entries(): readonly SiteEntry[] {
    return this.#now.entries;
  }

  entry(site: string): SiteEntry | undefined {
    return this.#now.entries.find((entry) => entry.site.id === site);
  }

  platformOf(connection: Connection): BoundDestination {
    const platform = this.#platforms.get(connection);
    if (!platform) throw new Error(`connection ${connection.id} is in no book`);
    return platform;
  }

  makeSite({ id, ...given }: ConfigInput): Promise<SiteEntry | ChangeRejected<'parameter-invalid' | 'site-exists'>> {
    return this.#changes.runExclusive(async () => {
      const written = { ...applyMergePatch({}, given), id, writeKey: newWriteKey() };
      const read = parseSiteInput(written, { secretKeys: [], oldWriteKeys: [], webhookSecrets: [] });
      if ('refused' in read) return read;
      const isKnown = this.entry(read.id) !== undefined || this.#madeConnections.some(({ site }) => site === read.id);
      if (isKnown || (await this.#parts.wasThere(read.id))) return { refused: 'site-exists' };
      return this.#putSite(read, 'made');
    });
  }

  changeSite(
    id: string,
    revision: string | undefined,
    changes: ConfigInput,
  ): Promise<SiteEntry | ChangeRejected<NotChangeable | 'parameter-invalid'>> {
    return this.#changes.runExclusive(async () => {
      const found = this.#made(id);
      if ('refused' in found) return found;
      if (revision !== undefined && revision !== found.entry.revision) return { refused: 'changed-meanwhile' };
      const { written } = dropRefusedValues(found.made.config);
      const read = parseSiteInput(applyMergePatch(written, changes), found.made);
      return 'refused' in read ? read : this.#putSite(read, 'changed');
    });
  }

  /** With its connections. Where the config file has a site of this id, what the dashboard has beside it. */
  removeSite(id: string): Promise<'done' | ChangeRejected<NotMade>> {
    return this.#changes.runExclusive(async () => {
      const entry = this.entry(id);
      if (!entry) return { refused: 'no-such-site' };
      if (!entry.made) return { refused: 'file-made' };
      const whole = entry.origin === 'dashboard';
      await this.#parts.store.removeDashboardSite(id, whole);
      this.#madeSites = this.#madeSites.filter((one) => one.id !== id);
      const gone = whole ? this.#madeConnections.filter(({ site }) => site === id) : [];
      this.#madeConnections = this.#madeConnections.filter((one) => !gone.includes(one));
      await this.#take({ site: id, what: 'removed' });
      for (const one of gone) await this.#parts.store.retireConnection(id, one.id, this.#parts.now());
      return 'done';
    });
  }

  /** Answers the key, which is told here alone, and its id. */
  makeKey(site: string, kind: 'write' | 'secret'): Promise<NewKey | ChangeRejected<NotMade | 'too-many-keys'>> {
    return this.#changes.runExclusive(async () => {
      const found = this.#made(site);
      if ('refused' in found) return found;
      const made = addKey(found.made, kind, found.entry.site.writeKey, this.#parts.now());
      if (made === 'too-many-keys') return { refused: made };
      await this.#putSite(made.made, `given a ${kind} key`);
      return { id: made.id, key: made.key };
    });
  }

  /** A secret key by its id, or an old write key. */
  removeKey(site: string, key: string): Promise<'done' | ChangeRejected<NotMade | 'no-such-key'>> {
    return this.#changes.runExclusive(async () => {
      const found = this.#made(site);
      if ('refused' in found) return found;
      const made = removeKey(found.made, key);
      if (!made) return { refused: 'no-such-key' };
      await this.#putSite(made, 'rid of a key');
      return 'done';
    });
  }

  /** Takes on what the shop signs its webhooks with, beside the one before, where there is one. */
  addWebhookSecret(
    site: string,
    given: string,
  ): Promise<SiteEntry | ChangeRejected<NotMade | 'parameter-invalid' | 'too-many-keys'>> {
    return this.#changes.runExclusive(async () => {
      const found = this.#made(site);
      if ('refused' in found) return found;
      const { success, data: secret, error } = webhookSecret.safeParse(given);
      if (!success) return invalidInput(error.issues.map(({ message }) => ({ path: 'secret', message })));
      if (found.entry.site.webhooks.secrets.includes(secret)) return invalidInput([secretKnown]);
      const key = this.#key(() => this.#parts.keys.present());
      const sealed = (id: string) => encryptSecret(secret, { site, webhookSecret: id }, key);
      const made = addWebhookSecret(found.made, this.#parts.now(), sealed);
      return made === 'too-many-keys' ? { refused: made } : this.#putSite(made, 'given a secret of its webhooks');
    });
  }

  removeWebhookSecret(site: string, id: string): Promise<SiteEntry | ChangeRejected<NotMade | 'no-such-key'>> {
    return this.#changes.runExclusive(async () => {
      const found = this.#made(site);
      if ('refused' in found) return found;
      const made = removeWebhookSecret(found.made, id);
      return made ? this.#putSite(made, 'rid of a secret of its webhooks') : { refused: 'no-such-key' };
    });
  }

  /** Makes a connection of any site, or changes one. Secrets that are left out stay as they are. */
  putConnection(
    site: string,
    id: string,
    revision: string | undefined,
    given: ConnectionInput,
  ): Promise<SiteEntry | ChangeRejected<NotChangeable | 'parameter-invalid'>> {
    return this.#changes.runExclusive(async () => {
      const entry = this.entry(site);
      const found = entry?.connections.find((one) => one.id === id);
      if (!entry) return { refused: 'no-such-site' };
      if (found?.origin === 'file') return { refused: 'file-made' };
      if (revision !== undefined && revision !== entry.revision) return { refused: 'changed-meanwhile' };
      if (found && found.destination !== given.destination) return invalidInput([destinationStays]);
      const read = this.readConnection(site, id, { ...given, enabled: given.enabled ?? found?.enabled });
      if ('refused' in read) return read;
      const { written, secrets } = read;
      const key = this.#key(() => this.#parts.keys.present());
      const made = { site, id, config: written, secrets: encryptSecrets(secrets, { site, connection: id }, key) };
      await this.#parts.store.saveDashboardConnection(made, found ? undefined : { now: this.#parts.now() });
      this.#madeConnections = [...this.#madeConnections.filter((one) => one.site !== site || one.id !== id), made];
      await this.#take({ site, connection: id, what: found ? 'changed' : 'made' });
      return this.#entryOf(site);
    });
  }

  removeConnection(site: string, id: string): Promise<SiteEntry | ChangeRejected<NotMade | 'no-such-connection'>> {
    return this.#changes.runExclusive(async () => {
      const entry = this.entry(site);
      const found = entry?.connections.find((one) => one.id === id);
      if (!entry) return { refused: 'no-such-site' };
      if (!found) return { refused: 'no-such-connection' };
      const isMade = this.#madeConnections.some((one) => one.site === site && one.id === id);
      if (!isMade) return { refused: 'file-made' };
      await this.#parts.store.removeDashboardConnection(site, id);
      this.#madeConnections = this.#madeConnections.filter((one) => one.site !== site || one.id !== id);
      await this.#take({ site, connection: id, what: 'removed' });
      if (found.origin === 'dashboard') await this.#parts.store.retireConnection(site, id, this.#parts.now());
      return this.#entryOf(site);
    });
  }

  /** Reads settings without keeping them: those of a connection that is there, whose secrets stand where none are given, or of a new one. */
  readConnection(
    site: string,
    id: string | undefined,
    given: ConnectionInput,
  ): ReadConnection | ChangeRejected<'parameter-invalid'> {
    const isIt = (one: DashboardConnection) => one.site === site && one.id === id && one.config.destination === given.destination;
    const { keys, rules } = this.#parts;
    return parseConnectionInput(id ?? 'new', given, this.#madeConnections.find(isIt), {
      findKey: (key) => keys.find(key),
      rules,
    });
  }

  /** Not where the environment gives one key alone, and nothing that it could take the place of. */
  canRotateSecrets(): boolean {
    const { source, isChanging } = this.#parts.keys;
    return source === 'file' || isChanging;
  }

  /**
   * Seals every secret under a new key, while all runs; of the environment, under the one that stands there now. A crash in the
   * middle loses nothing: the keys before stay readable until all is done. @throws ConveyError where the key cannot be changed.
   */
  rotateSecrets(): Promise<RotationResult> {
    return this.#changes.runExclusive(async () => {
      const { keys, logger } = this.#parts;
      const rotated = await this.#sealAllUnder(this.#key(() => (keys.source === 'environment' ? keys.present() : keys.renew())));
      logger.info({ ...rotated }, 'secrets sealed under another key');
      return { source: keys.source, ...rotated };
    });
  }

  async #sealAllUnder(key: SecretsKey): Promise<Omit<RotationResult, 'source'>> {
    const { store, keys } = this.#parts;
    const all = { sites: this.#madeSites, connections: this.#madeConnections };
    const { sites, connections, resealed, lost } = reencryptAll(key, all, (id) => keys.find(id));
    await store.saveSecrets(connections, sites);
    this.#madeSites = sites;
    this.#madeConnections = connections;
    keys.settle();
    this.#now = this.#compose();
    return { resealed, lost };
  }

  /** @throws ConveyError where the key cannot be read or written, once it is logged. */
  #key(get: () => SecretsKey): SecretsKey {
    try {
      return get();
    } catch (error) {
      this.#parts.logger.error({ error: describeError(error) }, 'the key for secrets cannot be used');
      throw error;
    }
  }

  #made(site: string): { readonly made: DashboardSite; readonly entry: SiteEntry } | ChangeRejected<NotMade> {
    const entry = this.entry(site);
    if (!entry) return { refused: 'no-such-site' };
    return entry.origin === 'dashboard' && entry.made ? { made: entry.made, entry } : { refused: 'file-made' };
  }

  async #putSite(made: DashboardSite, what: string): Promise<SiteEntry> {
    await this.#parts.store.saveDashboardSite(made);
    this.#madeSites = [...this.#madeSites.filter(({ id }) => id !== made.id), made];
    await this.#take({ site: made.id, what });
    return this.#entryOf(made.id);
  }

  #entryOf(site: string): SiteEntry {
    const entry = this.entry(site);
    if (!entry) throw new Error('a site that was just put is in the book');
    return entry;
  }

  /** The store has it: now everything that runs takes it up. */
  async #take(change: { readonly site: string; readonly connection?: string; readonly what: string }): Promise<void> {
    const { apply, logger } = this.#parts;
    this.#now = this.#compose();
    logger.info(change, 'site changed');
    try {
      await apply(this.sites());
    } catch (error) {
      logger.error({ ...change, error: describeError(error) }, 'a change of a site is kept, and was not taken up');
      throw new ChangeNotAppliedError();
    }
  }

  #compose(): MergedSites {
    const { file, rules, keys } = this.#parts;
    const composition = mergeSites({
      file,
      rules,
      madeSites: this.#madeSites,
      madeConnections: this.#madeConnections,
      findKey: (id) => keys.find(id),
    });
    for (const [connection, platform] of composition.platforms) this.#platforms.set(connection, platform);
    return composition;
  }
}

const secretKnown: ConfigProblem = { path: 'secret', message: 'Is known already. Enter the one that the shop shows now.' };
const destinationStays: ConfigProblem = {
  path: 'destination',
  message: 'Stays as it is. Remove the connection and make another, or make one of another id.',
};
