import { z } from 'zod';
import { addRetryAfter, Faults, faultFields } from '../kit/faults.ts';
import { connectionFaults } from '../kit/http/send-faulty.ts';
import type { EventsResponse } from './events-api/responses.ts';
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
  ...connectionFaults,
] as const;

/**
 * A fault of the events endpoint. The faults that are a status, `400-no-details`, `html`, `hang` and `reset` process no events.
 * `200-then-drop`, `truncated`, `short-count` and `slow` process the events and corrupt the response. `reject` rejects the named
 * events as validation does.
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
    default:
      return undefined;
  }
}

/** Changes the endpoint's response as the fault requires. */
export function corruptResponse(answer: EventsResponse, fault: Fault): EventsResponse {
  const { body } = answer;
  if (typeof body !== 'object' || body === null) return answer;
  if (fault.mode === 'short-count' && body.eventsReceived !== undefined) {
    return { ...answer, body: { ...body, eventsReceived: Math.max(0, body.eventsReceived - 1) } };
  }
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
