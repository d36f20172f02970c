import { dayMs, type UnixMs } from './units.ts';

/** The last check of the goals of an account, as far as events concern it. */
export interface GoalState {
  /** Absent before the first check. */
  readonly checkedAt?: UnixMs;
  /** The events that no goal counts, under their names at the platform. */
  readonly uncounted: readonly { readonly name: string }[];
}

/** The account of a connection, as far as events concern it. */
export interface AccountState extends GoalState {
  /** The remedy if the platform refuses the access. */
  readonly ended?: { readonly message: string };
}

/** Goals are checked each day. An older check says nothing about the present. */
const checkValidMs = 2 * dayMs;

/** Returns whether a check of goals still holds. */
export function isCheckValid(checkedAt: UnixMs | undefined, now: UnixMs): checkedAt is UnixMs {
  return checkedAt !== undefined && now - checkedAt <= checkValidMs;
}

/** Visitors can send any name, so a message does not list all. */
const mostNames = 5;

/** Returns that no goal counts these names, as the end of a sentence. */
export function describeUncounted(names: readonly string[]): string {
  const others = names.length - mostNames;
  const named = names.slice(0, mostNames).map((name) => `\`${name}\``);
  return `no goal counts ${named.join(', ')}${others > 0 ? ` and ${others} more` : ''}`;
}

/** The remedy for events that no goal counts. */
export const uncountedRemedy = 'Make the goals under “Event goals” in the settings of the connection.';
