import { z } from 'zod';
import { addRetryAfter, Faults, faultFields } from '../kit/faults.ts';
import { connectionFaults } from '../kit/http/send-faulty.ts';
import {
  badToken,
  type EventsResponse,
  failure,
  missingScope,
  notPermitted,
  plainResponse,
  rampedDown,
  toPartial,
  unknownAccount,
} from './events-api/responses.ts';
import type { Settings } from './settings.ts';

const modes = [
  'ok',
  '400',
  '401',
  '401-scope',
  '403',
  '404',
  '413',
  '429',
  '429-no-headers',
  '500',
  '503',
  'html',
  'html-200',
  '422',
  '422-no-list',
  'fewer-entries',
  'no-entries',
  'reject',
  ...connectionFaults,
] as const;

/**
 * A fault of the events endpoint. `422`, `422-no-list`, `fewer-entries`, `no-entries`, `reject`, `truncated`, `slow` and `200-then-drop`
 * process the events; the others process none. `422` and `422-no-list` only change a response that has a refusal.
 */
export const faultSchema = z.strictObject({
  ...faultFields,
  mode: z.enum(modes),
  /** Limits the fault to this ad account. */
  adAccountId: z.string().optional(),
});

export type Fault = z.infer<typeof faultSchema>;

/** Creates the faults of a simulator that begins without one. */
export const createFaults = (): Faults<Fault> =>
  new Faults(faultSchema, { eventId: 'event_id', getAccount: ({ adAccountId }) => adAccountId });

/** Returns the response that replaces the endpoint's; undefined if the endpoint still processes the request. */
export function faultResponse(fault: Fault, settings: Settings): EventsResponse | undefined {
  const answer = replacement(fault, settings);
  return answer && addRetryAfter(answer, fault);
}

function replacement({ mode }: Fault, { callsPerMinute, throttleSeconds, refusalCode }: Settings): EventsResponse | undefined {
  const throttled = failure(429, 8, 'You have exceeded your rate limit. Try again later.');
  switch (mode) {
    case '400':
      return failure(400, refusalCode, "Invalid request: Additional properties are not allowed ('x' was unexpected)");
    case '401':
      return badToken();
    case '401-scope':
      return missingScope();
    case '403':
      return notPermitted();
    case '404':
      return unknownAccount();
    case '413':
      return plainResponse(413, '<h1>Payload Too Large</h1>');
    case '429':
      return {
        ...throttled,
        headers: {
          'x-ratelimit-limit': String(callsPerMinute),
          'x-ratelimit-remaining': '0',
          'x-ratelimit-reset': String(throttleSeconds),
        },
      };
    case '429-no-headers':
      return throttled;
    case '500':
      return failure(500, -1, 'Something went wrong on our end. Sorry about that.');
    case '503':
      return rampedDown();
    case 'html':
      return plainResponse(502, '<!doctype html><title>Bad gateway</title><h1>Bad gateway</h1>');
    case 'html-200':
      return plainResponse(200, '<!doctype html><title>Sign in</title><h1>Sign in</h1>');
    default:
      return undefined;
  }
}

/** Changes the endpoint's response as the fault requires. */
export function corruptResponse(answer: EventsResponse, { mode }: Fault): EventsResponse {
  if (mode === '422' || mode === '422-no-list') return toPartial(answer, mode === '422');
  const { body } = answer;
  if (typeof body !== 'object' || body === null || !('num_events_received' in body)) return answer;
  const { events = [], ...counts } = body;
  if (mode === 'no-entries') return { ...answer, body: counts };
  return mode === 'fewer-entries' ? { ...answer, body: { ...counts, events: events.slice(0, -1) } } : answer;
}
