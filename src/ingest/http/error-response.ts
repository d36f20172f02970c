import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { type ErrorCode, errorBody } from '../../errors.ts';

/** The HTTP status of each error code of the collector. */
export const ingestErrorStatus = {
  'body-unreadable': 400,
  'body-too-deep': 400,
  'event-count': 400,
  'not-authorised': 401,
  'not-signed': 401,
  'write-key-unknown': 401,
  'origin-not-listed': 403,
  'not-found': 404,
  'method-not-allowed': 405,
  'body-too-large': 413,
  'body-over-compressed': 413,
  'value-count': 413,
  'encoding-unsupported': 415,
  'rate-limited': 429,
  internal: 500,
  'not-accepting': 503,
} as const satisfies Partial<Record<ErrorCode, ContentfulStatusCode>>;

/** An error code of the collector. */
export type IngestErrorCode = keyof typeof ingestErrorStatus;

type Headers = Readonly<Record<string, string>>;

const errorCodeKey = 'refused';

/** Returns the error code that the request was answered with. */
export function getErrorCode(c: Context): string | undefined {
  const code: unknown = c.get(errorCodeKey);
  return typeof code === 'string' ? code : undefined;
}

/** Sends the error response to a caller that exceeds its rate. */
export function sendRateLimited(c: Context, waitSeconds: number, headers: Headers = {}): Response {
  return sendError(c, 'rate-limited', { ...headers, 'retry-after': String(Math.ceil(waitSeconds)) });
}

/** Sends an error response. Nothing of the request was acknowledged. `not-accepting` asks the caller to repeat the request soon. */
export function sendError(c: Context, code: IngestErrorCode, headers: Headers = {}): Response {
  c.set(errorCodeKey, code);
  const retryHeaders: Headers = code === 'not-accepting' ? { 'retry-after': '1' } : {};
  return c.json(errorBody(code), ingestErrorStatus[code], { ...retryHeaders, ...headers });
}
