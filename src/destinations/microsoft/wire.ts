import type { Issue, Json } from '../../event/issue.ts';
import type { HttpRequest, HttpResponse, ResponseVerdict } from '../kit/destination.ts';
import { decodeList, encodeList } from '../kit/encode-list.ts';
import {
  createForeignReader,
  explainRedirect,
  explainUnavailable,
  explainUnknownAnswer,
  isAccepted,
  isTemporary,
  isUnknownSuccess,
  isWebPage,
  retryUnconfirmed,
} from '../kit/foreign-response.ts';
import { type Answer, type AnswerDetail, groupRefusals, parseAnswer, readDetails, toIssues } from './answer.ts';
import { type Settings, standardEndpoint } from './settings.ts';

const { explainForeign, retryLater, webPageVerdict } = createForeignReader({ platform: 'Microsoft', api: 'Conversions API' });

/**
 * Encodes a batch as one request. `continueOnValidationError` is false, so a refused batch is not processed at all.
 * @source https://learn.microsoft.com/en-us/advertising/guides/uet-conversion-api-integration (2026-08-04)
 */
export function encode(texts: readonly string[], { endpoint, tagId, token }: Settings): HttpRequest {
  return {
    method: 'POST',
    url: `${endpoint}/v1/${tagId}/events`,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: encodeList('data', texts, { continueOnValidationError: false, dataProvider: 'convey' }),
  };
}

/** Returns the payloads of a body that `encode` made. */
export function decodeBody(body: string): readonly Json[] {
  return decodeList(body, 'data');
}

/**
 * Returns the verdict of a response. Microsoft documents 200, 400 and 401. The verdicts for other statuses are assumptions,
 * chosen so that no event is lost or sent twice.
 * @source https://learn.microsoft.com/en-us/advertising/guides/uet-conversion-api-integration (2026-08-04)
 */
export function decode(
  response: HttpResponse,
  count: number,
  { endpoint }: Pick<Settings, 'endpoint'> = { endpoint: standardEndpoint },
): ResponseVerdict {
  const { status } = response;
  if (isAccepted(status)) return decodeAcceptance(response, count, endpoint);
  // 422 is the other common status for a body that was parsed and refused.
  if (status === 400 || status === 422) return decodeRefusal(response, count);
  // A proxy may refuse the size, so smaller batches may pass. A single event cannot be made smaller.
  if (status === 413 && isWebPage(response) && count <= 1) return webPageVerdict;
  if (status === 413) return { bisect: toIssues(readDetails(parseAnswer(response), 0)) };
  if (isTemporary(status)) return retryLater(response, `Microsoft answered ${status}.`);
  const isAboutConnection = status === 401 || status < 400;
  return { blocked: explainBlock(status), ...(!isAboutConnection && { mayBeContent: true }) };
}

/**
 * A request without events: Microsoft checks the credential before it refuses the empty list (an assumption). An answer proves
 * the credential only in Microsoft's format, because any server on the way can answer 200 or 400.
 */
export const probe = {
  encode: (settings: Settings): HttpRequest => encode([], settings),
  decode(response: HttpResponse): 'ok' | Issue {
    const { status } = response;
    const isRefusal = status === 400 || status === 422;
    if (isRefusal || isAccepted(status)) {
      if (isWebPage(response)) return webPageVerdict.blocked;
      const answer = parseAnswer(response);
      if (answer && isProof(answer, isRefusal)) return 'ok';
      return !isRefusal && isUnknownSuccess(response) ? explainUnknownAnswer(status, 'Microsoft') : explainForeign(response);
    }
    if (!isTemporary(status) && status !== 413) return explainBlock(status);
    return explainUnavailable(status, 'Microsoft');
  },
};

function isProof({ error, received, hasError, traceId }: Answer, isRefusal: boolean): boolean {
  return isRefusal ? error !== undefined : received !== undefined || (!hasError && traceId !== undefined);
}

/**
 * Returns the verdict of a 2xx: every event was processed, because `continueOnValidationError` is false. An event that Microsoft names as an
 * error was processed only if the count includes it. The guide mentions the count for `continueOnValidationError: true` alone.
 * @source https://learn.microsoft.com/en-us/advertising/guides/uet-conversion-api-integration (2026-08-15)
 */
function decodeAcceptance(response: HttpResponse, count: number, endpoint: string): ResponseVerdict {
  if (isWebPage(response)) return webPageVerdict;
  const answer = response.incomplete ? undefined : parseAnswer(response);
  const details = readDetails(answer, count);
  if (answer?.received !== undefined) return settle(details, count, count - answer.received);
  const rejectRows = groupRefusals(details);
  if (rejectRows.size > 0) return { rejectRows };
  if (answer === undefined || !isConfirmed(answer, details))
    return retryUnconfirmed(response, { platform: 'Microsoft', field: 'eventsReceived', endpoint, standard: standardEndpoint });
  return settle(details, count, 0, [countMissing]);
}

/** Returns the results of a processed batch of which `missing` events were not counted. */
function settle(details: readonly AnswerDetail[], count: number, missing: number, notes: readonly Issue[] = []): ResponseVerdict {
  const refused = missing > 0 ? groupRefusals(details) : new Map<number, readonly Issue[]>();
  const byRow = Map.groupBy(details, ({ row }) => row);
  return {
    settled: Array.from({ length: count }, (_, row) => ({
      outcome: refused.has(row) ? 'rejected' : 'delivered',
      issues: toIssues(byRow.get(row)),
    })),
    issues: [...toIssues(byRow.get(undefined)), ...(missing > refused.size ? [shortCount] : []), ...notes],
  };
}

/** Returns whether a 2xx without a count is Microsoft's: it has a trace id and no error, or nothing but warnings. */
function isConfirmed({ hasError, traceId }: Answer, details: readonly AnswerDetail[]): boolean {
  return hasError ? details.length > 0 && details.every(({ isWarning }) => isWarning) : traceId !== undefined;
}

function decodeRefusal(response: HttpResponse, count: number): ResponseVerdict {
  const { status, incomplete } = response;
  // The author of a web page did not check events and would refuse each one, so a bisection would make all of them dead letters.
  if (isWebPage(response)) return webPageVerdict;
  if (incomplete === 'cut') return { retry: `Microsoft refused the batch (${status}), but its answer was truncated.` };
  // A response longer than Convey reads would be as long the next time, and block the events behind it.
  if (incomplete) return { bisect: [] };
  const details = readDetails(parseAnswer(response), count);
  const rejectRows = groupRefusals(details);
  if (rejectRows.size > 0) return { rejectRows };
  return { bisect: toIssues(details.filter(({ row, isWarning }) => row === undefined && !isWarning)) };
}

const countMissing: Issue = {
  field: 'eventsReceived',
  code: 'count-missing',
  message:
    "Microsoft accepted the batch without the count of its events, so they count as delivered. If Microsoft's report lacks them, contact Microsoft's support.",
};

const shortCount: Issue = {
  field: 'eventsReceived',
  code: 'short-count',
  message:
    "Microsoft accepted the batch but counted fewer events than were sent. No event is sent again. If this repeats, contact Microsoft's support.",
};

/**
 * A 4xx that concerns no single event pauses the connection until a person checks it, so nothing is lost.
 * @source https://learn.microsoft.com/en-us/advertising/guides/uet-conversion-api-integration (2026-08-04) for 401
 */
function explainBlock(status: number): Issue {
  if (status >= 300 && status < 400) return explainRedirect(status);
  switch (status) {
    case 401:
      // Other senders report that a token needs up to 15 minutes. Microsoft's page does not mention it.
      return {
        field: 'settings.token',
        code: 'token-refused',
        message:
          'Microsoft does not accept the token for this tag (401): the token is incomplete or belongs to another tag, or `tagId` is wrong. Copy the token again from the UET tag with the number in `tagId` (edit > Set up tagging > Use Conversions API > Copy token). A token made within the last 15 minutes may not be active yet: wait, and Convey probes it again automatically while it runs. Events wait meanwhile.',
      };
    case 403:
      return {
        field: 'settings.token',
        code: 'access-refused',
        message:
          'Microsoft refuses access (403). Check that your account may use the Conversions API (ask your account manager), and that no proxy or firewall answers in its place. Events wait meanwhile.',
      };
    case 404:
      return {
        field: 'settings.tagId',
        code: 'tag-not-found',
        message:
          'Microsoft does not know this endpoint and tag (404). Compare `tagId` with the number of the UET tag, and leave `endpoint` out unless you need another one. Events wait meanwhile.',
      };
    case 405:
    case 415:
      return {
        field: 'settings.endpoint',
        code: 'endpoint-wrong',
        message: `The endpoint does not accept Convey's requests (${status}), so it is not the Conversions API. Check \`endpoint\`, and any proxy on the way.`,
      };
    default:
      return {
        field: 'settings.endpoint',
        code: 'request-refused',
        message: `Microsoft refuses requests with an undocumented status (${status}). Check the answer in the event debugger, \`endpoint\`, and any proxy on the way.`,
      };
  }
}
