import type { ResponseVerdict } from '../../destinations/kit/destination.ts';
import { type Issue, unknownAnswerCode } from '../../event/issue.ts';
import type { UnixMs } from '../../event/units.ts';
import type { SettledAttempt } from '../../storage/ports/attempts.ts';
import type { AuthorizedResult } from './authorized-sender.ts';
import { maskResponse } from './mask-response.ts';

/** The outcome of a request that contains events. */
export type RequestOutcome = AuthorizedResult<ResponseVerdict>;

/** Returns the source of a success that neither confirms nor refuses its events; undefined for any other outcome. */
export function getUnconfirmed(requestOutcome: RequestOutcome): 'platform' | 'own-endpoint' | undefined {
  if (!('verdict' in requestOutcome) || !requestOutcome.response) return undefined;
  const { verdict } = requestOutcome;
  return 'retry' in verdict ? verdict.unconfirmed : undefined;
}

/** Returns what the store keeps of a request: its result, the masked response, and the issues that concern the whole request. */
export function toSettledAttempt(requestOutcome: RequestOutcome, id: string, at: UnixMs): SettledAttempt {
  if ('notSent' in requestOutcome) return { id, at, result: 'retry', issues: [unreachableIssue(requestOutcome.notSent)] };
  if ('unknown' in requestOutcome) return { id, at, result: 'unknown', issues: [noResponseIssue(requestOutcome.unknown)] };
  const { response, verdict } = requestOutcome;
  const answer = { id, at, ...(response && { status: response.status, answer: maskResponse(response) }) };
  if ('settled' in verdict) {
    const isUnverified = verdict.settled.length > 0 && verdict.settled.every(({ outcome }) => outcome === 'unverified');
    return { ...answer, result: isUnverified ? 'unverified' : 'delivered', issues: verdict.issues };
  }
  if ('accepted' in verdict) return { ...answer, result: 'awaiting-verdict', issues: verdict.accepted.issues };
  if ('rejectRows' in verdict) return { ...answer, result: 'peel', issues: [] };
  if ('bisect' in verdict) return { ...answer, result: 'split', issues: verdict.bisect };
  if ('blocked' in verdict) return { ...answer, result: 'blocked', issues: [verdict.blocked] };
  const unconfirmed = getUnconfirmed(requestOutcome);
  if (unconfirmed) {
    const issue = { field: 'response', code: unknownAnswerCode, message: verdict.retry };
    return { ...answer, result: unconfirmed === 'platform' ? 'unknown' : 'retry', issues: [issue] };
  }
  const field = response ? 'response' : 'access-token';
  return { ...answer, result: 'retry', issues: [{ field, code: 'retry', message: verdict.retry }] };
}

function unreachableIssue(code: string): Issue {
  return {
    field: 'request',
    code,
    message:
      'The platform could not be reached, and nothing was sent. Convey retries automatically. If the problem persists, check the endpoint, DNS and firewall.',
  };
}

function noResponseIssue(code: string): Issue {
  return {
    field: 'request',
    code,
    message:
      'The request was sent and no response came. Convey sends the same events again with the same ids, so that the platform can deduplicate them.',
  };
}
