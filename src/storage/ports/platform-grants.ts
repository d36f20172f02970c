import type { UnixMs } from '../../event/units.ts';

/** The account of a platform that a grant's connection uses, and the customer that acts for it. */
export interface GrantAccount {
  readonly customerId: string;
  readonly accountId: string;
}

/** Access to an account of a platform that an operator granted for a connection. */
export interface PlatformGrant {
  readonly id: string;
  readonly site: string;
  /** The connection that uses the grant. Absent until the connection is saved. */
  readonly connection?: string;
  readonly platform: string;
  /** The identity provider at which the operator signed in. */
  readonly identityProvider: string;
  /** The operator's user name at the platform, masked if it is an e-mail address. */
  readonly userName: string;
  readonly scopes: readonly string[];
  /** Absent until the operator chose an account. */
  readonly account?: GrantAccount;
  /** The refresh token and the access token, encrypted. */
  readonly secret: string;
  /** Why and since when the platform refuses the refresh token. Absent while the grant is alive. */
  readonly dead?: { readonly code: string; readonly since: UnixMs };
  /** Counts the changes of tokens and state. */
  readonly revision: number;
  /** The result of the last check of the account's goals, as JSON. Absent before the first. */
  readonly goalCheck?: string;
  /** The last comparison of paid clicks, and the report that is awaited, as JSON. Absent before the first. */
  readonly clickCheck?: string;
  /** The goal that counts late purchases, as JSON. Absent until it is made. */
  readonly lateGoal?: string;
  /** What became of the uploaded purchases, as JSON. Absent before the first report. */
  readonly lateReport?: string;
  readonly createdAt: UnixMs;
}

export type NewPlatformGrant = Omit<
  PlatformGrant,
  'connection' | 'dead' | 'revision' | 'goalCheck' | 'clickCheck' | 'lateGoal' | 'lateReport'
>;

/** The result of a refresh: new tokens, encrypted, or the code with which the platform refused access, with a new refresh token if it gave one. */
export type GrantRefresh =
  | { readonly secret: string }
  | { readonly dead: { readonly code: string; readonly since: UnixMs }; readonly secret?: string }
  | 'unchanged';

/** The app with which the gateway signs operators in at a platform. */
export interface PlatformClient {
  readonly platform: string;
  /** The settings without secrets. */
  readonly config: Readonly<Record<string, string>>;
  /** The secret settings, encrypted. */
  readonly secret: string;
}

/** The grants of all sites, and the clients of the gateway. Each call is atomic. Their contract: `platform-grants.contract.ts`. */
export interface PlatformGrantStore {
  /** Lists all grants by site, connection and id. */
  listGrants(): Promise<readonly PlatformGrant[]>;
  findGrant(id: string): Promise<PlatformGrant | undefined>;
  /** Returns the grant that a connection uses. */
  findGrantOf(site: string, connection: string): Promise<PlatformGrant | undefined>;
  /** Lists the grants with an account that a connection uses, and whose goals are due for a check, the longest due first. */
  listDueGrants(now: UnixMs): Promise<readonly PlatformGrant[]>;
  /** Adds a grant that no connection uses yet. */
  addGrant(grant: NewPlatformGrant): Promise<void>;
  setGrantAccount(id: string, account: GrantAccount): Promise<void>;
  /**
   * Gives a grant of a site to one of its connections, whose earlier grant is removed. If both are of one account, what the comparison of clicks
   * knows stays. Returns false if there is no such grant.
   */
  assignGrant(site: string, id: string, connection: string): Promise<boolean>;
  /**
   * Takes the lease of a grant's refresh for `ttlMs`. Returns false if another owner has it, or if the grant has another revision: then its
   * tokens have been refreshed.
   */
  claimGrantRefresh(id: string, revision: number, owner: string, now: UnixMs, ttlMs: number): Promise<boolean>;
  /**
   * Stores the result of a refresh, and ends its lease. Returns false, and changes nothing, if the grant has another revision. New tokens also
   * revive a grant that another gateway found dead meanwhile.
   */
  finishGrantRefresh(id: string, revision: number, owner: string, result: GrantRefresh): Promise<boolean>;
  /** Takes the check of a grant's goals, if it is due. Unless its result is stored, it is due again in `leaseMs`. */
  claimGoalCheck(id: string, now: UnixMs, leaseMs: number): Promise<boolean>;
  /**
   * Stores a result, and when the next check is due, unless one was requested meanwhile.
   * @param from the result that is replaced. Absent: any.
   * @returns false, and changes nothing, if there is another result.
   */
  saveGoalCheck(id: string, result: string, due: UnixMs, from?: string): Promise<boolean>;
  /** Makes the check of a connection's goals due at once. */
  requestGoalCheck(site: string, connection: string): Promise<void>;
  /** Lists the grants with a connection and an account whose comparison of clicks has a step due, the longest due first. */
  listDueClickChecks(now: UnixMs): Promise<readonly PlatformGrant[]>;
  /** Takes the next step of a grant's comparison of clicks for `ttlMs`, if it is due. */
  claimClickCheck(id: string, now: UnixMs, ttlMs: number): Promise<boolean>;
  /** Stores the state of the comparison. Its next step is due at `dueAt`. */
  saveClickCheck(id: string, state: string, dueAt: UnixMs): Promise<void>;
  /** Stores the goal that counts late purchases, and makes its report due. */
  saveLateGoal(id: string, goal: string): Promise<void>;
  /** Lists the grants with a connection and a goal for late purchases whose report is due, the longest due first. */
  listDueLateReports(now: UnixMs): Promise<readonly PlatformGrant[]>;
  /** Takes the report of a grant for `ttlMs`, if it is due. */
  claimLateReport(id: string, now: UnixMs, ttlMs: number): Promise<boolean>;
  /** Stores a report. The next one is due at `dueAt`. */
  saveLateReport(id: string, report: string, dueAt: UnixMs): Promise<void>;
  /** Replaces the encrypted tokens if they are still `from`. */
  replaceGrantSecret(id: string, from: string, to: string): Promise<boolean>;
  /** Removes the grants of a connection. Returns the number of removed grants. */
  removeGrants(site: string, connection: string): Promise<number>;
  listPlatformClients(): Promise<readonly PlatformClient[]>;
  savePlatformClient(client: PlatformClient): Promise<void>;
  /** Replaces the encrypted secrets of a client if they are still `from`. */
  replaceClientSecret(platform: string, from: string, to: string): Promise<boolean>;
  removePlatformClient(platform: string): Promise<void>;
  /** Removes the grants that no connection uses, and that were added before a time. */
  removeUnassignedGrants(createdBefore: UnixMs): Promise<number>;
}
