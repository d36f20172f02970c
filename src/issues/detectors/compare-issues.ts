import { type Severity, severities } from '../conditions/verdict.ts';
import type { Money } from '../facts/money.ts';

interface Ranked {
  readonly severity: Severity;
  readonly money: readonly Money[];
  readonly events: number;
  readonly isRetried?: boolean | undefined;
  readonly since: number;
}

/**
 * Compares two issues for every list of them: by severity, then those that cost money, then those that need a person, then by events, and
 * the oldest first. Amounts are not compared, because they are in several currencies.
 */
export function compareIssues(one: Ranked, other: Ranked): number {
  return (
    severities.indexOf(one.severity) - severities.indexOf(other.severity) ||
    Number(other.money.length > 0) - Number(one.money.length > 0) ||
    Number(one.isRetried ?? false) - Number(other.isRetried ?? false) ||
    other.events - one.events ||
    one.since - other.since
  );
}
