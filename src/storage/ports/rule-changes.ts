import type { Rule } from '../../event/rule.ts';
import type { UnixMs } from '../../event/units.ts';
import type { DashboardConnection, DashboardSite, DashboardSiteStore } from './dashboard-sites.ts';

/** A version of the rules of a site or of one of its connections. */
export interface RuleChange {
  readonly site: string;
  /** The connection's id; absent for the site's rules. */
  readonly connection?: string;
  /** The name of the version: see `digestRules` in `rules/digest.ts`. Outcomes refer to it. */
  readonly digest: string;
  readonly at: UnixMs;
  /** The account that made the change (`toStoredAccount`), or its source if there was none. Rows of earlier versions have the account's name. */
  readonly by: string;
  readonly rules: readonly Rule[];
}

/** The site or connection of the dashboard that is saved with a version of its rules. */
export type RuleOwner = { readonly site: DashboardSite } | { readonly connection: DashboardConnection };

/** The history of rules. Its contract: `rule-changes.contract.ts`. */
export interface RuleChangeStore {
  /** Lists the newest versions of a site's rules and of its connections' rules, at most `versions` of each list, the newest first. */
  listRuleChanges(site: string, versions?: number): Promise<readonly RuleChange[]>;
  /**
   * Adds a version unless the newest one has its digest, because several processes may read the same config file. Saves the site or connection
   * that has its rules in the same transaction. At most the newest 201 of a list are kept.
   */
  addRuleChange(change: RuleChange, owner?: RuleOwner): Promise<void>;
  /** Removes the versions of a connection's rules, or those of the whole site. */
  removeRuleChanges(site: string, connection?: string): Promise<void>;
}

/** The sites with their rules. */
export interface SiteStore extends DashboardSiteStore, RuleChangeStore {
  /**
   * Returns a store that changes the sites only while they have this version. Absent if only this process uses the store.
   * @throws SitesChangedError from each change
   */
  readonly atSitesVersion?: (version: number) => DashboardSiteStore & RuleChangeStore;
}

/** One more than the API lists, because a version's changes are the difference to the one before it. */
export const maxRuleChanges = 201;
