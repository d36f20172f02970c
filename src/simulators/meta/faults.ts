import { z } from 'zod';
import { addRetryAfter, createRejectionTest, Faults, faultFields } from '../kit/faults.ts';
import { connectionFaults } from '../kit/http/send-faulty.ts';
import {
  badToken,
  type EventsResponse,
  failure,
  invalidParameter,
  missingPermission,
  plainResponse,
} from './events-api/graph-error.ts';
import type { Settings } from './settings.ts';

const modes = [
  'ok',
  '401',
  '403',
  '404',
  '413',
  '429',
  '500',
  '400-no-details',
  'html',
  'permission',
  'throttle',
  'transient',
  'short-count',
  'reject',
  'french',
  'version-warning',
  ...connectionFaults,
] as const;

/**
 * A fault of the events endpoint. The faults that are a status, `400-no-details`, `html`, `permission`, `throttle`, `transient`, `hang`
 * and `reset` process no events. The others process the events; `reject` rejects the named events as validation does.
 */
export const faultSchema = z.strictObject({
  ...faultFields,
  mode: z.enum(modes),
  /** For `reject`: whether the response names the first rejected event. Default: `full`. */
  details: z.enum(['full', 'none']).optional(),
  /** Limits the fault to this dataset. */
  datasetId: z.string().optional(),
  /** For `throttle`: the error code. Default: 17. */
  code: z.literal([4, 17, 32, 341, 613, 80_000, 80_004, 80_014]).optional(),
  /** For `throttle`: minutes until access returns, in the usage header. */
  minutes: z.int().min(0).max(10_080).optional(),
});

export type Fault = z.infer<typeof faultSchema>;

/** Creates the faults of a simulator that begins without one. */
export const createFaults = (): Faults<Fault> =>
  new Faults(faultSchema, { eventId: 'event_id', getAccount: ({ datasetId }) => datasetId });

/** Returns whether `reject` rejects an event id, and whether the response names the event. */
export function createRefusalTest(fault: Fault | undefined): (eventId: unknown) => 'named' | 'unnamed' | undefined {
  const isRejected = createRejectionTest(fault);
  const refusal = fault?.details === 'none' ? 'unnamed' : 'named';
  return (eventId) => (isRejected(eventId) ? refusal : undefined);
}

/** Returns the minutes until access returns that the usage header reports; 0 unless the request is throttled. */
export const throttledMinutes = (fault: Fault | undefined, { throttleMinutes }: Settings): number =>
  fault?.mode === 'throttle' ? (fault.minutes ?? throttleMinutes) : 0;

/** Returns the response that replaces the endpoint's; undefined if the endpoint still processes the request. */
export function faultResponse(fault: Fault, traceId: string): EventsResponse | undefined {
  const answer = replacement(fault, traceId);
  return answer && addRetryAfter(answer, fault);
}

/** Subcodes that senders saw together with a code. */
const throttleSubcodes = new Map([
  [17, 2_446_079],
  [613, 1_487_742],
]);

function replacement({ mode, code = 17 }: Fault, traceId: string): EventsResponse | undefined {
  switch (mode) {
    case '401':
      return badToken(traceId);
    case '403':
      return failure(403, { message: '(#10) Application does not have permission for this action', code: 10 }, traceId);
    case '404':
      return failure(404, { message: '(#803) Some of the aliases you requested do not exist', code: 803 }, traceId);
    case '413':
      return plainResponse(413, '<h1>Payload Too Large</h1>');
    case '429':
      return plainResponse(429, null);
    case '500':
      return failure(500, { message: 'An unknown error occurred', code: 1 }, traceId);
    case '400-no-details':
      return invalidParameter(traceId);
    case 'html':
      return plainResponse(502, '<!doctype html><title>Bad gateway</title><h1>Bad gateway</h1>');
    case 'permission':
      return missingPermission(traceId);
    case 'transient':
      return failure(500, { message: 'Service temporarily unavailable', code: 2, is_transient: true }, traceId);
    case 'throttle': {
      const error_subcode = throttleSubcodes.get(code);
      const message = `(#${code}) ${code === 4 ? 'Application request limit reached' : 'User request limit reached'}`;
      return failure(400, { message, code, ...(error_subcode === undefined ? {} : { error_subcode }) }, traceId);
    }
    default:
      return undefined;
  }
}

const versionWarning = 'The call has been auto-upgraded to a newer version as the version of this call has been deprecated.';

/** Changes the endpoint's response as the fault requires. */
export function corruptResponse(answer: EventsResponse, fault: Fault): EventsResponse {
  if (fault.mode === 'version-warning')
    return { ...answer, headers: { ...answer.headers, 'x-ad-api-version-warning': versionWarning } };
  const { body } = answer;
  if (fault.mode !== 'short-count' || typeof body !== 'object' || body?.events_received === undefined) return answer;
  return { ...answer, body: { ...body, events_received: Math.max(0, body.events_received - 1) } };
}
