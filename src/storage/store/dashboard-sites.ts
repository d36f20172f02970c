import type { Sha256 } from '../../event/event.ts';
import type { Json } from '../../event/issue.ts';
import type { UnixMs } from '../../event/units.ts';

/** What was written of a site or a connection, in the config file's own form. */
export type StoredConfig = Readonly<Record<string, Json>>;

/** A site that was made in the dashboard. */
export interface DashboardSite {
  readonly id: string;
  /** Without secret keys and connections. */
  readonly config: StoredConfig;
  /** By their hashes; the keys themselves are not kept. */
  readonly secretKeys: readonly { readonly id: string; readonly hash: Sha256; readonly createdAt: UnixMs }[];
  /** Taken beside the present one. */
  readonly oldWriteKeys: readonly { readonly key: string; readonly retiredAt: UnixMs }[];
  /** What the shop signs its webhooks with, sealed: never as it was given. */
  readonly webhookSecrets: readonly { readonly id: string; readonly sealed: string; readonly createdAt: UnixMs }[];
}

/** A connection that was made in the dashboard, of any site. */
export interface DashboardConnection {
  readonly site: string;
  readonly id: string;
  /** Without secret settings. */
  readonly config: StoredConfig;
  /** Each by the name of its setting, sealed: never as it was given. */
  readonly secrets: Readonly<Record<string, string>>;
}

/** What was made in the dashboard, as far as it is kept. Each call is one atomic step; nobody else writes meanwhile. */
export interface DashboardSiteStore {
  listDashboardSites(): Promise<readonly DashboardSite[]>;
  listDashboardConnections(): Promise<readonly DashboardConnection[]>;
  saveDashboardSite(site: DashboardSite): Promise<void>;
  /** `whole`: its connections go with it. */
  removeDashboardSite(id: string, whole: boolean): Promise<void>;
  /** `anew`: there was none of this id, so what an earlier one was at is put to rest in the same step, as `retire` does. */
  saveDashboardConnection(connection: DashboardConnection, anew?: { readonly now: UnixMs }): Promise<void>;
  removeDashboardConnection(site: string, id: string): Promise<void>;
  /** All of these together, or none. */
  saveSecrets(connections: readonly Omit<DashboardConnection, 'config'>[], sites: readonly DashboardSite[]): Promise<void>;
  /**
   * Puts a connection to rest: its cursor, pause, waiting events and dead letters go, and whoever holds its lease is refused. What it
   * sent stays known; what waited counts as dead.
   */
  retireConnection(site: string, id: string, now: UnixMs): Promise<void>;
}
