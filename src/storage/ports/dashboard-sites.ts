import type { Sha256 } from '../../event/event.ts';
import type { Json } from '../../event/issue.ts';
import type { SegmentKeyKind } from '../../event/segment-settings.ts';
import type { UnixMs } from '../../event/units.ts';
import type { ConsumerId } from './consumer-id.ts';

/** The config of a site or connection, in the form of the config file. */
export type StoredConfig = Readonly<Record<string, Json>>;

/** A site that was created in the dashboard. */
export interface DashboardSite {
  readonly id: string;
  /** The site's config without secret keys and connections. */
  readonly config: StoredConfig;
  /** Hashes of the keys; the keys themselves are not stored. */
  readonly secretKeys: readonly { readonly id: string; readonly hash: Sha256; readonly createdAt: UnixMs }[];
  /** Earlier write keys that are still accepted. */
  readonly oldWriteKeys: readonly { readonly key: string; readonly retiredAt: UnixMs }[];
  /** The keys of Segment's SDKs. The key itself is stored only if it is public. Absent: none. */
  readonly segmentKeys?: readonly {
    readonly id: string;
    readonly kind: SegmentKeyKind;
    readonly hash: Sha256;
    readonly key?: string;
    readonly createdAt: UnixMs;
  }[];
  /** The secrets that the shop signs its webhooks with, encrypted. */
  readonly webhookSecrets: readonly { readonly id: string; readonly sealed: string; readonly createdAt: UnixMs }[];
  /** The secrets of hooks, encrypted. They are apart, so that no version of Convey takes one for a secret of the shop. */
  readonly hookSecrets?: readonly HookSecret[];
}

export interface HookSecret {
  readonly id: string;
  readonly hook: string;
  readonly sealed: string;
  readonly createdAt: UnixMs;
}

/** A connection that was created in the dashboard, for any site. */
export interface DashboardConnection {
  readonly site: string;
  readonly id: string;
  /** The connection's config without secret settings. */
  readonly config: StoredConfig;
  /** Encrypted secrets by the name of their setting. */
  readonly secrets: Readonly<Record<string, string>>;
}

/** A secret key that a page has used. Requests with it count as a browser's until an owner trusts it again. */
export interface DistrustedKey {
  readonly site: string;
  readonly key: Sha256;
  readonly since: UnixMs;
}

/** Another process has changed the sites. Read them again, and decide again. */
export class SitesChangedError extends Error {
  override readonly name = 'SitesChangedError';
}

/** Sites and connections of the dashboard. Each call is atomic. Its contract: `dashboard-sites.contract.ts`. */
export interface DashboardSiteStore {
  listDashboardSites(): Promise<readonly DashboardSite[]>;
  listDashboardConnections(): Promise<readonly DashboardConnection[]>;
  /** Returns a number that grows with each change of the sites and connections by any process. Always 0 if only this one uses the store. */
  getSitesVersion(): Promise<number>;
  /**
   * Returns the consumers of the connections with an account whose goal takes late purchases. Undefined: this process may not read them.
   */
  listLateAccounts(): Promise<readonly ConsumerId[] | undefined>;
  /** @param isNew ends the roles on an earlier site with this id, which the config file may have had. */
  saveDashboardSite(site: DashboardSite, isNew?: boolean): Promise<void>;
  /** @param whole also removes the site's connections and its distrust of keys. */
  removeDashboardSite(id: string, whole: boolean): Promise<void>;
  /** @param created if set, the connection is new: an earlier one with this id is retired in the same commit, as by `retireConnection`. */
  saveDashboardConnection(connection: DashboardConnection, created?: { readonly now: UnixMs }): Promise<void>;
  removeDashboardConnection(site: string, id: string): Promise<void>;
  /** Lists the distrusted keys by site and key. */
  listDistrustedKeys(): Promise<readonly DistrustedKey[]>;
  /** Adds a key unless it is distrusted already. Other processes notice the change. */
  distrustKey(key: DistrustedKey): Promise<void>;
  trustKey(site: string, key: Sha256): Promise<void>;
  /** Saves all of these or none. */
  saveSecrets(connections: readonly Omit<DashboardConnection, 'config'>[], sites: readonly DashboardSite[]): Promise<void>;
  /**
   * Retires a connection: removes its cursor, pause, deferred deliveries and dead letters, and invalidates its lease. Keeps the delivery
   * history and marks waiting events as dead.
   */
  retireConnection(site: string, id: string, now: UnixMs): Promise<void>;
}
