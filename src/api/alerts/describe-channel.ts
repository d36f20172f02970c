import type { AlertChannelView } from './schemas.ts';

/** Describes whether a channel accepts messages. `ok` only if it accepted one, and no attempt failed since. */
export function describeChannel({
  problem,
  lastProblem,
  lastSentAt,
}: Pick<AlertChannelView, 'problem' | 'lastProblem' | 'lastSentAt'>): string {
  if (problem !== undefined) return problem;
  if (lastProblem !== undefined) return `The last attempt failed: ${lastProblem}. Convey tries again.`;
  return lastSentAt === undefined ? 'not tried yet' : 'ok';
}
