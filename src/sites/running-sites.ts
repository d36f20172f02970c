import { isDeepStrictEqual } from 'node:util';
import { Mutex } from 'async-mutex';
import type { BoundDestination } from '../destinations/kit/destination.ts';
import type { Connection, Site } from '../event/site.ts';
import type { UnixMs } from '../event/units.ts';
import { describeError, type Logger } from '../logger.ts';
import type { ConsumerId } from '../storage/ports/consumer-id.ts';
import {
  type DashboardConnection,
  type DashboardSite,
  type DashboardSiteStore,
  type DistrustedKey,
  SitesChangedError,
} from '../storage/ports/dashboard-sites.ts';
import type { RuleChangeStore, SiteStore } from '../storage/ports/rule-changes.ts';
import type { KeyRing } from './key-ring.ts';
import { deriveLinkKeys } from './link-keys.ts';
import { type MergedSites, mergeSites, type SiteEntry, type SiteSources } from './merge-sites.ts';
import { RuleHistory } from './rule-history.ts';
import type { ConnectionRules } from './stored-sites.ts';

export interface RunningSitesDeps {
  readonly file: SiteSources['file'];
  readonly rules: ConnectionRules;
  readonly store: SiteStore;
  readonly keys: KeyRing;
  /** Replaces the running sites. Not called before the registry is open. */
  readonly apply: (sites: readonly Site[]) => Promise<void>;
  /** Returns whether the data is being moved into a database. New gateways have a copy of the sites then, which must stay true. */
  readonly isMoving?: () => boolean;
  /** Whether rules of the config file and of other processes are recorded, as by default. If not, another process on the store does it. */
  readonly recordsOtherRules?: boolean;
  readonly now: () => UnixMs;
  readonly logger: Logger;
}

/** The sites and connections of the dashboard, as they are stored. */
export interface StoredSites {
  readonly sites: readonly DashboardSite[];
  readonly connections: readonly DashboardConnection[];
  readonly distrusted: readonly DistrustedKey[];
  /** The consumers of the connections whose account takes late purchases. Absent: not known. */
  readonly lateAccounts?: readonly ConsumerId[] | undefined;
}

/** Reads the stored sites and connections. */
export async function readStoredSites(store: SiteStore): Promise<StoredSites> {
  return {
    sites: await store.listDashboardSites(),
    connections: await store.listDashboardConnections(),
    lateAccounts: await store.listLateAccounts(),
    distrusted: await store.listDistrustedKeys(),
  };
}

/** A stored change, as the log has it. */
interface SiteChange {
  readonly site?: string;
  readonly connection?: string;
  readonly what: string;
  readonly by?: string;
}

/** The change is saved but could not be applied to the running consumers. It takes effect on restart. */
export class ChangeNotAppliedError extends Error {
  override readonly name = 'ChangeNotAppliedError';
}

/** The data is being moved into a database, so sites cannot be changed. */
export class MoveRunningError extends Error {
  override readonly name = 'MoveRunningError';
}

/** A change is decided again this often when other processes change sites at the same time. */
const maxAttempts = 5;

/**
 * The sites that run: those of the config file, and the stored ones as this process has read them. Changes run one after another; each is
 * stored durably and then applied. @throws ChangeNotAppliedError, MoveRunningError from every change.
 */
export class RunningSites {
  readonly #deps: RunningSitesDeps;
  #stored: StoredSites;
  #merged: MergedSites;
  readonly #changes = new Mutex();
  #ruleHistory: RuleHistory;
  /** The version of the stored sites that this process has read. */
  #version: number;
  /** Unset while other sites run than these. The next change or refresh applies them again. */
  #isApplied = true;
  /** Includes removed connections, because a caller may still use one. */
  readonly #platforms = new WeakMap<Connection, BoundDestination>();

  constructor(deps: RunningSitesDeps, stored: StoredSites, version: number) {
    this.#deps = deps;
    this.#ruleHistory = new RuleHistory(deps.store, deps.now);
    this.#stored = stored;
    this.#version = version;
    this.#merged = this.#merge();
  }

  get stored(): StoredSites {
    return this.#stored;
  }

  get ruleHistory(): RuleHistory {
    return this.#ruleHistory;
  }

  /** Returns the running sites: the same list until one changes. */
  list(): readonly Site[] {
    return this.#merged.running;
  }

  /** Returns all configured sites, with their problems. */
  entries(): readonly SiteEntry[] {
    return this.#merged.entries;
  }

  findEntry(site: string): SiteEntry | undefined {
    return this.#merged.entries.find((entry) => entry.site.id === site);
  }

  getEntry(site: string): SiteEntry {
    const entry = this.findEntry(site);
    if (!entry) throw new Error('a stored site is missing in the registry');
    return entry;
  }

  getPlatform(connection: Connection): BoundDestination {
    const platform = this.#platforms.get(connection);
    if (!platform) throw new Error(`connection ${connection.id} is unknown`);
    return platform;
  }

  /** Takes in the changes of other processes on the same store. @throws ChangeNotAppliedError */
  refresh(): Promise<void> {
    return this.#changes.runExclusive(() => this.#readAgain());
  }

  /** Takes in which connections have an account that takes late purchases. @throws ChangeNotAppliedError */
  refreshLateAccounts(): Promise<void> {
    return this.#changes.runExclusive(async () => {
      const lateAccounts = await this.#deps.store.listLateAccounts();
      if (isDeepStrictEqual(lateAccounts, this.#stored.lateAccounts)) return;
      this.#stored = { ...this.#stored, lateAccounts };
      await this.#apply({ what: 'accounts for late purchases changed' }, false);
    });
  }

  /** Runs a change after the one before it, on the sites as they are stored. */
  change<T>(work: () => Promise<T>): Promise<T> {
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
  get versioned(): DashboardSiteStore & RuleChangeStore {
    const { store } = this.#deps;
    return store.atSitesVersion?.(this.#version) ?? store;
  }

  async #readAgain(): Promise<void> {
    const { store, now, recordsOtherRules = true } = this.#deps;
    const version = await store.getSitesVersion();
    if (version === this.#version && this.#isApplied) return;
    const stored = await readStoredSites(store);
    this.#version = version;
    const isKnown = isDeepStrictEqual(toSets(stored), toSets(this.#stored));
    this.#stored = stored;
    if (isKnown && this.#isApplied) return;
    this.#ruleHistory = new RuleHistory(store, now);
    await this.#apply({ what: isKnown ? 'applied again' : 'changed by another process' }, recordsOtherRules);
  }

  /** Takes in sites and connections whose meaning is unchanged. */
  replaceStored(stored: StoredSites): void {
    this.#stored = stored;
    this.#merged = this.#merge();
  }

  /** Applies a stored change to the running sites. */
  async apply(change: SiteChange, stored: Partial<StoredSites>): Promise<void> {
    this.#stored = { ...this.#stored, ...stored };
    await this.#apply(change);
  }

  async #apply(change: SiteChange, recordsRules = true): Promise<void> {
    const { apply, logger } = this.#deps;
    this.#merged = this.#merge();
    this.#isApplied = false;
    logger.info(change, 'site changed');
    try {
      // Those of the config file were recorded at the start, and may be older than another process has them.
      const changed = this.list().filter(({ id }) => this.findEntry(id)?.origin === 'dashboard');
      if (recordsRules) await this.#ruleHistory.record(changed, change.by ?? 'the dashboard');
      await apply(this.list());
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
      dashboardSites: this.#stored.sites,
      dashboardConnections: this.#stored.connections,
      lateAccounts: this.#stored.lateAccounts,
      distrustedKeys: this.#stored.distrusted,
      findKey: (id) => keys.find(id),
      getLinkKeys: (site) => deriveLinkKeys(keys, site),
    });
    for (const [connection, platform] of merged.platforms) this.#platforms.set(connection, platform);
    return merged;
  }
}

function ignoreNotApplied(error: unknown): void {
  if (!(error instanceof ChangeNotAppliedError)) throw error;
}

/** Returns sites and connections so that their order does not matter. */
function toSets({ sites, connections, distrusted, lateAccounts }: StoredSites) {
  return [
    lateAccounts,
    new Map(sites.map((one) => [one.id, one])),
    new Map(connections.map((one) => [`${one.site}/${one.id}`, one])),
    new Map(distrusted.map((one) => [`${one.site}/${one.key}`, one])),
  ];
}
