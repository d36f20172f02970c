import { z } from 'zod';
import { isFields } from '../kit/fields.ts';
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
  'hang',
  'reset',
  '200-then-drop',
  'truncated',
  'short-count',
  '400-no-details',
  'html',
  'slow',
  'reject',
] as const;

/**
 * A fault of the events endpoint. The faults that are a status, `400-no-details`, `html`, `hang` and `reset` process no events.
 * `200-then-drop`, `truncated`, `short-count` and `slow` process the events and corrupt the response. `reject` rejects the named
 * events as validation does.
 */
export const faultSchema = z.strictObject({
  mode: z.enum(modes),
  /** Limits the fault to requests with one of these events. */
  eventIds: z.array(z.string()).min(1).max(10_000).optional(),
  /** For `reject`: whether the response names the rejected events. Default: `full`. */
  details: z.enum(['full', 'none']).optional(),
  /** The number of requests until the fault ends. Absent: until another fault is set. */
  count: z.int().min(1).optional(),
  /** Seconds, or the text of the header. */
  retryAfter: z
    .union([z.int().min(0), z.string().regex(/^[\x20-\x7e]{1,100}$/, 'must be 1 to 100 printable ASCII characters')])
    .optional(),
  /** Limits the fault to this tag. */
  tagId: z.string().optional(),
});

export type Fault = z.infer<typeof faultSchema>;

/** The current fault and its remaining requests. */
export class Faults {
  #fault: Fault = { mode: 'ok' };
  #eventIds: ReadonlySet<unknown> | undefined;
  #revision = 0;

  /** Changes with every call of `set`. */
  get revision(): number {
    return this.#revision;
  }

  set(fault: Fault): void {
    this.#revision += 1;
    this.#fault = fault;
    this.#eventIds = fault.eventIds === undefined ? undefined : new Set(fault.eventIds);
  }

  /** Returns the current fault. `count` is the number of remaining requests. */
  current(): Fault {
    return this.#fault;
  }

  /** Returns the fault that applies to this request and counts the request. */
  consume(tagId: string, body: unknown): Fault | undefined {
    const fault = this.#fault;
    if (fault.mode === 'ok' || (fault.tagId !== undefined && fault.tagId !== tagId)) return undefined;
    if (this.#eventIds !== undefined && !hasAnyEvent(body, this.#eventIds)) return undefined;
    if (fault.count !== undefined) {
      if (fault.count > 1) this.#fault = { ...fault, count: fault.count - 1 };
      else this.set({ mode: 'ok' });
    }
    return fault;
  }
}

function hasAnyEvent(body: unknown, eventIds: ReadonlySet<unknown>): boolean {
  if (!isFields(body) || !Array.isArray(body.data)) return false;
  return body.data.some((event: unknown) => isFields(event) && eventIds.has(event.eventId));
}

/** Returns whether `reject` rejects an event id. */
export function createRejectionTest(fault: Fault | undefined): (eventId: unknown) => boolean {
  if (fault?.mode !== 'reject') return () => false;
  if (fault.eventIds === undefined) return () => true;
  const eventIds: ReadonlySet<unknown> = new Set(fault.eventIds);
  return (eventId) => eventIds.has(eventId);
}

/** Returns the response that replaces the endpoint's; undefined if the endpoint still processes the request. */
export function faultResponse(fault: Fault, settings: Settings, traceId: string): EventsResponse | undefined {
  const retryAfter = fault.retryAfter === undefined ? undefined : String(fault.retryAfter);
  const headers = retryAfter === undefined ? undefined : { 'retry-after': retryAfter };
  const withRetryAfter = (answer: EventsResponse): EventsResponse => ({ ...answer, headers: { ...answer.headers, ...headers } });
  switch (fault.mode) {
    case '401':
      return withRetryAfter(createUnauthorizedResponse(401, traceId));
    case '403':
      return withRetryAfter(createForbiddenResponse(traceId));
    case '404':
    case '413':
    case '500':
      return emptyResponse(Number(fault.mode), headers);
    case '429':
      return tooManyRequests(traceId, retryAfter ?? String(settings.retryAfterSeconds));
    case '400-no-details':
      return withRetryAfter(validationError());
    case 'html':
      return {
        ...emptyResponse(503, headers),
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
