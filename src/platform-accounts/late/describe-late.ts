import { formatDuration } from '../../event/format-numbers.ts';
import type { UnixMs } from '../../event/units.ts';
import type { LateGoal } from './late-goal.ts';

/** `off`: the setting is off. `no-goal`: nothing counts uploads. `resting`: the platform takes none yet. */
export type LateState = 'off' | 'no-goal' | 'resting' | 'ready';

/** The state of a connection's late purchases, in one sentence or two. */
export interface LateDescription {
  readonly state: LateState;
  readonly message: string;
}

/** The state of late purchases whose account has no goal for them. */
export const lateGoalMissing: LateDescription = {
  state: 'no-goal',
  message:
    'Late purchases are on, and the account has no goal for them. Until it has one, events older than seven days are rejected. Make the goal on the page of the connection.',
};

/** Describes the late purchases of a connection with an account. */
export function describeLate(isOn: boolean, goal: LateGoal | undefined, now: UnixMs): LateDescription {
  if (!isOn)
    return { state: 'off', message: 'Late purchases are off: events older than seven days are rejected when they are received.' };
  if (!goal) return lateGoalMissing;
  if (now < goal.readyAt)
    return {
      state: 'resting',
      message: `The platform takes no uploads in the first two hours of a goal. Uploads to “${goal.name}” begin in ${formatDuration(goal.readyAt - now)}.`,
    };
  return { state: 'ready', message: `Late purchases are uploaded to the goal “${goal.name}”.` };
}
