import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { ConfigProblem } from '../config-sites.ts';
import { findDestination } from '../destinations/destinations.ts';
import type { Platform } from '../destinations/kit/destination.ts';
import type { Issue } from '../event/issue.ts';
import type { Connection, Site } from '../event/site.ts';
import type { UnixMs } from '../event/units.ts';
import { sha256 } from '../identity/hash.ts';
import type { MadeConnection, MadeSite, MadeStore, Written } from '../store/made.ts';
import { describeError, type Logger } from '../telemetry.ts';
import { type Composition, compose, openSecrets, type SiteEntry, type Sources } from './compose.ts';
import type { KeyRing } from './key-ring.ts';
import { keyIdOf, reseal, seal } from './sealed.ts';
import type { SecretsKey } from './secrets-key.ts';
import { type ConnectionRules, readConnection, readSite, withChanges } from './written.ts';

/** What the site book needs from the gateway. */
export interface SiteBookParts {
  readonly file: Sources['file'];
  readonly rules: ConnectionRules;
  readonly store: MadeStore;
  readonly keys: KeyRing;
  /** Whether anything is kept of a site of this id that is in no book any more. */
  readonly wasThere: (site: string) => Promise<boolean>;
  /** Has everything that runs take these sites up in place of those before. Not called before the book is open. */
  readonly apply: (sites: readonly Site[]) => Promise<void>;
  readonly now: () => UnixMs;
  readonly logger: Logger;
}

/** Why nothing was changed: the code of an error. */
export interface Refused<Code extends string> {
  readonly refused: Code;
  readonly issues?: readonly Issue[];
}

type NotMade = 'no-such-site' | 'file-made';
type NotChangeable = NotMade | 'changed-meanwhile';

/** It is kept, and not everything that runs has taken it up: the next start does. */
export class NotApplied extends Error {
  override readonly name = 'NotApplied';
}

/** What somebody gives for a site, in the config file's form; null takes a member away. */
export type Given = Readonly<Record<string, unknown>>;

export interface GivenConnection {
  readonly destination: string;
  readonly enabled?: boolean;
  readonly settings: Given;
}

/** What became of sealing all secrets under another key. */
export interface Rotated {
  readonly source: KeyRing['source'];
  /** Secrets that are sealed under the present key now, and were under another. */
  readonly resealed: number;
  /** Secrets whose key is missing: they stay as they are. */
  readonly lost: number;
}

/** At most; beyond that nobody knows any more who has which. */
const maxKeys = 20;
const writtenSchema = z.record(z.string(), z.json());

/**
 * Every site as it is set: those of the config file, and those that were made in the dashboard, which it changes while all runs. Changes
 * are done one after another: each is durable first, and then taken up. @throws NotApplied, from every change.
 */
export class SiteBook {
  readonly #parts: SiteBookParts;
  #madeSites: readonly MadeSite[];
  #madeConnections: readonly MadeConnection[];
  #now: Composition;
  #last: Promise<unknown> = Promise.resolve();
  /** Connections that are gone by now may still be asked for, by whoever has one in hand. */
  readonly #platforms = new WeakMap<Connection, Platform>();

  /** Of what is kept; `open` reads it. */
  constructor(parts: SiteBookParts, madeSites: readonly MadeSite[], madeConnections: readonly MadeConnection[]) {
    this.#parts = parts;
    this.#madeSites = madeSites;
    this.#madeConnections = madeConnections;
    this.#now = this.#compose();
  }

  /** Whatever cannot run is left out, and logged: it keeps nothing else from starting. */
  static async open(parts: SiteBookParts): Promise<SiteBook> {
    const { store, keys, logger } = parts;
    const book = new SiteBook(parts, await store.madeSites(), await store.madeConnections());
    // A change of the key was interrupted: what is left of it is done now.
    if (keys.source === 'file' && keys.isChanging) await book.#sealAllUnder(keys.present());
    for (const { site, problem, connections } of book.entries()) {
      if (problem !== undefined) logger.error({ site: site.id, problem }, 'a site of the dashboard is left out');
      for (const one of connections)
        if (one.problem !== undefined)
          logger.error({ site: site.id, connection: one.id, problem: one.problem }, 'a connection of the dashboard is left out');
    }
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

  platformOf(connection: Connection): Platform {
    const platform = this.#platforms.get(connection);
    if (!platform) throw new Error(`connection ${connection.id} is in no book`);
    return platform;
  }

  makeSite({ id, ...given }: Given): Promise<SiteEntry | Refused<'parameter-invalid' | 'site-exists'>> {
    return this.#inTurn(async () => {
      const written = { ...withChanges({}, given), id, writeKey: `wk_${randomBytes(18).toString('base64url')}` };
      const read = this.#readSite(written, [], []);
      if ('refused' in read) return read;
      if (this.entry(read.id) || (await this.#parts.wasThere(read.id))) return { refused: 'site-exists' };
      return this.#putSite(read, 'made');
    });
  }

  changeSite(
    id: string,
    revision: string | undefined,
    changes: Given,
  ): Promise<SiteEntry | Refused<NotChangeable | 'parameter-invalid'>> {
    return this.#inTurn(async () => {
      const found = this.#made(id);
      if ('refused' in found) return found;
      if (revision !== undefined && revision !== found.entry.revision) return { refused: 'changed-meanwhile' };
      const { written, secretKeys, oldWriteKeys } = found.made;
      const read = this.#readSite(withChanges(written, changes), secretKeys, oldWriteKeys);
      return 'refused' in read ? read : this.#putSite(read, 'changed');
    });
  }

  /** With its connections. Where the config file has a site of this id, what the dashboard has beside it. */
  removeSite(id: string): Promise<'done' | Refused<NotMade>> {
    return this.#inTurn(async () => {
      const entry = this.entry(id);
      if (!entry) return { refused: 'no-such-site' };
      if (!entry.made) return { refused: 'file-made' };
      const whole = entry.origin === 'dashboard';
      await this.#parts.store.removeMadeSite(id, whole);
      this.#madeSites = this.#madeSites.filter((one) => one.id !== id);
      const gone = whole ? this.#madeConnections.filter(({ site }) => site === id) : [];
      this.#madeConnections = this.#madeConnections.filter((one) => !gone.includes(one));
      await this.#take({ site: id, what: 'removed' });
      for (const one of gone) await this.#parts.store.retire(id, one.id, this.#parts.now());
      return 'done';
    });
  }

  /** Answers the key, which is told here alone, and its id. */
  makeKey(
    site: string,
    kind: 'write' | 'secret',
  ): Promise<{ readonly id: string; readonly key: string } | Refused<NotMade | 'too-many-keys'>> {
    return this.#inTurn(async () => {
      const found = this.#made(site);
      if ('refused' in found) return found;
      const { made } = found;
      const { secretKeys, oldWriteKeys, written } = made;
      if ((kind === 'secret' ? secretKeys : oldWriteKeys).length >= maxKeys) return { refused: 'too-many-keys' };
      const at = this.#parts.now();
      if (kind === 'secret') {
        const key = `sk_${randomBytes(32).toString('base64url')}`;
        const id = randomBytes(6).toString('hex');
        const entry = { id, hash: sha256(key), createdAt: at };
        await this.#putSite({ ...made, secretKeys: [...secretKeys, entry] }, 'given a secret key');
        return { id, key };
      }
      const key = `wk_${randomBytes(18).toString('base64url')}`;
      const old = { key: found.entry.site.writeKey, retiredAt: at };
      const next = { ...made, written: { ...written, writeKey: key }, oldWriteKeys: [...oldWriteKeys, old] };
      await this.#putSite(next, 'given a write key');
      return { id: key, key };
    });
  }

  /** A secret key by its id, or an old write key. */
  removeKey(site: string, key: string): Promise<'done' | Refused<NotMade | 'no-such-key'>> {
    return this.#inTurn(async () => {
      const found = this.#made(site);
      if ('refused' in found) return found;
      const { made } = found;
      const secretKeys = made.secretKeys.filter(({ id }) => id !== key);
      const oldWriteKeys = made.oldWriteKeys.filter((old) => old.key !== key);
      if (secretKeys.length + oldWriteKeys.length === made.secretKeys.length + made.oldWriteKeys.length)
        return { refused: 'no-such-key' };
      await this.#putSite({ ...made, secretKeys, oldWriteKeys }, 'rid of a key');
      return 'done';
    });
  }

  /** Makes a connection of any site, or changes one. Secrets that are left out stay as they are. */
  putConnection(
    site: string,
    id: string,
    revision: string | undefined,
    given: GivenConnection,
  ): Promise<SiteEntry | Refused<NotChangeable | 'parameter-invalid'>> {
    return this.#inTurn(async () => {
      const entry = this.entry(site);
      const found = entry?.connections.find((one) => one.id === id);
      if (!entry) return { refused: 'no-such-site' };
      if (found?.origin === 'file') return { refused: 'file-made' };
      if (revision !== undefined && revision !== entry.revision) return { refused: 'changed-meanwhile' };
      if (found && found.destination !== given.destination) return invalid([destinationStays]);
      const read = this.readGiven(site, id, given);
      if ('refused' in read) return read;
      const { written, secrets } = read;
      const key = this.#parts.keys.present();
      const sealed = Object.entries(secrets).map(([setting, secret]) => {
        const place = { site, connection: id, setting };
        return [setting, seal(JSON.stringify(secret), place, key)] as const;
      });
      const made = { site, id, written, secrets: Object.fromEntries(sealed) };
      await this.#parts.store.putMadeConnection(made, found ? undefined : { now: this.#parts.now() });
      this.#madeConnections = [...this.#madeConnections.filter((one) => one.site !== site || one.id !== id), made];
      await this.#take({ site, connection: id, what: found ? 'changed' : 'made' });
      return this.#entryOf(site);
    });
  }

  removeConnection(site: string, id: string): Promise<SiteEntry | Refused<NotMade | 'no-such-connection'>> {
    return this.#inTurn(async () => {
      const entry = this.entry(site);
      const found = entry?.connections.find((one) => one.id === id);
      if (!entry) return { refused: 'no-such-site' };
      if (!found) return { refused: 'no-such-connection' };
      const isMade = this.#madeConnections.some((one) => one.site === site && one.id === id);
      if (!isMade) return { refused: 'file-made' };
      await this.#parts.store.removeMadeConnection(site, id);
      this.#madeConnections = this.#madeConnections.filter((one) => one.site !== site || one.id !== id);
      await this.#take({ site, connection: id, what: 'removed' });
      if (found.origin === 'dashboard') await this.#parts.store.retire(site, id, this.#parts.now());
      return this.#entryOf(site);
    });
  }

  /**
   * Reads what somebody gives for a connection, with the secrets that the connection of this id has and that they left out. Nothing
   * is changed.
   */
  readGiven(
    site: string,
    id: string | undefined,
    { destination, enabled = true, settings }: GivenConnection,
  ):
    | { readonly platform: Platform; readonly written: Written; readonly secrets: Readonly<Record<string, unknown>> }
    | Refused<'parameter-invalid'> {
    const { secrets: names = [], fileOnly = [] } = findDestination(destination) ?? {};
    const before = this.#madeConnections.find(
      (one) => one.site === site && one.id === id && one.written.destination === destination,
    );
    const { opened, lost } = before ? openSecrets(before, (key) => this.#parts.keys.find(key)) : { opened: {}, lost: [] };
    const given = Object.entries(settings);
    const isSecret = ([name]: readonly [string, unknown]) => names.includes(name);
    const secrets = { ...opened, ...Object.fromEntries(given.filter((one) => isSecret(one))) };
    const forbidden = given.flatMap(([name]) => (fileOnly.includes(name) ? [onlyInFile(name)] : []));
    const shown = Object.fromEntries(given.filter((one) => !isSecret(one)));
    const written = writtenSchema.safeParse({ id: id ?? 'new', destination, enabled, settings: shown });
    if (!written.success || forbidden.length > 0) return invalid(forbidden);
    const read = readConnection(written.data, secrets, this.#parts.rules);
    if ('connection' in read) return { platform: read.platform, written: written.data, secrets };
    const isLost = ({ path }: ConfigProblem) => lost.some((one) => one.path === path);
    return invalid([...read.problems.filter((one) => !isLost(one)), ...lost.filter(({ path }) => !(path.slice(9) in secrets))]);
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
  rotateSecrets(): Promise<Rotated> {
    return this.#inTurn(async () => {
      const { keys, logger } = this.#parts;
      const rotated = await this.#sealAllUnder(keys.source === 'environment' ? keys.present() : keys.renew());
      logger.info({ ...rotated }, 'secrets sealed under another key');
      return { source: keys.source, ...rotated };
    });
  }

  async #sealAllUnder(key: SecretsKey): Promise<Omit<Rotated, 'source'>> {
    const { store, keys } = this.#parts;
    let [resealed, lost] = [0, 0];
    const all = this.#madeConnections.map((one) => {
      const secrets = Object.entries(one.secrets).map(([setting, sealed]) => {
        if (keyIdOf(sealed) === key.id) return [setting, sealed] as const;
        const next = reseal(sealed, { site: one.site, connection: one.id, setting }, (id) => keys.find(id), key);
        if (next === undefined) lost += 1;
        else resealed += 1;
        return [setting, next ?? sealed] as const;
      });
      return { ...one, secrets: Object.fromEntries(secrets) };
    });
    await store.putMadeSecrets(all);
    this.#madeConnections = all;
    keys.settle();
    this.#now = this.#compose();
    return { resealed, lost };
  }

  #made(site: string): { readonly made: MadeSite; readonly entry: SiteEntry } | Refused<NotMade> {
    const entry = this.entry(site);
    if (!entry) return { refused: 'no-such-site' };
    return entry.origin === 'dashboard' && entry.made ? { made: entry.made, entry } : { refused: 'file-made' };
  }

  #readSite(
    given: Readonly<Record<string, unknown>>,
    secretKeys: MadeSite['secretKeys'],
    oldWriteKeys: MadeSite['oldWriteKeys'],
  ): MadeSite | Refused<'parameter-invalid'> {
    const written = writtenSchema.safeParse(given);
    if (!written.success) return invalid([]);
    const made = { id: String(written.data.id), written: written.data, secretKeys, oldWriteKeys };
    const read = readSite(made);
    return 'problems' in read ? invalid(read.problems) : made;
  }

  async #putSite(made: MadeSite, what: string): Promise<SiteEntry> {
    await this.#parts.store.putMadeSite(made);
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
      throw new NotApplied();
    }
  }

  #compose(): Composition {
    const { file, rules, keys } = this.#parts;
    const composition = compose({
      file,
      rules,
      madeSites: this.#madeSites,
      madeConnections: this.#madeConnections,
      findKey: (id) => keys.find(id),
    });
    for (const [connection, platform] of composition.platforms) this.#platforms.set(connection, platform);
    return composition;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work, work);
    this.#last = turn;
    return turn;
  }
}

function invalid(problems: readonly ConfigProblem[]): Refused<'parameter-invalid'> {
  const issues = problems.map(({ path, message }) => ({ field: path, code: 'parameter-invalid', message }));
  return { refused: 'parameter-invalid', issues };
}

const destinationStays: ConfigProblem = {
  path: 'destination',
  message: 'Stays as it is. Remove the connection and make another, or make one of another id.',
};

function onlyInFile(name: string): ConfigProblem {
  return { path: `settings.${name}`, message: 'Is said only in the config file, under `endpoints`. Leave it out here.' };
}
