import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { type ErrorCode, errorBody } from '../../errors.ts';
import type { Issue } from '../../event/issue.ts';

/** The HTTP status of each error code of the dashboard's port. */
export const accessErrorStatus = {
  'parameter-invalid': 400,
  'metrics-refused': 401,
  'not-signed-in': 401,
  'sign-in-refused': 401,
  'not-our-page': 403,
  'password-refused': 403,
  'setup-refused': 403,
  'invitation-refused': 403,
  'not-found': 404,
  'account-exists': 409,
  'request-too-large': 413,
  'host-unknown': 421,
  'rate-limited': 429,
  internal: 500,
} as const satisfies Partial<Record<ErrorCode, ContentfulStatusCode>>;

/** The error codes of the dashboard's port. */
export type AccessRefusal = keyof typeof accessErrorStatus;

/** Sends an error response. `issues` must contain no value of the request. */
export function sendError(c: Context, code: AccessRefusal, issues?: readonly Issue[]): Response {
  return c.json({ ...errorBody(code), ...(issues && { issues }) }, accessErrorStatus[code]);
}

/** Sends `rate-limited` with the time to wait. */
export function sendTooManyRequests(c: Context, waitSeconds: number): Response {
  c.header('retry-after', String(waitSeconds));
  return sendError(c, 'rate-limited');
}
