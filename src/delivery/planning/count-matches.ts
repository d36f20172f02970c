import type { MatchCount } from '../../storage/ports/match-counts.ts';
import type { BatchMember, Match } from './batch-member.ts';

/**
 * Counts the match keys of delivered events, by day and event name. Members without a match are not counted.
 */
export function countMatches(delivered: readonly Pick<BatchMember, 'eventName' | 'match'>[]): readonly MatchCount[] {
  const counts = new Map<string, Counting>();
  for (const { eventName, match } of delivered) {
    if (!match) continue;
    const { day } = match;
    const id = `${day} ${eventName}`;
    const counting = counts.get(id) ?? { day, eventName, delivered: 0, had: {}, lacked: {} };
    counts.set(id, counting);
    add(counting, match);
  }
  return [...counts.values()];
}

interface Counting extends MatchCount {
  delivered: number;
  readonly had: Record<string, number>;
  readonly lacked: Record<string, Record<string, number>>;
}

function add(counting: Counting, { keys, lacks }: Match): void {
  const { had, lacked } = counting;
  counting.delivered += 1;
  for (const key of keys) had[key] = (had[key] ?? 0) + 1;
  for (const [key, reason] of Object.entries(lacks)) {
    const reasons = lacked[key] ?? {};
    reasons[reason] = (reasons[reason] ?? 0) + 1;
    lacked[key] = reasons;
  }
}
