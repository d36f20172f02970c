import type { Reply } from '../../kit/http/reply.ts';
import type { Detail, ProcessedEvent, Verdict } from './validate.ts';

/** An HTTP response before it is sent. */
export interface EventsResponse extends Reply {
  readonly body: AnswerBody | string | null;
  /** The accepted events. Absent: none. */
  readonly processed?: readonly ProcessedEvent[];
}

/** @source https://learn.microsoft.com/en-us/advertising/guides/uet-conversion-api-integration (2026-08-04) */
export interface AnswerBody {
  readonly eventsReceived?: number;
  /** Another spelling, and a member of another service, which faults send. */
  readonly EventsReceived?: string;
  readonly status?: string;
  readonly error?: { readonly code: string; readonly message: string; readonly details?: readonly Detail[] };
  /** Assumption: undocumented, but present in real responses. Do not rely on it. */
  readonly traceId?: string;
}

const validationMessage =
  'One or multiple parameters did not pass validation checks, see details. Note that only the first 10 errors and warnings are shown.';

/** Returns a response without a body. */
export function emptyResponse(status: number, headers: Readonly<Record<string, string>> = {}): EventsResponse {
  return { status, headers, body: null };
}

function failure(
  status: number,
  code: string,
  message: string,
  traceId: string,
  headers: Record<string, string> = {},
): EventsResponse {
  return { status, headers, body: { error: { code, message }, traceId } };
}

export function createUnauthorizedResponse(status: number, traceId: string): EventsResponse {
  return failure(status, 'Unauthorized', 'You are not authorized to access this resource.', traceId);
}

export function createForbiddenResponse(traceId: string): EventsResponse {
  return failure(403, 'Forbidden', 'Access to this resource is forbidden.', traceId);
}

export function badRequest(status: number, traceId: string): EventsResponse {
  return failure(status, 'BadRequest', 'The request body is not a readable JSON object.', traceId);
}

export function tooManyRequests(traceId: string, retryAfter: string): EventsResponse {
  return failure(429, 'TooManyRequests', 'The request was throttled.', traceId, { 'retry-after': retryAfter });
}

/** Returns a validation error. It names no event if `details` is undefined. */
export function validationError(details?: readonly Detail[]): EventsResponse {
  const error = { code: 'ValidationError', message: validationMessage, ...(details === undefined ? {} : { details }) };
  return { status: 400, body: { error } };
}

/** Converts a validation result to Microsoft's response. */
export function toEventsResponse({ isRejected, processed, invalid, details }: Verdict, traceId: string): EventsResponse {
  if (isRejected) return validationError(details);
  const code = invalid > 0 ? 'ValidationError' : 'ValidationWarning';
  const error = details.length === 0 ? {} : { error: { code, message: validationMessage, details } };
  return { status: 200, headers: {}, body: { eventsReceived: processed.length, ...error, traceId }, processed };
}
