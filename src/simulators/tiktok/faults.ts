import { z } from 'zod';
import { addRetryAfter, createRejectionTest, Faults, faultFields } from '../kit/faults.ts';
import { connectionFaults } from '../kit/http/send-faulty.ts';
import { codes, createAnswer, createForeignAnswer, type EventsResponse } from './events-api/answer.ts';
import { refusePermission, refuseToken } from './events-api/events-endpoint.ts';

const modes = [
  'ok',
  '401',
  '403',
  '404',
  '413',
  '429',
  '500',
  'html',
  'revoked',
  'permission',
  'throttle',
  'system-error',
  'no-code',
  'partial',
  'reject',
  ...connectionFaults,
] as const;

/**
 * A fault of the events endpoint. `reject` rejects the named events as validation does. `200-then-drop`, `truncated`, `slow`, `no-code` and
 * `partial` process the events; the others process none.
 */
export const faultSchema = z.strictObject({
  ...faultFields,
  mode: z.enum(modes),
  /** For `reject`: whether the answer names the first rejected event. Default: `full`. */
  details: z.enum(['full', 'none']).optional(),
  /** Limits the fault to this pixel. */
  pixelCode: z.string().optional(),
  /** For `throttle` and `system-error`: the status of the answer. Default: 200. */
  status: z.literal([200, 401, 429, 500]).optional(),
});

export type Fault = z.infer<typeof faultSchema>;

/** Creates the faults of a simulator that begins without one. */
export const createFaults = (): Faults<Fault> =>
  new Faults(faultSchema, { eventId: 'event_id', getAccount: ({ pixelCode }) => pixelCode });

/** Returns whether `reject` rejects an event id, and whether the answer names the event. */
export function createRefusalTest(fault: Fault | undefined): (eventId: unknown) => 'named' | 'unnamed' | undefined {
  const isRejected = createRejectionTest(fault);
  const refusal = fault?.details === 'none' ? 'unnamed' : 'named';
  return (eventId) => (isRejected(eventId) ? refusal : undefined);
}

/** Returns the response that replaces the endpoint's; undefined if the endpoint still processes the request. */
export function faultResponse(fault: Fault, requestId: string): EventsResponse | undefined {
  const answer = replacement(fault, requestId);
  return answer && addRetryAfter(answer, fault);
}

function replacement({ mode, status = 200 }: Fault, requestId: string): EventsResponse | undefined {
  const answer = (code: number, message: string, answered: number) =>
    createAnswer(code, message, requestId, { status: answered });
  switch (mode) {
    case '401':
      return refuseToken(requestId, 401);
    case 'revoked':
      return refuseToken(requestId, 200);
    case '403':
      return createForeignAnswer(403, '<!doctype html><title>Forbidden</title><h1>Request blocked</h1>');
    case '404':
      return createForeignAnswer(404, null);
    case '413':
      return createForeignAnswer(413, '<h1>Payload Too Large</h1>');
    case '429':
      return answer(codes.tooManyRequests, tooMany, 429);
    case '500':
      return answer(codes.systemError, 'System error', 500);
    case 'html':
      return createForeignAnswer(502, '<!doctype html><title>Bad gateway</title><h1>Bad gateway</h1>');
    case 'permission':
      return refusePermission('C4ABCDEF0123456789AB', requestId);
    case 'throttle':
      return answer(codes.tooManyRequests, tooMany, status);
    case 'system-error':
      return answer(codes.systemError, 'System error', status);
    default:
      return undefined;
  }
}

const tooMany = 'Too many requests. Please retry in some time.';

/** Changes the endpoint's response as the fault requires. */
export function corruptResponse(answer: EventsResponse, { mode }: Fault): EventsResponse {
  const { body } = answer;
  if (typeof body !== 'object' || body === null || body.code !== codes.ok) return answer;
  if (mode === 'partial') return { ...answer, body: { ...body, code: codes.partial, message: 'Partial success' } };
  // A proxy replaced the body. The events were received.
  return mode === 'no-code' ? { ...answer, body: '' } : answer;
}
