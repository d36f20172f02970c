import { z } from 'zod';
import { isFields } from './events-api/event-rules.ts';
import type { Answer } from './events-api/responses.ts';
import { emptyResponse, forbidden, tooManyRequests, unauthorized, validationError } from './events-api/responses.ts';
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
 * How the endpoint misbehaves. The faults that are a status, `400-no-details`, `html`, `hang` and `reset` process nothing;
 * `200-then-drop`, `truncated`, `short-count` and `slow` process the events as usual and spoil the answer; `reject` refuses
 * the named events the way that validation does.
 */
export const faultSchema = z.strictObject({
  mode: z.enum(modes),
  /** Only requests that carry one of these events are touched; absent: every request. */
  eventIds: z.array(z.string()).min(1).max(10_000).optional(),
  /** Of `reject`: whether the answer names who was refused. Absent: `full`. */
  details: z.enum(['full', 'none']).optional(),
  /** How many requests the fault touches before it ends; absent: until another is set. */
  count: z.int().min(1).optional(),
  /** Seconds, or the header as it shall read. */
  retryAfter: z
    .union([z.int().min(0), z.string().regex(/^[\x20-\x7e]{1,100}$/, 'must be 1 to 100 printable ASCII characters')])
    .optional(),
  /** Only this tag's requests are touched; absent: every tag's. */
  tagId: z.string().optional(),
});

export type Fault = z.infer<typeof faultSchema>;

/** The fault that is set, and how many requests it has left. */
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

  /** The fault as it stands, with `count` as what is left of it. */
  current(): Fault {
    return this.#fault;
  }

  /** The fault that this request meets, which then counts as one of its requests. */
  consume(tagId: string, body: unknown): Fault | undefined {
    const fault = this.#fault;
    if (fault.mode === 'ok' || (fault.tagId !== undefined && fault.tagId !== tagId)) return undefined;
    if (this.#eventIds !== undefined && !carriesOne(body, this.#eventIds)) return undefined;
    if (fault.count !== undefined) {
      if (fault.count > 1) this.#fault = { ...fault, count: fault.count - 1 };
      else this.set({ mode: 'ok' });
    }
    return fault;
  }
}

function carriesOne(body: unknown, eventIds: ReadonlySet<unknown>): boolean {
  if (!isFields(body) || !Array.isArray(body.data)) return false;
  return body.data.some((event: unknown) => isFields(event) && eventIds.has(event.eventId));
}

/** Whom `reject` refuses. */
export function rejectedEvents(fault: Fault | undefined): (eventId: unknown) => boolean {
  if (fault?.mode !== 'reject') return () => false;
  if (fault.eventIds === undefined) return () => true;
  const eventIds: ReadonlySet<unknown> = new Set(fault.eventIds);
  return (eventId) => eventIds.has(eventId);
}

/** The answer that a fault gives in place of the endpoint's own; `undefined` where the endpoint still does its work. */
export function faultResponse(fault: Fault, settings: Settings, traceId: string): Answer | undefined {
  const retryAfter = fault.retryAfter === undefined ? undefined : String(fault.retryAfter);
  const headers = retryAfter === undefined ? undefined : { 'retry-after': retryAfter };
  const later = (answer: Answer): Answer => ({ ...answer, headers: { ...answer.headers, ...headers } });
  switch (fault.mode) {
    case '401':
      return later(unauthorized(401, traceId));
    case '403':
      return later(forbidden(traceId));
    case '404':
    case '413':
    case '500':
      return emptyResponse(Number(fault.mode), headers);
    case '429':
      return tooManyRequests(traceId, retryAfter ?? String(settings.retryAfterSeconds));
    case '400-no-details':
      return later(validationError());
    case 'html':
      return {
        ...emptyResponse(503, headers),
        body: '<!doctype html><title>Service unavailable</title><h1>Service unavailable</h1>',
      };
    default:
      return undefined;
  }
}

/** The endpoint's own answer, spoilt. */
export function corruptResponse(answer: Answer, fault: Fault): Answer {
  const { body } = answer;
  if (typeof body !== 'object' || body === null) return answer;
  if (fault.mode === 'short-count' && body.eventsReceived !== undefined) {
    return { ...answer, body: { ...body, eventsReceived: Math.max(0, body.eventsReceived - 1) } };
  }
  // Only an answer that validation gave can hide whom it refused.
  if (
    fault.mode === 'reject' &&
    fault.details === 'none' &&
    (body.eventsReceived !== undefined || body.error?.details !== undefined)
  ) {
    return validationError();
  }
  return answer;
}
