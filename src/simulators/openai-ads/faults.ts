import { z } from 'zod';
import { addRetryAfter, Faults, faultFields } from '../kit/faults.ts';
import { connectionFaults } from '../kit/http/send-faulty.ts';
import { type EventsResponse, fail } from './events-api/answer.ts';

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
  'error-in-200',
  'empty',
  'short-count',
  'reject',
  ...connectionFaults,
] as const;

/**
 * A fault of the events endpoint. The faults that are a status, `400-no-details`, `html`, `error-in-200`, `hang` and `reset` store no events.
 * The others do; `reject` refuses a request with one of the named events as validation does.
 */
export const faultSchema = z.strictObject({
  ...faultFields,
  mode: z.enum(modes),
  /** Limits the fault to this pixel. */
  pixelId: z.string().optional(),
});

export type Fault = z.infer<typeof faultSchema>;

/** Creates the faults of a simulator that begins without one. */
export const createFaults = (): Faults<Fault> => new Faults(faultSchema, { eventId: 'id', getAccount: ({ pixelId }) => pixelId });

/** Returns the response that replaces the endpoint's; undefined if the endpoint still processes the request. */
export function replaceResponse(fault: Fault): EventsResponse | undefined {
  const answer = findReplacement(fault.mode);
  return answer && addRetryAfter(answer, fault);
}

function findReplacement(mode: Fault['mode']): EventsResponse | undefined {
  switch (mode) {
    case '401':
      return fail(401, { message: 'The API key is invalid.' });
    case '403':
      return fail(403, { message: 'The API key may not use this pixel.' });
    case '404':
      return fail(404, { message: 'The pixel was not found.', param: 'pid' });
    case '413':
      return fail(413, { message: 'The request is too large.' });
    case '429':
      return fail(429, { message: 'Too many requests.' });
    case '500':
      return fail(500, { message: 'The server had an error.' });
    case '400-no-details':
      return { status: 400, body: null };
    case 'error-in-200':
      return fail(200, { message: 'The server had an error.' });
    case 'html':
      return { status: 200, body: '<!doctype html><title>Sign in</title><h1>Sign in</h1>' };
    default:
      return undefined;
  }
}

/** Changes the endpoint's response as the fault requires. */
export function corruptResponse(answer: EventsResponse, { mode }: Fault): EventsResponse {
  const { body } = answer;
  if (mode === 'empty' && answer.status === 200) return { ...answer, body: null };
  if (mode !== 'short-count' || typeof body !== 'object' || body === null || !('accepted_events' in body)) return answer;
  return { ...answer, body: { accepted_events: Math.max(0, body.accepted_events - 1) } };
}
