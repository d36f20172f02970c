import { z } from 'zod';
import { addRetryAfter, Faults, faultFields } from '../kit/faults.ts';
import { connectionFaults } from '../kit/http/send-faulty.ts';
import type { AnswerBody, EventsResponse } from './events-api/responses.ts';
import {
  createForbiddenResponse,
  createUnauthorizedResponse,
  emptyResponse,
  tooManyRequests,
  validationError,
} from './events-api/responses.ts';
import type { Settings } from './settings.ts';

const modes = [
  'ok',
  '401',
  '403',
  '404',
  '413',
  '429',
  '500',
  'short-count',
  '400-no-details',
  'html',
  'reject',
  'reject-200',
  'error-200',
  'warnings-200',
  'count-spelling',
  'no-count',
  'other-json',
  'empty-object',
  'empty',
  '204',
  'text',
  'html-200',
  ...connectionFaults,
] as const;

/**
 * A fault of the events endpoint. The faults that are an error's status, `400-no-details`, `error-200`, `html`, `html-200`, `text`, `hang` and
 * `reset` process no events. `200-then-drop`, `truncated`, `short-count`, `slow` and the successes without the documented count process the
 * events and corrupt the response. `reject` rejects the named events as validation does, and `reject-200` names them in a 200.
 */
export const faultSchema = z.strictObject({
  ...faultFields,
  mode: z.enum(modes),
  /** For `reject`: whether the response names the rejected events. Default: `full`. */
  details: z.enum(['full', 'none']).optional(),
  /** Limits the fault to this tag. */
  tagId: z.string().optional(),
});

export type Fault = z.infer<typeof faultSchema>;

/** Creates the faults of a simulator that begins without one. */
export const createFaults = (): Faults<Fault> =>
  new Faults(faultSchema, { eventId: 'eventId', getAccount: ({ tagId }) => tagId });

/** Returns the response that replaces the endpoint's; undefined if the endpoint still processes the request. */
export function faultResponse(fault: Fault, settings: Settings, traceId: string): EventsResponse | undefined {
  const answer = createReplacement(fault, settings, traceId);
  return answer && addRetryAfter(answer, fault);
}

function createReplacement({ mode }: Fault, { retryAfterSeconds }: Settings, traceId: string): EventsResponse | undefined {
  switch (mode) {
    case '401':
      return createUnauthorizedResponse(401, traceId);
    case '403':
      return createForbiddenResponse(traceId);
    case '404':
    case '413':
    case '500':
      return emptyResponse(Number(mode));
    case '429':
      return tooManyRequests(traceId, String(retryAfterSeconds));
    case '400-no-details':
      return validationError();
    case 'html':
      return {
        ...emptyResponse(503),
        body: '<!doctype html><title>Service unavailable</title><h1>Service unavailable</h1>',
      };
    case 'html-200':
      return { ...emptyResponse(200), body: '<!doctype html><title>Sign in</title><h1>Sign in</h1>' };
    case 'text':
      return { ...emptyResponse(200, { 'content-type': 'text/plain' }), body: 'OK' };
    case 'error-200':
      return { ...createForbiddenResponse(traceId), status: 200 };
    default:
      return undefined;
  }
}

/** Returns the body of a success without the documented count; undefined for any other mode, and for a refusal that keeps its form. */
function createUncounted(mode: Fault['mode'], { eventsReceived, traceId }: AnswerBody): AnswerBody | null | undefined {
  const trace = traceId === undefined ? {} : { traceId };
  switch (mode) {
    case 'count-spelling':
      return eventsReceived === undefined ? undefined : { EventsReceived: String(eventsReceived), ...trace };
    case 'no-count':
      return eventsReceived === undefined ? undefined : trace;
    case 'warnings-200':
      return eventsReceived === undefined
        ? undefined
        : { error: { code: 'ValidationWarning', message: '', details: [sampleWarning] }, ...trace };
    case 'other-json':
      return { status: 'ok' };
    case 'empty-object':
      return {};
    case 'empty':
    case '204':
      return null;
    default:
      return undefined;
  }
}

const sampleWarning = {
  index: 0,
  propertyName: 'data[0].referrerUrl',
  errorMessage: "'referrerUrl' must be a valid URL.",
  errorCode: 'InvalidUrl',
  isWarning: true,
};

/** Returns the fault as the check of event ids sees it: `reject-200` rejects as `reject` does. */
export function toRejection(fault: Fault | undefined): Fault | undefined {
  return fault?.mode === 'reject-200' ? { ...fault, mode: 'reject' } : fault;
}

/** Changes the endpoint's response as the fault requires. */
export function corruptResponse(answer: EventsResponse, fault: Fault): EventsResponse {
  const { body } = answer;
  if (typeof body !== 'object' || body === null) return answer;
  if (fault.mode === 'short-count' && body.eventsReceived !== undefined) {
    return { ...answer, body: { ...body, eventsReceived: Math.max(0, body.eventsReceived - 1) } };
  }
  const uncounted = createUncounted(fault.mode, body);
  if (uncounted !== undefined) return { ...answer, status: fault.mode === '204' ? 204 : 200, body: uncounted };
  if (fault.mode === 'reject-200' && body.error?.details !== undefined) return { ...answer, status: 200 };
  // Only a response of validation names rejected events.
  if (
    fault.mode === 'reject' &&
    fault.details === 'none' &&
    (body.eventsReceived !== undefined || body.error?.details !== undefined)
  ) {
    return validationError();
  }
  return answer;
}
