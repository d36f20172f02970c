import { z } from 'zod';
import type { Issue } from '../../event/issue.ts';
import { dayMs, minuteMs } from '../../event/units.ts';
import type { EventResult, HttpRequest, HttpResponse, ReceiptVerdict } from '../kit/destination.ts';
import { explainForeignAnswer, isTemporary } from '../kit/foreign-response.ts';
import { parseJsonOrUndefined } from '../kit/response-body.ts';
import { parseGoogleError } from './google-error.ts';
import { statusProblems } from './problems.ts';
import { findProcessingReason, shortenReason } from './processing-reasons.ts';
import { getHeaders } from './request.ts';
import type { Settings } from './settings.ts';

function encode(ticket: string, settings: Settings, token?: string): HttpRequest {
  return {
    method: 'GET',
    url: `${settings.endpoint}/v1/requestStatus:retrieve?requestId=${encodeURIComponent(ticket)}`,
    headers: getHeaders(settings, token),
    body: '',
  };
}

const statusSchema = z.lazy(() => {
  const count = z.union([
    z.int().nonnegative(),
    z
      .string()
      .regex(/^\d{1,15}$/)
      .transform(Number),
  ]);
  const counts = z
    .array(z.object({ recordCount: count, reason: z.string().regex(/^[A-Z][A-Z0-9_]{0,127}$/) }))
    .max(200)
    .optional();
  return z.object({
    requestStatusPerDestination: z
      .array(
        z.object({
          requestStatus: z.enum(['PROCESSING', 'SUCCESS', 'PARTIAL_SUCCESS', 'FAILED', 'FAILURE', 'REQUEST_STATUS_UNKNOWN']),
          errorInfo: z.object({ errorCounts: counts }).optional(),
          warningInfo: z.object({ warningCounts: counts }).optional().catch(undefined),
        }),
      )
      .min(1)
      .max(10),
  });
});

/** A reason and the number of events that it concerns. */
interface Count {
  readonly reason: string;
  readonly events: number;
}

/** Returns the verdict on a request. Google names reasons and their counts, and never the events. */
function decode(response: HttpResponse, total: number): ReceiptVerdict {
  const { status, headers, incomplete } = response;
  if (status === 200) {
    const { data } = statusSchema.safeParse(incomplete ? undefined : parseJsonOrUndefined(response.body));
    return data === undefined
      ? { retry: "Google's answer to the question for the verdict could not be read." }
      : judge(data, total);
  }
  const retryAfter = headers['retry-after'];
  if (isTemporary(status))
    return {
      retry: `Google answered ${status} to the question for the verdict.`,
      ...(retryAfter !== undefined && { retryAfter }),
    };
  const error = parseGoogleError(response);
  const isForgotten = (status === 404 && error?.status === 'NOT_FOUND') || error?.reasons.includes('INVALID_REQUEST_ID');
  if (error !== undefined && isForgotten) return settleAll(total, 'unverified', [requestForgotten]);
  const blocked = statusProblems[status] ?? explainForeignAnswer(status, "Google's", 'Data Manager API of Google');
  return { blocked, ...(status === 401 && { tokenRefused: true }) };
}

/**
 * Judges the counts. Reasons that a later attempt may cure have the request sent again. If only some of several events were refused, each is
 * sent again alone: Google ignores the repetition of an event that it took, because of its transaction id.
 */
function judge({ requestStatusPerDestination: parts }: z.output<typeof statusSchema>, total: number): ReceiptVerdict {
  const states = parts.map(({ requestStatus }) => requestStatus);
  if (states.some((state) => state === 'PROCESSING' || state === 'REQUEST_STATUS_UNKNOWN')) return { still: true };
  const errors = sum(parts.flatMap(({ errorInfo }) => errorInfo?.errorCounts ?? []));
  const warnings = sum(parts.flatMap(({ warningInfo }) => warningInfo?.warningCounts ?? []));
  const isCounted = ({ reason }: Count) => findProcessingReason(reason)?.isCounted === true;
  const counted = errors.filter(isCounted);
  const refusals = errors.filter((error) => !isCounted(error));
  const refused = refusals.reduce((all, { events }) => all + events, 0);
  const isFailed = states.every((state) => state === 'FAILED' || state === 'FAILURE');

  if (isFailed && errors.length === 0) return settleAll(total, 'rejected', [failedWithoutReason]);
  const notes = [
    ...counted.map((one) => toIssue(one, total, 'already-counted')),
    ...warnings.map((one) => toIssue(one, total, 'warning')),
  ];
  if (refused === 0) return settleAll(total, 'delivered', notes);
  const reasons = refusals.map((one) => toIssue(one, total));
  const delays = refusals.flatMap(({ reason }) => findProcessingReason(reason)?.resendAfterMs ?? []);
  if (delays.length === refusals.length) return { resendAfterMs: Math.max(...delays), issues: reasons };
  const isAllRefused = isFailed ? counted.length === 0 : refused === total;
  return total === 1 || (isAllRefused && delays.length === 0) ? settleAll(total, 'rejected', reasons) : { bisect: reasons };
}

function sum(given: readonly { readonly reason: string; readonly recordCount: number }[]): readonly Count[] {
  const found = new Map<string, number>();
  for (const { reason, recordCount } of given) {
    const name = shortenReason(reason);
    if (recordCount > 0) found.set(name, (found.get(name) ?? 0) + recordCount);
  }
  return [...found].map(([reason, events]) => ({ reason, events }));
}

/** The verdict on one event is its own. That on several concerns the request, because Google does not name the events. */
function settleAll(total: number, outcome: EventResult['outcome'], issues: readonly Issue[]): ReceiptVerdict {
  if (outcome === 'rejected') return { rejectRows: new Map(Array.from({ length: total }, (_, index) => [index, issues])) };
  const isOwn = total === 1 || outcome !== 'delivered';
  const result: EventResult = { outcome, issues: isOwn ? issues : [] };
  return { settled: Array.from({ length: total }, () => result), issues: isOwn ? [] : issues };
}

function toIssue({ reason, events }: Count, total: number, code = reason): Issue {
  const share = total === 1 ? '' : ` for ${events} of the ${total} events of this request, which it does not name`;
  const known = findProcessingReason(reason)?.message;
  const verb = code === reason ? 'refuses with' : 'reports';
  return {
    field: 'response',
    code,
    message: `Google ${verb} ${reason}${share}.${known === undefined ? ' Look the reason up in the guide.' : ` ${known}`}`,
  };
}

const failedWithoutReason: Issue = {
  field: 'response',
  code: 'FAILED',
  message: 'Google refuses the request without a reason. Compare the payload with the guide, then retry the failed event.',
};

const requestForgotten: Issue = {
  field: 'response',
  code: 'INVALID_REQUEST_ID',
  message:
    "Google no longer knows the request, or only checked it, so its verdict is not known. Compare with Google's report. A replay repeats the same transaction id, which Google counts once.",
};

export const receipt = { firstAfterMs: 30 * minuteMs, giveUpAfterMs: dayMs, encode, decode };
