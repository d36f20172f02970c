import type { ReportedIssue } from '../../../api/client.ts';

export const issueStates = ['open', 'acknowledged', 'snoozed', 'resolved'] as const satisfies readonly ReportedIssue['state'][];

/** The state of the page that its address has. */
export interface IssueSearch {
  /** Default: open. */
  readonly state?: ReportedIssue['state'];
  readonly site?: string;
  /** The id of the issue whose details are shown. */
  readonly issue?: string;
}

export function parseIssueSearch({ state, site, issue }: Readonly<Record<string, unknown>>): IssueSearch {
  const known = issueStates.find((one) => one === state);
  return {
    ...(known !== undefined && { state: known }),
    ...(typeof site === 'string' && { site }),
    ...(typeof issue === 'string' && { issue }),
  };
}
