import { z } from 'zod';
import type { Issue, Json } from '../../event/issue.ts';
import type { HttpRequest, HttpResponse, ResponseVerdict } from '../kit/destination.ts';
import { decodeList, encodeList } from '../kit/encode-list.ts';
import {
  explainForeignAnswer,
  explainRedirect,
  explainUnavailable,
  explainWebPage,
  isTemporary,
  isWebPage,
  retryUnconfirmed,
} from '../kit/foreign-response.ts';
import { parseJsonOrUndefined, sanitizeVendorText } from '../kit/response-body.ts';
import type { Settings } from './settings.ts';

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
export function decode(response: HttpResponse, count: number): ResponseVerdict {
  const { status } = response;
  if (status >= 200 && status < 300) return decodeAcceptance(response, count);
  // 422 is the other common status for a body that was parsed and refused.
  if (status === 400 || status === 422) return decodeRefusal(response, count);
  // A proxy may refuse the size, so smaller batches may pass. A single event cannot be made smaller.
  if (status === 413 && isWebPage(response) && count <= 1) return webPageVerdict;
  if (status === 413) return { bisect: toIssues(readDetails(parseResponse(response), 0)) };
  if (isTemporary(status)) {
    const retryAfter = response.headers['retry-after'];
    return { retry: `Microsoft answered ${status}.`, ...(retryAfter !== undefined && { retryAfter }) };
  }
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
    if (isRefusal || (status >= 200 && status < 300)) {
      if (isWebPage(response)) return webPageIssue;
      const answer = parseResponse(response);
      const proof = isRefusal ? answer?.error : answer?.eventsReceived;
      return proof === undefined ? explainForeignAnswer(status, "Microsoft's", api) : 'ok';
    }
    if (!isTemporary(status) && status !== 413) return explainBlock(status);
    return explainUnavailable(status, 'Microsoft');
  },
};

/**
 * Returns the verdict of a 2xx: every event was processed, because `continueOnValidationError` is false. Microsoft's own 2xx has
 * `eventsReceived`. An event that it names as an error was processed only if the count includes it.
 * @source https://learn.microsoft.com/en-us/advertising/guides/uet-conversion-api-integration (2026-08-04)
 */
function decodeAcceptance(response: HttpResponse, count: number): ResponseVerdict {
  if (isWebPage(response)) return webPageVerdict;
  const answer = parseResponse(response);
  if (answer?.eventsReceived === undefined || response.incomplete)
    return retryUnconfirmed(response, 'Microsoft', 'eventsReceived');
  const details = readDetails(answer, count);
  const missing = count - answer.eventsReceived;
  const errorRows = new Set(details.flatMap(({ row, isWarning }) => (row === undefined || isWarning ? [] : [row])));
  const refusedRows = missing > 0 ? errorRows : new Set<number>();
  const byRow = Map.groupBy(details, ({ row }) => row);
  const issues = toIssues(byRow.get(undefined));
  if (missing > refusedRows.size) issues.push(shortCount);
  return {
    settled: Array.from({ length: count }, (_, row) => ({
      outcome: refusedRows.has(row) ? 'rejected' : 'delivered',
      issues: toIssues(byRow.get(row)),
    })),
    issues,
  };
}

function decodeRefusal(response: HttpResponse, count: number): ResponseVerdict {
  const { status, incomplete, body } = response;
  // The author of a web page did not check events and would refuse each one, so a bisection would make all of them dead letters.
  if (isWebPage(response)) return webPageVerdict;
  if (incomplete) {
    // A response longer than Convey reads would be as long the next time, and block the events behind it.
    if (body.length >= minTruncatedLength) return { bisect: [] };
    return { retry: `Microsoft refused the batch (${status}), but its answer was truncated.` };
  }
  const reasons = Map.groupBy(
    readDetails(parseResponse(response), count).filter(({ isWarning }) => !isWarning),
    ({ row }) => row,
  );
  const rejectRows = new Map<number, readonly Issue[]>();
  for (const [row, details] of reasons) if (row !== undefined) rejectRows.set(row, toIssues(details));
  return rejectRows.size > 0 ? { rejectRows } : { bisect: toIssues(reasons.get(undefined)) };
}

/** The minimum number of UTF-16 units in 64 KiB, the part of a response that Convey reads. */
const minTruncatedLength = 21_845;

/**
 * The members of a response that Convey reads. A member of the wrong type counts as missing. `attemptedValue` is not read, because it may
 * be personal.
 */
const responseSchema = z.lazy(() => {
  const optionalText = z.string().optional().catch(undefined);
  return z.object({
    eventsReceived: z.number().optional().catch(undefined),
    error: z
      .object({
        code: optionalText,
        message: optionalText,
        details: z
          .array(
            z
              .object({
                index: z.int().nonnegative().optional().catch(undefined),
                propertyName: optionalText,
                errorMessage: optionalText,
                errorCode: optionalText,
                isWarning: z.boolean().optional().catch(undefined),
              })
              .catch({}),
          )
          .optional()
          .catch(undefined),
      })
      .optional()
      .catch(undefined),
  });
});

type ResponseBody = z.output<typeof responseSchema>;

function parseResponse({ body }: HttpResponse): ResponseBody | undefined {
  const { data } = responseSchema.safeParse(parseJsonOrUndefined(body));
  return data;
}

interface ResponseDetail {
  /** Index of the payload. Undefined if the detail names no payload of this batch. */
  readonly row: number | undefined;
  readonly isWarning: boolean;
  readonly issue: Issue;
}

/** Returns all details of a response. Bodies before July 2026 had no `errorCode` and no `isWarning`: their details are errors. */
function readDetails(answer: ResponseBody | undefined, count: number): readonly ResponseDetail[] {
  const error = answer?.error;
  if (error === undefined) return [];
  const details = (error.details ?? []).map(({ index, propertyName = '', errorMessage, errorCode, isWarning = false }) => {
    const [, named, field = ''] = /^(?:data\[(\d{1,6})\]\.?)?(.*)$/s.exec(propertyName) ?? [];
    const row = index ?? (named === undefined ? undefined : Number(named));
    return { row: row !== undefined && row < count ? row : undefined, isWarning, issue: toIssue(field, errorCode, errorMessage) };
  });
  return details.length > 0 ? details : [{ row: undefined, isWarning: false, issue: toIssue('', error.code, error.message) }];
}

function toIssue(field: string, code = '', message = ''): Issue {
  return {
    field: sanitizeVendorText(field),
    code: sanitizeVendorText(code) || 'refused',
    message: sanitizeVendorText(message) || 'Microsoft gave no reason.',
  };
}

function toIssues(details: readonly ResponseDetail[] = []): Issue[] {
  return details.map(({ issue }) => issue);
}

const api = 'Conversions API';
const webPageIssue = explainWebPage(api);

/** A web application firewall answers like this too. It checks the content of events, so a probe does not reveal it. */
const webPageVerdict = { blocked: webPageIssue, mayBeContent: true } as const satisfies ResponseVerdict;

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
