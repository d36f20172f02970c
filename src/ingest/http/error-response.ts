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
  'budget-used-up': 429,
  internal: 500,
  'not-accepting': 503,
} as const satisfies Partial<Record<ErrorCode, ContentfulStatusCode>>;

/** An error code of the collector. */
export type IngestErrorCode = keyof typeof ingestErrorStatus;

/** The errors after which the same request may be sent again later. */
export type LaterErrorCode = Extract<IngestErrorCode, 'rate-limited' | 'budget-used-up'>;

type Headers = Readonly<Record<string, string>>;

/** A response of the collector, for any server. */
export interface Reply {
  readonly status: ContentfulStatusCode;
  /** Sent as JSON. */
  readonly body: object;
  readonly headers?: Headers;
  /** The error code, if the request was refused. */
  readonly refused?: IngestErrorCode;
}

const refusedKey = 'refused';

/** Returns the error code that the request was answered with. */
export function getErrorCode(c: Context): string | undefined {
  const code: unknown = c.get(refusedKey);
  return typeof code === 'string' ? code : undefined;
}

/** Returns an error response. Nothing of the request was acknowledged. `not-accepting` asks the caller to repeat the request soon. */
export function createErrorReply(code: IngestErrorCode, headers: Headers = {}): Reply {
  const retryHeaders: Headers = code === 'not-accepting' ? { 'retry-after': '1' } : {};
  return { status: ingestErrorStatus[code], body: errorBody(code), headers: { ...retryHeaders, ...headers }, refused: code };
}

/** Returns the error response to a caller that exceeds its rate. */
export function createRateLimitedReply(waitSeconds: number, headers: Headers = {}): Reply {
  return createLaterReply('rate-limited', waitSeconds, headers);
}

/** Returns the error response that asks the caller to repeat the request after the wait. */
export function createLaterReply(code: LaterErrorCode, waitSeconds: number, headers: Headers = {}): Reply {
  return createErrorReply(code, { ...headers, 'retry-after': String(Math.ceil(waitSeconds)) });
}

/** Sends a reply as the response of a Hono handler. */
export function sendReply(c: Context, { status, body, headers, refused }: Reply): Response {
  if (refused !== undefined) c.set(refusedKey, refused);
  return c.json(body, status, headers);
}

export function sendError(c: Context, code: IngestErrorCode, headers?: Headers): Response {
  return sendReply(c, createErrorReply(code, headers));
}

export function sendRateLimited(c: Context, waitSeconds: number, headers?: Headers): Response {
  return sendReply(c, createRateLimitedReply(waitSeconds, headers));
}

/** Sends the response that asks the caller to repeat the request after the wait. */
export function sendLater(c: Context, code: LaterErrorCode, waitSeconds: number, headers: Headers = {}): Response {
  return sendReply(c, createLaterReply(code, waitSeconds, headers));
}
