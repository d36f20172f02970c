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
import { parseJsonOrUndefined, sanitizeVendorText } from '../kit/response-body.ts';
import { type ErrorRule, findErrorRule } from './errors.ts';
import { readRetryAfter } from './retry-after.ts';
import { type Settings, standardEndpoint } from './settings.ts';

const { decodeForeign, explainForeignProbe, retryLater, webPageVerdict } = createForeignReader({
  platform: 'Meta',
  api: 'Conversions API of Meta',
  readRetryAfter,
});

/** Names Convey to Meta: under 23 characters, with the major and minor version. Meta prescribes the form, the name is an assumption. */
export const partnerAgent = 'convey-0.2';

/**
 * Encodes a batch as one request. The token is in a header, because URLs are logged.
 * @source https://developers.facebook.com/docs/marketing-api/conversions-api/using-the-api (2026-09-12)
 */
export function encode(texts: readonly string[], settings: Settings): HttpRequest {
  const { endpoint, apiVersion, datasetId, token, testEventCode } = settings;
  return {
    method: 'POST',
    url: `${endpoint}/${apiVersion}/${datasetId}/events`,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: encodeList('data', texts, {
      ...(testEventCode !== undefined && { test_event_code: testEventCode }),
      partner_agent: partnerAgent,
    }),
  };
}

/** Returns the payloads of a body that `encode` made. */
export function decodeBody(body: string): readonly Json[] {
  return decodeList(body, 'data');
}

/**
 * Returns the verdict of a response. One event that Meta refuses takes its whole request with it. The code of the error decides before the
 * status. Verdicts without an error of Meta are assumptions, chosen so that no event is lost.
 * @source https://developers.facebook.com/docs/marketing-api/error-reference (2026-09-12)
 */
export function decode(
  response: HttpResponse,
  count: number,
  { endpoint }: Pick<Settings, 'endpoint'> = { endpoint: standardEndpoint },
): ResponseVerdict {
  const answer = parseAnswer(response);
  if (answer?.error !== undefined) return decodeError(answer.error, response, count);
  const { status } = response;
  if (isAccepted(status)) return isWebPage(response) ? webPageVerdict : decodeAcceptance(answer, response, count, endpoint);
  // The error may be behind the end.
  if (response.incomplete === 'cut' && status === 400)
    return retryLater(response, `Meta refused the batch (${status}), but its answer was truncated.`);
  return decodeForeign(response, count);
}

/** An event that Meta never accepts: too old, and without an identifier. */
const probeEvent = { event_name: 'PageView', event_time: 1, action_source: 'website', user_data: {} };

/**
 * A request that Meta can never accept. Meta checks the token and the dataset before the events (an assumption), so a refusal of the event
 * proves them.
 */
export const probe = {
  encode: (settings: Settings): HttpRequest => encode([JSON.stringify(probeEvent)], settings),
  decode(response: HttpResponse): 'ok' | Issue {
    const { status } = response;
    const answer = parseAnswer(response);
    if (answer?.error === undefined) {
      if (isAccepted(status) && answer?.events_received !== undefined) return 'ok';
      return explainForeignProbe(response);
    }
    const rule = findErrorRule(answer.error);
    if (rule?.verdict === 'content') return 'ok';
    if (rule?.verdict === 'blocked') return addDetails(rule.issue, answer.error);
    if (rule?.verdict === 'retry' || isTemporary(status)) return explainUnavailable(status, 'Meta');
    return addDetails(unknownError, answer.error);
  },
};

function decodeError(error: AnswerError, response: HttpResponse, count: number): ResponseVerdict {
  const rule = findErrorRule(error);
  if (rule?.verdict === 'retry') return retryLater(response, describeError(`Meta reports ${rule.reason}`, error));
  if (rule?.verdict === 'blocked')
    return { blocked: addDetails(rule.issue, error), ...(rule.mayBeContent && { mayBeContent: true }) };
  const { status } = response;
  if (rule === undefined && (status < 400 || isTemporary(status)))
    return retryLater(response, describeError('Meta reports an unknown error', error));
  return decodeRefusal(rule, error, count);
}

/** Returns the verdict of a refused event: the one that the error names, else the batch is bisected. */
function decodeRefusal(rule: ErrorRule | undefined, error: AnswerError, count: number): ResponseVerdict {
  const { index, field } = findNamedEvent(error);
  const issue = toIssue(rule, error, field);
  return index !== undefined && index < count ? { rejectRows: new Map([[index, [issue]]]) } : { bisect: [issue] };
}

/**
 * Returns the verdict of a 2xx: every event was processed, because Meta processes all of a request or none of it. Meta's own 2xx has
 * `events_received`.
 * @source https://developers.facebook.com/docs/marketing-api/conversions-api/using-the-api (2026-09-12)
 */
function decodeAcceptance(answer: Answer | undefined, response: HttpResponse, count: number, endpoint: string): ResponseVerdict {
  if (answer?.events_received === undefined || response.incomplete)
    return retryUnconfirmed(response, { platform: 'Meta', field: 'events_received', endpoint, standard: standardEndpoint });
  const issues: Issue[] = (answer.messages ?? []).slice(0, maxMessages).map(toNote);
  if (answer.events_received < count) issues.push(shortCount);
  if (response.headers['x-ad-api-version-warning'] !== undefined) issues.push(versionEnding);
  return { settled: Array.from({ length: count }, () => ({ outcome: 'delivered', issues: [] })), issues };
}

const maxMessages = 20;

function toNote(message: unknown): Issue {
  const text = typeof message === 'string' ? message : (JSON.stringify(message) ?? '');
  return { field: '', code: 'note', message: sanitizeVendorText(text) || 'Meta sent a note without a text.' };
}

/** The members of a response that Convey reads. A member of the wrong type counts as missing. An error has a code. */
const answerSchema = z.lazy(() => {
  const optionalText = z.string().optional().catch(undefined);
  const optionalCode = z.int().optional().catch(undefined);
  return z.object({
    events_received: z.number().optional().catch(undefined),
    /** Notes on accepted events. Meta does not document their type. */
    messages: z.array(z.unknown()).optional().catch(undefined),
    error: z
      .object({
        code: z.int(),
        error_subcode: optionalCode,
        is_transient: z.boolean().optional().catch(undefined),
        message: optionalText,
        error_user_title: optionalText,
        error_user_msg: optionalText,
        error_data: z
          .object({ blame_field_specs: z.array(z.array(z.string())) })
          .optional()
          .catch(undefined),
        fbtrace_id: optionalText,
      })
      .optional()
      .catch(undefined),
  });
});

type Answer = z.output<typeof answerSchema>;
type AnswerError = NonNullable<Answer['error']>;

function parseAnswer({ body }: HttpResponse): Answer | undefined {
  return answerSchema.safeParse(parseJsonOrUndefined(body)).data;
}

const namedEvent = /(?:\$?\['data'\]|\bdata)\[(\d{1,4})\]((?:\['[\w]{1,64}'\]|\[\d{1,4}\]|\.\w{1,64}){0,8})/;

/** Returns the position of the event that the error names, and the path of its field. Meta names one event at most (an assumption). */
function findNamedEvent(error: AnswerError): { readonly index?: number; readonly field: string } {
  const { message = '', error_user_msg = '', error_data } = error;
  const texts = [message, error_user_msg, ...(error_data?.blame_field_specs ?? []).map((path) => path.join(''))];
  for (const text of texts) {
    const [, index, path = ''] = namedEvent.exec(text.slice(0, 2_000)) ?? [];
    if (index !== undefined) return { index: Number(index), field: path.replace(/\['(\w+)'\]/g, '.$1').replace(/^\./, '') };
  }
  return { field: '' };
}

/** Returns the error as an issue, with Meta's numbers as its code. */
function toIssue(rule: ErrorRule | undefined, error: AnswerError, field: string): Issue {
  const reason = rule?.verdict === 'content' ? rule.reason : unknownError.message;
  const { code, error_subcode: subcode } = error;
  return {
    field,
    code: subcode === undefined ? String(code) : `${code}/${subcode}`,
    message: `${reason} ${formatDetails(error)}`,
  };
}

function addDetails(issue: Issue, error: AnswerError): Issue {
  return { ...issue, message: `${issue.message} ${formatDetails(error)}` };
}

/** Returns Meta's own words, which may be in another language, and the trace id that Meta's support asks for. */
function formatDetails({ message, error_user_title, error_user_msg, fbtrace_id }: AnswerError): string {
  const texts = [error_user_title, error_user_msg ?? message].map((text = '') => sanitizeVendorText(text));
  const words = texts.filter((text) => text !== '').join(': ');
  const trace = sanitizeVendorText(fbtrace_id ?? '').slice(0, 64);
  return `Meta's words: “${words === '' ? 'none' : words}”${trace === '' ? '.' : ` (fbtrace_id ${trace}).`}`;
}

function describeError(what: string, error: AnswerError): string {
  const { code, error_subcode: subcode } = error;
  return `${what} (${subcode === undefined ? code : `${code}/${subcode}`}). ${formatDetails(error)}`;
}

const unknownError: Issue = {
  field: '',
  code: 'error-unknown',
  message: 'Meta refused the request with an error that Convey does not know. Look up its code in the event debugger.',
};

const shortCount: Issue = {
  field: 'events_received',
  code: 'short-count',
  message:
    "Meta accepted the batch but counted fewer events than were sent. No event is sent again. If this repeats, contact Meta's support.",
};

const versionEnding: Issue = {
  field: 'settings.apiVersion',
  code: 'version-ending',
  message:
    'Meta warns that this version of the Graph API ends, or has ended. Update Convey, or set `apiVersion` to a current version.',
};
