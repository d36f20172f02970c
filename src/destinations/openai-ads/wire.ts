import { z } from 'zod';
import type { Issue, Json } from '../../event/issue.ts';
import type { UnixMs } from '../../event/units.ts';
import type { HttpRequest, HttpResponse, ResponseVerdict } from '../kit/destination.ts';
import { decodeList, encodeList } from '../kit/encode-list.ts';
import { createForeignReader, explainUnavailable, isAccepted, isTemporary, isWebPage } from '../kit/foreign-response.ts';
import { parseJsonOrUndefined, sanitizeVendorText } from '../kit/response-body.ts';
import type { Payload } from './payload.ts';
import type { Settings } from './settings.ts';

const { decodeForeign, explainForeign, webPageVerdict } = createForeignReader({
  platform: 'OpenAI',
  api: 'Conversions API of OpenAI',
});

/**
 * Encodes a batch as one request. The key is in a header, because URLs are logged.
 * @source https://developers.openai.com/ads/conversions-api (2026-09-11)
 */
export function encode(texts: readonly string[], settings: Settings): HttpRequest {
  return encodeTexts(texts, settings, settings.mode === 'validate');
}

function encodeTexts(texts: readonly string[], { endpoint, pixelId, token }: Settings, isValidation: boolean): HttpRequest {
  return {
    method: 'POST',
    url: `${endpoint}/v1/events?pid=${encodeURIComponent(pixelId)}`,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: encodeList('events', texts, { ...(isValidation && { validate_only: true }), integration_source: 'convey' }),
  };
}

/** Returns the payloads of a body that `encode` made. */
export function decodeBody(body: string): readonly Json[] {
  return decodeList(body, 'events');
}

/**
 * Returns the verdict of a response. OpenAI documents no statuses, no answers and no errors, so each verdict is an assumption, chosen so that
 * no event is lost. One event that OpenAI refuses takes its whole request with it.
 * @source https://developers.openai.com/ads/conversions-api (2026-09-11; one bad event fails the batch)
 */
export function decode(response: HttpResponse, count: number): ResponseVerdict {
  const { status } = response;
  const answer = parseAnswer(response);
  if (isAccepted(status)) return decodeAcceptance(answer, response, count);
  if (isTemporary(status)) return retryLater(response, `OpenAI answered ${status}. ${quote(answer?.error)}`);
  if (isWebPage(response)) return webPageVerdict;
  if (status === 400 || status === 422) return { bisect: answer?.error ? [toIssue(answer.error)] : [] };
  const refused = explainRefusal(status, answer?.error);
  return refused === undefined ? decodeForeign(response, count) : { blocked: refused };
}

/**
 * A page view that OpenAI checks and does not store.
 * @source https://developers.openai.com/ads/conversions-api (2026-09-11)
 */
export const probe = {
  encode: (settings: Settings, _token: string | undefined, at: UnixMs): HttpRequest =>
    encodeTexts(
      [
        JSON.stringify({
          id: 'convey-probe',
          type: 'page_viewed',
          timestamp_ms: at,
          action_source: 'web',
          source_url: 'https://shop.example/',
          user: { obref: 'convey-probe' },
          data: { type: 'contents' },
        } satisfies Payload),
      ],
      settings,
      true,
    ),
  decode(response: HttpResponse): 'ok' | Issue {
    const { status } = response;
    const answer = parseAnswer(response);
    if (isWebPage(response)) return webPageVerdict.blocked;
    if (isAccepted(status)) return answer?.error ? probeRefused(answer.error) : 'ok';
    if (isTemporary(status)) return explainUnavailable(status, 'OpenAI');
    if (status === 400 || status === 422) return probeRefused(answer?.error);
    return explainRefusal(status, answer?.error) ?? explainForeign(response);
  },
};

/**
 * Returns the verdict of a 2xx: OpenAI stores all of a request or none of it. An answer that was cut off is no acceptance, and one that is
 * longer than is read is one by its status.
 */
function decodeAcceptance(answer: Answer | undefined, response: HttpResponse, count: number): ResponseVerdict {
  if (isWebPage(response)) return webPageVerdict;
  if (response.incomplete === 'cut') return retryLater(response, `OpenAI answered ${response.status} with a truncated answer.`);
  if (answer?.error) return retryLater(response, `OpenAI answered ${response.status} with an error. ${quote(answer.error)}`);
  const issues: Issue[] = [];
  if (answer === undefined || response.incomplete) issues.push(answerUnreadable);
  else if (answer.accepted_events !== undefined && answer.accepted_events < count) issues.push(shortCount);
  return { settled: Array.from({ length: count }, () => ({ outcome: 'delivered', issues: [] })), issues };
}

/** The members of a response that Convey reads. A member of the wrong type counts as missing. */
const answerSchema = z.lazy(() => {
  const optionalText = z.string().optional().catch(undefined);
  return z.object({
    accepted_events: z.number().optional().catch(undefined),
    error: z
      .union([
        z.object({ message: optionalText, code: optionalText, param: optionalText }),
        z.string().transform((message) => ({ message, code: undefined, param: undefined })),
      ])
      .optional()
      .catch(undefined),
  });
});

type Answer = z.output<typeof answerSchema>;
type AnswerError = NonNullable<Answer['error']>;

function parseAnswer({ body }: HttpResponse): Answer | undefined {
  return answerSchema.safeParse(parseJsonOrUndefined(body)).data;
}

/** Returns a refusal of an event as an issue. */
function toIssue(error: AnswerError): Issue {
  return {
    field: sanitizeVendorText(error.param ?? '').slice(0, 100),
    code: toCode(error.code),
    message: `OpenAI refused the event. ${quote(error)}`,
  };
}

function toCode(code: string | undefined): string {
  return code !== undefined && /^[\w.-]{1,60}$/.test(code) ? code : 'refused';
}

function quote(error: AnswerError | undefined): string {
  const text = sanitizeVendorText(error?.message ?? '');
  return text === '' ? 'It gave no reason.' : `OpenAI's words: “${text}”.`;
}

function explainRefusal(status: number, error: AnswerError | undefined): Issue | undefined {
  if (status === 401 || status === 403)
    return {
      field: 'settings.token',
      code: 'key-refused',
      message: `OpenAI does not accept the Conversions API key for this pixel (${status}). Create a new key in Ads Manager > Conversions, and set it as \`token\`. ${quote(error)} Events wait meanwhile.`,
    };
  if (status === 404)
    return {
      field: 'settings.pixelId',
      code: 'pixel-not-found',
      message: `OpenAI knows no such pixel (404). Copy \`pixelId\` again from Ads Manager > Conversions. An account without conversion tracking gets this answer too. ${quote(error)} Events wait meanwhile.`,
    };
  return undefined;
}

function probeRefused(error: AnswerError | undefined): Issue {
  return {
    field: 'settings.pixelId',
    code: 'probe-refused',
    message: `OpenAI refused the event of the probe, which it only checks. Compare \`pixelId\` and \`token\` with Ads Manager, and update Convey. ${quote(error)}`,
  };
}

function retryLater({ headers }: HttpResponse, reason: string): ResponseVerdict {
  const retryAfter = headers['retry-after'];
  return { retry: reason.trim(), ...(retryAfter !== undefined && { retryAfter }) };
}

const answerUnreadable: Issue = {
  field: '',
  code: 'answer-unreadable',
  message: "OpenAI accepted the batch, but its answer is no JSON object. Check that `endpoint` is OpenAI's.",
};

const shortCount: Issue = {
  field: 'accepted_events',
  code: 'short-count',
  message:
    "OpenAI accepted the batch but counted fewer events than were sent. No event is sent again. If this repeats, contact OpenAI's support.",
};
