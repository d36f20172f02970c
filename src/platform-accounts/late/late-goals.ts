import type { LateCallResult, LateConversion } from '../../event/late-conversion.ts';
import { minuteMs, type UnixMs } from '../../event/units.ts';
import type { PlatformGrant, PlatformGrantStore } from '../../storage/ports/platform-grants.ts';
import type { PlatformResult } from '../account-platform.ts';
import type { GoalMaking } from '../goal-making.ts';
import { appMissing, type PlatformAccounts } from '../platform-accounts.ts';
import type { LateGoal, UploadGoal } from './late-goal.ts';

interface LateGoalsDeps {
  readonly accounts: Pick<PlatformAccounts, 'open'>;
  readonly store: Pick<PlatformGrantStore, 'saveLateGoal'>;
  readonly making: GoalMaking;
  readonly now: () => UnixMs;
}

/** The platform refuses uploads for two hours after a goal was made. The minutes are for its clock. */
export const goalRestMs = 125 * minuteMs;

/** The wait after an upload was too early for a goal whose age is not known. */
const youngGoalMs = 15 * minuteMs;

/** A goal, and whether it was made or taken. */
export interface ChosenLateGoal {
  readonly goal: LateGoal;
  readonly isMade: boolean;
}

/** Makes the goals that count uploaded purchases. */
export class LateGoals {
  readonly #deps: LateGoalsDeps;

  constructor(deps: LateGoalsDeps) {
    this.#deps = deps;
  }

  /** Uploads purchases. If the answer shows that the stored goal is out of date, the goal is read again. */
  async upload(grant: PlatformGrant, goal: LateGoal, conversions: readonly LateConversion[]): Promise<LateCallResult> {
    const { accounts, store, now } = this.#deps;
    const account = grant.account && (await accounts.open(grant));
    if (!account || !grant.account) return { failure: { ...appMissing, pause: 'access' } };
    const { result, goal: state } = await account.uploadConversions(grant.account, goal.name, conversions);
    if (state === 'too-young') await store.saveLateGoal(grant.id, JSON.stringify({ ...goal, readyAt: now() + youngGoalMs }));
    if (state === 'unknown') {
      const found = await account.findUploadGoal(grant.account);
      if ('value' in found) await store.saveLateGoal(grant.id, found.value ? JSON.stringify(toStored(found.value, now())) : '{}');
    }
    return result;
  }

  /** Takes the goal of the account that has Convey's name, or makes it, and stores it with the grant. */
  choose(grant: PlatformGrant): Promise<PlatformResult<ChosenLateGoal>> {
    return this.#deps.making.run(async () => {
      const { accounts, store, now } = this.#deps;
      const account = grant.account && (await accounts.open(grant));
      if (!account || !grant.account) return { failure: appMissing };
      const chosen = await account.chooseUploadGoal(grant.account);
      if ('failure' in chosen) return chosen;
      const { isMade } = chosen.value;
      const goal = toStored(chosen.value, now());
      await store.saveLateGoal(grant.id, JSON.stringify(goal));
      return { value: { goal, isMade } };
    });
  }
}

function toStored({ isMade, ...goal }: UploadGoal, now: UnixMs): LateGoal {
  return { ...goal, readyAt: isMade ? now + goalRestMs : now };
}
