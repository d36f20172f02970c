import { z } from 'zod';
import { isFields } from './fields.ts';
import type { Reply } from './http/reply.ts';
import { connectionFaults } from './http/send-faulty.ts';

/** The members that the faults of all platforms have, besides `mode`. */
export const faultFields = {
  /** Limits the fault to requests with one of these events. */
  eventIds: z.array(z.string()).min(1).max(10_000).optional(),
  /** The number of requests until the fault ends. Absent: until another fault is set. */
  count: z.int().min(1).optional(),
  /** Seconds, or the text of the header. */
  retryAfter: z
    .union([z.int().min(0), z.string().regex(/^[\x20-\x7e]{1,100}$/, 'must be 1 to 100 printable ASCII characters')])
    .optional(),
};

/** The members of a fault that the kit reads. */
export interface AnyFault {
  readonly mode: string;
  readonly eventIds?: readonly string[] | undefined;
  readonly count?: number | undefined;
  readonly retryAfter?: string | number | undefined;
}

/** A request that a fault may affect. */
interface AffectedRequest {
  /** The platform's id of the account, tag or dataset. */
  readonly account: string;
  /** Undefined if the body has no list of events. */
  readonly events: readonly unknown[] | undefined;
}

/** A mode, and the response that replaces the platform's. Without one, the platform processes the request. */
type FaultMode<F, R, C> = readonly [mode: string, reply?: (context: C, fault: F) => R];

interface FaultOptions<F, R, C> {
  /** The member of an event that has its id. */
  readonly eventId: string;
  /** Returns the account to which the fault is limited. Absent: it is limited to none. */
  getAccount?(fault: F): string | undefined;
  /** The platform's modes. Absent: it has none besides those of the connection. */
  readonly modes?: readonly FaultMode<F, R, C>[];
  /** Changes the response to a processed request as the fault requires. */
  change?(answer: R, fault: F): R;
}

/** Lists the modes of a fault: those of the platform between `ok` and those of the connection. */
export function listModes<const M extends string>(modes: readonly (readonly [mode: M, ...reply: unknown[]])[]) {
  return ['ok' as const, ...modes.map(([mode]) => mode), ...connectionFaults];
}

/** Creates a page for people, as a proxy sends it in place of the platform's response. */
export const createPage = (status: number, title: string, heading = title) => ({
  status,
  body: `<!doctype html><title>${title}</title><h1>${heading}</h1>`,
});

export const badGateway = () => createPage(502, 'Bad gateway');
export const signInPage = () => createPage(200, 'Sign in');
export const payloadTooLarge = () => ({ status: 413, body: '<h1>Payload Too Large</h1>' });

/**
 * The current fault of a simulator and its remaining requests. The mode `ok` is no fault. `R`: responses of the platform, `C`: the values of
 * a request that they need.
 */
export class Faults<F extends AnyFault, R extends Reply = Reply, C = undefined> {
  readonly schema: z.ZodType<F>;
  readonly #options: FaultOptions<F, R, C>;
  readonly #off: F;
  #fault: F;
  #eventIds: ReadonlySet<unknown> | undefined;
  #revision = 0;

  constructor(schema: z.ZodType<F>, options: FaultOptions<F, R, C>) {
    this.schema = schema;
    this.#options = options;
    this.#off = schema.parse({ mode: 'ok' });
    this.#fault = this.#off;
  }

  /** Changes with every call of `set`. */
  get revision(): number {
    return this.#revision;
  }

  set(fault: F): void {
    this.#revision += 1;
    this.#fault = fault;
    this.#eventIds = fault.eventIds === undefined ? undefined : new Set(fault.eventIds);
  }

  /** Returns the current fault. `count` is the number of remaining requests. */
  current(): F {
    return this.#fault;
  }

  /** Returns the fault that applies to this request and counts the request. */
  consume({ account, events = [] }: AffectedRequest): F | undefined {
    const fault = this.#fault;
    const { eventId, getAccount } = this.#options;
    const limitedTo = getAccount?.(fault);
    if (fault.mode === 'ok' || (limitedTo !== undefined && limitedTo !== account)) return undefined;
    const eventIds = this.#eventIds;
    if (eventIds !== undefined && !events.some((event) => isFields(event) && eventIds.has(event[eventId]))) return undefined;
    if (fault.count !== undefined) {
      if (fault.count > 1) this.#fault = { ...fault, count: fault.count - 1 };
      else this.set(this.#off);
    }
    return fault;
  }

  /** Answers a request under the fault. `process` returns the platform's own answer. It is not called if the fault replaces the answer. */
  answer(fault: F | undefined, context: C, process: () => R): R {
    if (fault === undefined) return process();
    const { modes = [], change = (answer) => answer } = this.#options;
    const reply = modes.find(([mode]) => mode === fault.mode)?.[1];
    return reply === undefined ? change(process(), fault) : addRetryAfter(reply(context, fault), fault);
  }
}

/** Returns whether the fault `reject` rejects an event id. */
export function createRejectionTest(fault: AnyFault | undefined): (eventId: unknown) => boolean {
  if (fault?.mode !== 'reject') return () => false;
  if (fault.eventIds === undefined) return () => true;
  const eventIds: ReadonlySet<unknown> = new Set(fault.eventIds);
  return (eventId) => eventIds.has(eventId);
}

/** Returns whether the fault `reject` rejects an event id, and whether the response names the event. */
export function createRefusalTest(
  fault: (AnyFault & { readonly details?: 'full' | 'none' | undefined }) | undefined,
): (eventId: unknown) => 'named' | 'unnamed' | undefined {
  const isRejected = createRejectionTest(fault);
  const refusal = fault?.details === 'none' ? 'unnamed' : 'named';
  return (eventId) => (isRejected(eventId) ? refusal : undefined);
}

/** Adds the fault's `Retry-After` to a response. */
export function addRetryAfter<R extends Reply>(answer: R, { retryAfter }: AnyFault): R {
  if (retryAfter === undefined) return answer;
  return { ...answer, headers: { ...answer.headers, 'retry-after': String(retryAfter) } };
}
