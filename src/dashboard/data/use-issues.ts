import type { UseQueryResult } from '@tanstack/react-query';
import type { ReportedIssue } from '../../api/client.ts';
import { useApiQuery } from './queries.ts';

/** Issues are refetched as often as the connections that they are about, so that neither is ahead of the other for long. */
export const presentStateMs = 10_000;

/** Loads the issues that have not ended, the worst first. Every page shares them. */
export function useIssues(): UseQueryResult<readonly ReportedIssue[], Error> {
  return useApiQuery('GET /api/issues', {}, { everyMs: presentStateMs, keepsPrevious: true });
}

/** Returns the issues that nobody has acknowledged or snoozed. */
export function selectOpen(issues: readonly ReportedIssue[]): readonly ReportedIssue[] {
  return issues.filter(({ state }) => state === 'open');
}
