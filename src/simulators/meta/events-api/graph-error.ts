import type { Reply } from '../../kit/http/reply.ts';
import type { Problem } from './problem.ts';
import { describeProblem, type Language } from './problem-texts.ts';
import type { AcceptedEvent } from './validate.ts';

/** An HTTP response before it is sent. */
export interface EventsResponse extends Reply {
  readonly body: AnswerBody | string | null;
  readonly accepted?: readonly AcceptedEvent[];
}

export interface AnswerBody {
  readonly events_received?: number;
  readonly messages?: readonly string[];
  readonly fbtrace_id?: string;
  readonly error?: GraphError;
}

export interface GraphError {
  readonly message: string;
  readonly type: 'OAuthException' | 'GraphMethodException';
  readonly code: number;
  readonly error_subcode?: number;
  readonly is_transient: boolean;
  readonly error_user_title?: string;
  readonly error_user_msg?: string;
  readonly error_data?: { readonly blame_field_specs: readonly (readonly string[])[] };
  readonly fbtrace_id: string;
}

export function failure(
  status: number,
  error: Pick<GraphError, 'message' | 'code'> & Partial<GraphError>,
  traceId: string,
  headers: Readonly<Record<string, string>> = {},
): EventsResponse {
  const { message, code, type = 'OAuthException', error_subcode, is_transient = false, ...texts } = error;
  return {
    status,
    headers,
    body: {
      error: {
        message,
        type,
        code,
        ...(error_subcode === undefined ? {} : { error_subcode }),
        is_transient,
        ...texts,
        fbtrace_id: traceId,
      },
    },
  };
}

export function success(accepted: readonly AcceptedEvent[], traceId: string): EventsResponse {
  return { status: 200, body: { events_received: accepted.length, messages: [], fbtrace_id: traceId }, accepted };
}

export const unsupportedMethod = (traceId: string): EventsResponse =>
  failure(405, { message: 'Unsupported request method.', type: 'GraphMethodException', code: 100 }, traceId, { allow: 'POST' });

/** Assumption: an expired version fails. Other endpoints of the Marketing API use the oldest living version instead. */
export const expiredVersion = (version: string, oldest: number, traceId: string): EventsResponse =>
  failure(
    400,
    {
      message: `(#2635) You are calling a deprecated version of the Ads API (${version}). Use v${oldest}.0 or newer.`,
      code: 2635,
    },
    traceId,
  );

export const unknownPath = (traceId: string): EventsResponse =>
  failure(400, { message: 'Unknown path components', code: 2500 }, traceId);

export const badToken = (traceId: string): EventsResponse =>
  failure(401, { message: 'Invalid OAuth access token - Cannot parse access token', code: 190 }, traceId);

export function unknownDataset(datasetId: string, traceId: string): EventsResponse {
  const id = /^\d{1,20}$/.test(datasetId) ? `'${datasetId}'` : 'of this path';
  const message = `Unsupported post request. Object with ID ${id} does not exist, cannot be loaded due to missing permissions, or does not support this operation.`;
  return failure(400, { message, type: 'GraphMethodException', code: 100, error_subcode: 33 }, traceId);
}

export const missingPermission = (traceId: string): EventsResponse =>
  failure(400, { message: '(#100) Missing Permission', code: 100 }, traceId);

export const emptyData = (traceId: string): EventsResponse =>
  failure(400, { message: '(#100) param data must be non-empty.', code: 100 }, traceId);

/** Assumption: the text and the absent subcode of a list that is too long. */
export const tooManyEvents = (maxEvents: number, traceId: string): EventsResponse =>
  failure(400, { message: `(#100) param data must have at most ${maxEvents} elements.`, code: 100 }, traceId);

/** Refuses the whole request. Only a problem with a path names the event. */
export function refusal(problem: Problem, language: Language, traceId: string): EventsResponse {
  const { title, message } = describeProblem(problem, language);
  const texts = {
    error_user_title: title,
    error_user_msg: message,
    error_data: { blame_field_specs: [['data']] },
  };
  return failure(400, { message: 'Invalid parameter', code: 100, error_subcode: problem.subcode, ...texts }, traceId);
}

/** Refuses the request without a subcode. */
export const invalidParameter = (traceId: string): EventsResponse =>
  failure(400, { message: 'Invalid parameter', code: 100 }, traceId);
