import { z } from 'zod';
import type { Issue, Json } from '../../event/issue.ts';
import type { HttpRequest, HttpResponse, ResponseVerdict } from '../kit/destination.ts';
import { decodeList, encodeList } from '../kit/encode-list.ts';
import {
  createForeignReader,
  explainUnavailable,
  isAccepted,
  isTemporary,
  isWebPage,
  retryUnconfirmed,
} from '../kit/foreign-response.ts';
import { parseJsonOrUndefined } from '../kit/response-body.ts';
import { isInvalidParameter, pixelCodeRefused, readCode } from './answer-codes.ts';
import { readMessage } from './answer-message.ts';
import { type Settings, standardEndpoint } from './settings.ts';

const foreign = createForeignReader({ platform: 'TikTok', api: 'Events API of TikTok', connectionStatuses: [404, 405] });
const { explainForeign, retryLater } = foreign;

/**
 * Encodes a batch as one request. The address ends with a slash.
 * @source https://business-api.tiktok.com/portal/docs?id=1771101303285761 (2026-08-10)
 */
export function encode(texts: readonly string[], { endpoint, pixelCode, token, testEventCode }: Settings): HttpRequest {
  return {
    method: 'POST',
    url: `${endpoint}/open_api/v1.3/event/track/`,
    headers: { 'access-token': token, 'content-type': 'application/json' },
    body: encodeList('data', texts, {
      event_source: 'web',
      event_source_id: pixelCode,
      ...(testEventCode !== undefined && { test_event_code: testEventCode }),
    }),
  };
}

/** Returns the payloads of a body that `encode` made. */
export function decodeBody(body: string): readonly Json[] {
  return decodeList(body, 'data');
}

/**
 * Returns the verdict of a response. The request succeeds or fails as a whole: it succeeded only if its `code` is 0. Verdicts on answers
 * without a code are assumptions, chosen so that no event is lost.
 * @source https://business-api.tiktok.com/portal/docs?id=1771101303285761 (2026-08-10)
 */
export function decode(
  response: HttpResponse,
  count: number,
  { endpoint }: Pick<Settings, 'endpoint'> = { endpoint: standardEndpoint },
): ResponseVerdict {
  const answer = parseAnswer(response);
  if (answer === undefined) return decodeForeign(response, count, endpoint);
  const meaning = readCode(answer.code);
  if (meaning.verdict === 'retry') return retryLater(response, describe(meaning.reason, answer));
  if (meaning.verdict === 'blocked') return { blocked: addDetails(meaning.issue, answer) };
  if (meaning.verdict === 'content') return decodeRefusal(answer, count);
  const isWhole = isAccepted(response.status) && !response.incomplete;
  if (!isWhole) return retryLater(response, unknownReason(response.status));
  if (meaning.verdict === 'partial') return settleAll(count, 'unverified', [toIssue(answer, '')]);
  return settleAll(count, 'delivered', []);
}

/** A request without events: TikTok checks the token first, and then refuses the empty list (an assumption). */
export const probe = {
  encode: (settings: Settings): HttpRequest => encode([], settings),
  decode(response: HttpResponse): 'ok' | Issue {
    const { status } = response;
    const answer = parseAnswer(response);
    if (answer === undefined)
      return isTemporary(status) && status >= 300 ? explainUnavailable(status, 'TikTok') : explainForeign(response);
    const meaning = readCode(answer.code);
    if (meaning.verdict === 'blocked') return addDetails(meaning.issue, answer);
    if (meaning.verdict === 'retry') return explainUnavailable(status, 'TikTok');
    if (meaning.verdict !== 'content') return 'ok';
    if (!isInvalidParameter(answer.code)) return addDetails(unknownError, answer);
    return readMessage(answer.message).isAboutSource ? addDetails(pixelCodeRefused, answer) : 'ok';
  },
};

function settleAll(count: number, outcome: 'delivered' | 'unverified', issues: readonly Issue[]): ResponseVerdict {
  return { settled: Array.from({ length: count }, () => ({ outcome, issues })), issues: [] };
}

/** Returns the verdict of a refused request: the event that TikTok names is rejected, else the batch is bisected. */
function decodeRefusal(answer: Answer, count: number): ResponseVerdict {
  const { index, field, isAboutSource } = readMessage(answer.message);
  const issue = toIssue(answer, field);
  if (index !== undefined) return index < count ? { rejectRows: new Map([[index, [issue]]]) } : { bisect: [issue] };
  // An event with this word in its texts may have caused the message. The probe, which has no event, decides.
  if (isAboutSource) return { blocked: addDetails(pixelCodeRefused, answer), mayBeContent: true };
  return { bisect: [issue] };
}

/** Returns the verdict of a response that has no code of TikTok. */
function decodeForeign(response: HttpResponse, count: number, endpoint: string): ResponseVerdict {
  const { status } = response;
  // A web page with 413 is a proxy's, which refuses the size.
  if (isWebPage(response) && status < 500 && status !== 413) return { blocked: explainForeign(response), mayBeContent: true };
  if (isAccepted(status))
    return retryUnconfirmed(response, { platform: 'TikTok', field: 'code', endpoint, standard: standardEndpoint });
  return status === 400 ? { bisect: [badRequest] } : foreign.decodeForeign(response, count);
}

/** The code decides, so an answer without one is no answer of TikTok. A message of the wrong type counts as missing. */
const answerSchema = z.lazy(() =>
  z.object({
    code: z.int(),
    message: z.string().catch(''),
    request_id: z.string().catch(''),
  }),
);

type Answer = z.output<typeof answerSchema>;

function parseAnswer({ body }: HttpResponse): Answer | undefined {
  return answerSchema.safeParse(parseJsonOrUndefined(body)).data;
}

/** Returns the refusal as an issue, with TikTok's number as its code. */
function toIssue(answer: Answer, field: string): Issue {
  const code = String(answer.code);
  const reason =
    answer.code === 20_001
      ? 'TikTok accepted only a part of the request, and does not name it, so it is not known whether the event counts. Look for it in Events Manager.'
      : 'TikTok refused the event. Correct the field that TikTok names, or compare the payload with the rules of the Events API.';
  return { field, code, message: `${reason} ${formatDetails(answer)}` };
}

function addDetails(issue: Issue, answer: Answer): Issue {
  return { ...issue, message: `${issue.message} ${formatDetails(answer)}` };
}

function describe(reason: string, answer: Answer): string {
  return `${reason} ${formatDetails(answer)}`;
}

/** Returns TikTok's own words, and the id of the request that TikTok's support asks for. */
function formatDetails({ message, request_id }: Answer): string {
  const { words } = readMessage(message);
  const id = /^[\w-]{1,64}$/.test(request_id) ? ` (request_id ${request_id})` : '';
  return `TikTok's words: “${words === '' ? 'none' : words}”${id}.`;
}

function unknownReason(status: number): string {
  return `TikTok answered ${status} without a whole result, so it is not known whether it received the events. TikTok merges the copies by their IDs.`;
}

const badRequest: Issue = {
  field: '',
  code: 'refused-without-code',
  message:
    'The endpoint answered 400 without a code of TikTok. Compare the event with the rules of the Events API, and check any proxy on the way.',
};

const unknownError: Issue = {
  field: '',
  code: 'error-unknown',
  message: 'TikTok refused the request with an error that Convey does not know. Look up its code in the event debugger.',
};
