/** The attempts of an alert channel. */
interface ChannelAttempts {
  /** Why the channel accepts no messages. */
  readonly problem?: string;
  /** Why the last attempt failed. */
  readonly lastProblem?: string;
  readonly lastSentAt?: number;
}

/** Describes whether a channel accepts messages. `ok` only if it accepted one, and no attempt failed since. */
export function describeChannel({ problem, lastProblem, lastSentAt }: ChannelAttempts): string {
  if (problem !== undefined) return problem;
  if (lastProblem !== undefined) return `The last attempt failed: ${lastProblem}. Convey tries again.`;
  return lastSentAt === undefined ? 'not tried yet' : 'ok';
}
