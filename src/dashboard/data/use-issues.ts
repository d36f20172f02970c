import type { UseQueryResult } from '@tanstack/react-query';
import type { ApiResponse, ReportedIssue } from '../../api/client.ts';
import { useApiPart } from './queries.ts';

export const presentStateMs = 10_000;

type Present = ApiResponse<'GET /api/present'>;

/** Loads the connections and the issues of one moment, so that no issue follows the count that it explains. Every page shares them. */
function usePresent<Part>(select: (present: Present) => Part): UseQueryResult<Part, Error> {
  return useApiPart('GET /api/present', {}, select, { everyMs: presentStateMs, keepsPrevious: true });
}

const getIssues = ({ issues }: Present) => issues;
const getConnections = ({ connections }: Present) => connections;

/** Returns the issues that have not ended, the worst first. */
export function useIssues(): UseQueryResult<readonly ReportedIssue[], Error> {
  return usePresent(getIssues);
}

/** Returns the state of the connections, of the same moment as the issues. */
export function usePresentConnections(): UseQueryResult<Present['connections'], Error> {
  return usePresent(getConnections);
}

/** Returns the issues that nobody has acknowledged or snoozed. */
export function selectOpen(issues: readonly ReportedIssue[]): readonly ReportedIssue[] {
  return issues.filter(({ state }) => state === 'open');
}
