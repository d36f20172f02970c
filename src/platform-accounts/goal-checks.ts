import { dayMs, hourMs, minuteMs, type UnixMs } from '../event/units.ts';
import type { PlatformGrant, PlatformGrantStore } from '../storage/ports/platform-grants.ts';
import type { PlatformFailure, PlatformResult } from './account-platform.ts';
import { parseGoalCheck, type SentEvent, type StoredGoalCheck } from './goal-check.ts';
import type { GoalMaking } from './goal-making.ts';
import { appMissing, type PlatformAccounts } from './platform-accounts.ts';

/** The events of a connection, and the settings by which its goals are found. */
export interface SentEvents {
  readonly settings: Readonly<Record<string, unknown>>;
  readonly events: readonly SentEvent[];
  /** Whether the connection sends hashed e-mail addresses or phone numbers. */
  readonly sendsHashes: boolean;
  /** The names of further sent events. */
  readonly leftOut?: number;
  /** Whether only the newest events were counted. */
  readonly isPartial?: boolean;
}

interface GoalChecksDeps {
  readonly accounts: Pick<PlatformAccounts, 'open'>;
  readonly store: Pick<PlatformGrantStore, 'findGrant' | 'listDueGrants' | 'claimGoalCheck' | 'saveGoalCheck'>;
  /** Reads the events of a connection. `undefined` if it does not run. */
  readonly readSent: (site: string, connection: string) => Promise<SentEvents | undefined>;
  readonly making: GoalMaking;
  readonly now: () => UnixMs;
}

/** A check that takes longer is regarded as given up. */
const leaseMs = 5 * minuteMs;
/** A round ends after this time. The next one goes on. */
const roundMs = 2 * minuteMs;
/** The time until a failed check is repeated: the time since the first failure, within these. One that does not pass takes the longest. */
const repeatMs = { least: 5 * minuteMs, most: 6 * hourMs } as const;

/** A grant that a connection uses. */
type UsedGrant = PlatformGrant & { readonly connection: string };

/** Checks the goals of connected accounts, and stores the results. */
export class GoalChecks {
  readonly #deps: GoalChecksDeps;

  constructor(deps: GoalChecksDeps) {
    this.#deps = deps;
  }

  /** Checks the goals that are due: each day, and after a change of the connection. One of several gateways checks each. */
  async checkDue(isOver: () => boolean = () => false): Promise<void> {
    const { store, now } = this.#deps;
    const end = now() + roundMs;
    for (const grant of await store.listDueGrants(now())) {
      if (isOver() || now() >= end) return;
      if (isUsed(grant) && (await store.claimGoalCheck(grant.id, now(), leaseMs))) await this.check(grant, isOver);
    }
  }

  /**
   * Checks the goals of a connection. If the platform gives no answer, the result is that of the last check, with the reason.
   * @param isOver returns whether to give up
   */
  async check(grant: UsedGrant, isOver: () => boolean = () => false): Promise<StoredGoalCheck> {
    const { store, now, readSent } = this.#deps;
    const sent = await readSent(grant.site, grant.connection);
    const result = await this.#ask(grant, sent, isOver);
    if ('value' in result) {
      const { leftOut = 0, isPartial = false } = sent ?? {};
      const check = { ...result.value, ...(leftOut > 0 && { leftOut }), ...(isPartial && { isPartial }) };
      const next: StoredGoalCheck = { check, checkedAt: now() };
      await store.saveGoalCheck(grant.id, JSON.stringify(next), now() + dayMs);
      return next;
    }
    const { goalCheck: from = '' } = (await store.findGrant(grant.id)) ?? {};
    const before = parseGoalCheck(from === '' ? undefined : from, sent?.settings.tagId);
    // It is repeated after its lease.
    if (isOver()) return before;
    const { since = now() } = before.failure ?? {};
    const next: StoredGoalCheck = { ...before, failure: { ...result.failure, since } };
    const { least, most } = repeatMs;
    const waitMs = result.failure.isPassing ? Math.min(Math.max(now() - since, least), most) : most;
    // Another check may have had a result meanwhile.
    const isNewest = await store.saveGoalCheck(grant.id, JSON.stringify(next), now() + waitMs, from);
    return isNewest ? next : parseGoalCheck((await store.findGrant(grant.id))?.goalCheck, sent?.settings.tagId);
  }

  /** Makes the goals of events, then checks again: a goal may have been made although no answer came. */
  make(grant: UsedGrant, names: readonly string[]): Promise<PlatformResult<MadeGoals>> {
    return this.#deps.making.run(() => this.#make(grant, names));
  }

  async #make(grant: UsedGrant, names: readonly string[]): Promise<PlatformResult<MadeGoals>> {
    const { accounts, readSent } = this.#deps;
    const sent = await readSent(grant.site, grant.connection);
    const account = await accounts.open(grant);
    if (!account) return { failure: appMissing };
    if (!grant.account || !sent) return { failure: notRunning };
    const chosen = sent.events.filter(({ event }) => names.includes(event));
    const made = await account.makeGoals(grant.account, sent.settings, chosen);
    if ('failure' in made) return made;
    const result = await this.check(grant);
    const isCounted = (event: string) =>
      !result.failure && result.check?.events.some((one) => one.event === event && one.countedBy.length > 0);
    return { value: { made: made.value.map((one) => (isCounted(one.event) ? { event: one.event } : one)), result } };
  }

  async #ask(grant: UsedGrant, sent: SentEvents | undefined, isOver: () => boolean) {
    const account = await this.#deps.accounts.open(grant, isOver);
    if (!account) return { failure: appMissing };
    if (!grant.account || !sent) return { failure: notRunning };
    return account.checkGoals(grant.account, sent.settings, sent);
  }
}

export interface MadeGoals {
  readonly made: readonly { readonly event: string; readonly failure?: PlatformFailure }[];
  readonly result: StoredGoalCheck;
}

/** Returns whether a connection uses the grant. */
export function isUsed(grant: PlatformGrant): grant is UsedGrant {
  return grant.connection !== undefined;
}

const notRunning: PlatformFailure = {
  code: 'not-running',
  message: 'The connection does not run, so its events are not known. Enable it, then check again.',
};
