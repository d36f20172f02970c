import { z } from 'zod';
import type { Issue, Json } from '../../event/issue.ts';
import type { EventResult, HttpRequest, HttpResponse, ResponseVerdict } from '../kit/destination.ts';
import { decodeList, encodeList } from '../kit/encode-list.ts';
import { createForeignReader, isAccepted, isTemporary, isWebPage, retryUnconfirmed } from '../kit/foreign-response.ts';
import { parseJsonOrUndefined, sanitizeVendorText } from '../kit/response-body.ts';
import { type Settings, standardEndpoint } from './settings.ts';

const { decodeForeign, explainForeign, explainForeignProbe, retryLater, webPageVerdict } = createForeignReader({
  platform: 'Pinterest',
  api: 'API for Conversions of Pinterest',
  /** The header of other operations of the API, in seconds, is an assumption for this one. */
  readRetryAfter(headers) {
    const reset = headers['x-ratelimit-reset'];
    return headers['retry-after'] ?? (reset !== undefined && /^\d{1,6}$/.test(reset) ? reset : undefined);
  },
});

/**
 * Encodes a batch as one request. The root has `data` and nothing else, because an unknown key refuses it. The test mode is a parameter.
 * @source https://github.com/pinterest/api-description 5.23.0 (2025-12-11)
 */
export function encode(texts: readonly string[], settings: Settings): HttpRequest {
  return encodeTexts(texts, settings, settings.testMode === 'on');
}

function encodeTexts(texts: readonly string[], { endpoint, adAccountId, token }: Settings, isTest: boolean): HttpRequest {
  return {
    method: 'POST',
    url: `${endpoint}/v5/ad_accounts/${adAccountId}/events${isTest ? '?test=true' : ''}`,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: encodeList('data', texts),
  };
}

/** Returns the payloads of a body that `encode` made. */
export function decodeBody(body: string): readonly Json[] {
  return decodeList(body, 'data');
}

/**
 * Returns the verdict of a response. A 200 has one status per event, in the order of the request, so it may carry refusals. A 422 has the
 * same list in its details, or names no event. A 400 processed nothing. Verdicts without an answer of Pinterest are assumptions, chosen so
 * that no event is lost or is delivered that is not.
 * @source https://github.com/pinterest/api-description 5.23.0 (2025-12-11)
 */
export function decode(
  response: HttpResponse,
  count: number,
  { endpoint }: Pick<Settings, 'endpoint'> = { endpoint: standardEndpoint },
): ResponseVerdict {
  const { status } = response;
  const answer = parseAnswer(response);
  if (isAccepted(status)) {
    if (isWebPage(response)) return webPageVerdict;
    const accepted = response.incomplete ? undefined : decodeAcceptance(answer, count);
    if (accepted !== undefined) return accepted;
    if (answer?.code !== undefined) return retryLater(response, describeError(`Pinterest answered ${status}`, answer));
    return retryUnconfirmed(response, { platform: 'Pinterest', field: 'events', endpoint, standard: standardEndpoint });
  }
  if (isTemporary(status)) return retryLater(response, describeError(`Pinterest answered ${status}`, answer));
  if (!isError(answer)) return decodeForeign(response, count);
  const refusal = findRefusal(status, answer);
  if (refusal !== undefined) return { blocked: refusal };
  if (status === 422) return decodePartly(answer, count) ?? { bisect: [toIssue(answer)] };
  if (status === 413) return { bisect: [] };
  if (answer.code === 8) return retryLater(response, describeError('Pinterest received too many requests', answer));
  if (status < 400) return { blocked: explainForeign(response) };
  return decodeRefusal(answer, count);
}

const probeEvent = {
  event_name: 'custom',
  action_source: 'web',
  event_time: 1,
  event_id: 'convey-probe',
  user_data: { em: ['0'.repeat(64)] },
};

/**
 * One event of 1970 in the test mode, so that nothing is recorded. Pinterest checks the token and the ad account before the events (an
 * assumption), so a refusal of the event proves them.
 */
export const probe = {
  encode: (settings: Settings): HttpRequest => encodeTexts([JSON.stringify(probeEvent)], settings, true),
  decode(response: HttpResponse): 'ok' | Issue {
    const { status } = response;
    const answer = parseAnswer(response);
    if (isAccepted(status)) return hasCounts(answer) && !isWebPage(response) ? 'ok' : explainForeign(response);
    if (isTemporary(status) || !isError(answer)) return explainForeignProbe(response);
    return findRefusal(status, answer) ?? (status < 400 ? explainForeign(response) : 'ok');
  },
};

/** Returns the verdict of a 2xx; `undefined` if the answer does not state which events were processed. */
function decodeAcceptance(answer: Answer | undefined, count: number): ResponseVerdict | undefined {
  const { events = [], num_events_processed: processed } = answer ?? {};
  if (events.length > count) return { bisect: [answerMismatch] };
  if (events.length === count && count > 0) {
    const settled = events.map(toResult);
    const delivered = settled.filter(({ outcome }) => outcome === 'delivered').length;
    return { settled, issues: processed !== undefined && processed < delivered ? [shortCount] : [] };
  }
  if (processed === undefined && events.length === 0) return undefined;
  // Without an entry for each event, only the count shows that none was refused (an assumption).
  const isWhole = processed !== undefined && processed >= count;
  const missing: EventResult = isWhole ? { outcome: 'delivered', issues: [] } : { outcome: 'rejected', issues: [noAnswer] };
  const settled = [...events.map(toResult), ...Array.from({ length: count - events.length }, () => missing)];
  return { settled, issues: [entriesMissing] };
}

/** Returns the verdict of a 422: its details may hold the list of a 200. Sending an event again is safe by its id. */
function decodePartly({ details }: Answer, count: number): ResponseVerdict | undefined {
  const { data } = z.object({ events: entriesSchema }).safeParse(details);
  return data?.events.length === count ? { settled: data.events.map(toResult), issues: [] } : undefined;
}

/** Returns the verdict of a request in which nothing was processed: the event that the text names, else the batch is bisected. */
function decodeRefusal(answer: Answer, count: number): ResponseVerdict {
  const [, position] = /\bdata(?:\[|\.)(\d{1,4})\b/.exec((answer.message ?? '').slice(0, 2_000)) ?? [];
  const index = Number(position);
  return position !== undefined && index < count
    ? { rejectRows: new Map([[index, [toIssue(answer)]]]) }
    : { bisect: [toIssue(answer)] };
}

function toResult({ status, error_message: error = '', warning_message: warning = '' }: Entry): EventResult {
  if (status === 'processed')
    return {
      outcome: 'delivered',
      issues: [error, warning]
        .filter((words) => words.trim() !== '')
        .map((words) => toEntryIssue(words, 'warning', 'Pinterest took the event with a warning')),
    };
  if (status !== 'failed') return { outcome: 'rejected', issues: [noAnswer] };
  return {
    outcome: 'rejected',
    issues: [toEntryIssue(error.trim() === '' ? warning : error, 'failed', 'Pinterest refused the event')],
  };
}

/** Returns the words of an entry as an issue. Pinterest has no codes for them, and names the field in quotes, if at all. */
function toEntryIssue(words: string, code: string, what: string): Issue {
  const [, field = ''] =
    /^\s*(?:Invalid ([a-z_]{1,40}):|'([a-z_]{1,40})')/.exec(words)?.filter((part) => part !== undefined) ?? [];
  return { field, code, message: `${what}. Its words: “${sanitizeVendorText(words) || 'none'}”. Compare the payload with them.` };
}

const entriesSchema = z.lazy(() => {
  const textOrNull = z
    .string()
    .nullish()
    .transform((text) => text ?? undefined)
    .catch(undefined);
  return z.array(
    z
      .object({ status: z.string().catch(''), error_message: textOrNull, warning_message: textOrNull })
      .catch({ status: '', error_message: undefined, warning_message: undefined }),
  );
});
type Entry = z.output<typeof entriesSchema>[number];

/** The members of a response that Convey reads. A member of the wrong type counts as missing. */
const answerSchema = z.lazy(() =>
  z.object({
    num_events_received: z.int().nonnegative().optional().catch(undefined),
    num_events_processed: z.int().nonnegative().optional().catch(undefined),
    events: entriesSchema.optional().catch(undefined),
    code: z.int().optional().catch(undefined),
    message: z.string().optional().catch(undefined),
    details: z.unknown().optional(),
  }),
);

type Answer = z.output<typeof answerSchema>;

function parseAnswer({ body }: HttpResponse): Answer | undefined {
  return answerSchema.safeParse(parseJsonOrUndefined(body)).data;
}

function isError(answer: Answer | undefined): answer is Answer {
  return answer?.code !== undefined || answer?.message !== undefined;
}

function hasCounts(answer: Answer | undefined): boolean {
  return answer?.num_events_received !== undefined || answer?.num_events_processed !== undefined || answer?.events !== undefined;
}

/** Returns the issue of a refused credential. */
function findRefusal(status: number, answer: Answer): Issue | undefined {
  if (status === 401) return addWords(answer.code === 3 ? scopeMissing : tokenRefused, answer);
  if (status === 403) return addWords(accessRefused, answer);
  return status === 404 ? addWords(accountNotFound, answer) : undefined;
}

/** Returns a refusal of the content as an issue, with Pinterest's number as its code. */
function toIssue(answer: Answer): Issue {
  const text = (answer.message ?? '').slice(0, 2_000);
  const [, path] = /\bdata(?:\[\d{1,4}\]|\.\d{1,4})\.(\w{1,64}(?:\.\w{1,64}){0,4})/.exec(text) ?? [];
  const [, key] = /'(\w{1,64})' (?:was unexpected|is a required property)/.exec(text) ?? [];
  const field = path ?? key ?? '';
  return addWords(
    {
      field,
      code: String(answer.code ?? 'refused'),
      message: 'Pinterest refused the event as invalid. Compare its payload with the rules of the API for Conversions.',
    },
    answer,
  );
}

function addWords(issue: Issue, { code, message }: Answer): Issue {
  const words = sanitizeVendorText(message ?? '');
  return {
    ...issue,
    message: `${issue.message} Pinterest's words: “${words === '' ? 'none' : words}” (code ${code ?? 'none'}).`,
  };
}

function describeError(what: string, answer: Answer | undefined): string {
  const words = sanitizeVendorText(answer?.message ?? '');
  return `${what}${answer?.code === undefined ? '' : ` (code ${answer.code})`}.${words === '' ? '' : ` Its words: “${words}”.`}`;
}

const tokenRefused: Issue = {
  field: 'settings.token',
  code: 'token-refused',
  message:
    'Pinterest does not accept the conversion access token: it is incomplete or withdrawn. In Ads Manager, open Conversions > Conversions API, generate a new token, and set it. Events wait meanwhile.',
};

const scopeMissing: Issue = {
  field: 'settings.token',
  code: 'scope-missing',
  message:
    'The token may not send events. Generate a conversion access token in Ads Manager, or give the token of your app the scope `ads:write`. Events wait meanwhile.',
};

const accessRefused: Issue = {
  field: 'settings.adAccountId',
  code: 'access-refused',
  message:
    "The token may not send events to this ad account. Its user must be Owner, Admin, Analyst, Audience or Campaign there. Check that `adAccountId` is the ad account's, and not the tag's. Events wait meanwhile.",
};

const accountNotFound: Issue = {
  field: 'settings.adAccountId',
  code: 'account-not-found',
  message:
    'Pinterest knows no such ad account. Compare `adAccountId` with the URL of Ads Manager: it is not the tag ID. Events wait meanwhile.',
};

const answerMismatch: Issue = {
  field: '',
  code: 'answer-mismatch',
  message:
    "Pinterest's answer has more entries than events were sent, so it cannot be read. Check that `endpoint` is Pinterest's.",
};

const noAnswer: Issue = {
  field: '',
  code: 'no-answer',
  message:
    "Pinterest's answer has no known status for this event. Retry the failed event: Pinterest merges a repetition by its event ID.",
};

const entriesMissing: Issue = {
  field: 'events',
  code: 'entries-missing',
  message: "Pinterest's answer has fewer entries than events were sent. If this repeats, contact Pinterest's support.",
};

const shortCount: Issue = {
  field: 'num_events_processed',
  code: 'short-count',
  message:
    "Pinterest counted fewer events than it named as processed. No event is sent again. If this repeats, contact Pinterest's support.",
};
