import type { Reply } from '../../kit/http/reply.ts';
import type { AcceptedEvent, Verdict } from './validate.ts';

/** An entry of the list in a 200, in the order of the request. */
interface Entry {
  readonly status: 'processed' | 'failed';
  readonly error_message: string | null;
  readonly warning_message: string | null;
}

/** The body of a 200. */
export interface EventsBody {
  readonly num_events_received: number;
  readonly num_events_processed: number;
  readonly events?: readonly Entry[];
}

/** The body of any other status. */
export interface ErrorBody {
  readonly code: number;
  readonly message: string;
  readonly details?: object;
}

/** The response of the events endpoint, and the events that it processed. */
export interface EventsResponse extends Reply {
  readonly body: EventsBody | ErrorBody | string | null;
  readonly accepted?: readonly AcceptedEvent[];
}

/** Creates an error. @source https://github.com/pinterest/api-description 5.23.0 (2025-12-11; codes and texts) */
export function failure(status: number, code: number, message: string): EventsResponse {
  return { status, body: { code, message } };
}

export const badToken = (): EventsResponse => failure(401, 2, 'Authentication failed.');
export const missingScope = (): EventsResponse => failure(401, 3, 'Authorization failed.');
export const notPermitted = (): EventsResponse => failure(403, 29, 'You are not permitted to access that resource.');
/** Assumption: the code. */
export const unknownAccount = (): EventsResponse => failure(404, 50, 'Ad account not found.');
export const rampedDown = (): EventsResponse => failure(503, 4_197, 'This endpoint is currently unable to accept requests.');
/** Assumption: the code of a 405. */
export const unsupportedMethod = (): EventsResponse => ({
  ...failure(405, 1, 'Method not allowed.'),
  headers: { allow: 'POST' },
});

/** Creates the response with status 200, which has one entry for each event. */
export function success(verdicts: readonly Verdict[]): EventsResponse {
  const accepted = verdicts.flatMap((verdict) => ('accepted' in verdict ? [verdict.accepted] : []));
  return {
    status: 200,
    body: {
      num_events_received: verdicts.length,
      num_events_processed: accepted.length,
      events: verdicts.map(
        (verdict): Entry =>
          'accepted' in verdict
            ? {
                status: 'processed',
                error_message: null,
                warning_message: verdict.accepted.warnings.map(({ message }) => message).join(' '),
              }
            : { status: 'failed', error_message: verdict.failed, warning_message: null },
      ),
    },
    accepted,
  };
}

/** Turns a 200 with a refusal into a 422. Assumption: the shape of the details. */
export function toPartial(answer: EventsResponse, hasList: boolean): EventsResponse {
  const { body } = answer;
  if (typeof body !== 'object' || body === null || !('num_events_received' in body)) return answer;
  if (body.num_events_processed === body.num_events_received) return answer;
  const message = 'Not all events were successfully processed.';
  return { ...answer, status: 422, body: { code: 4_196, message, details: hasList ? body : {} } };
}
