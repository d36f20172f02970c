import { z } from 'zod';
import { isFields } from './fields.ts';
import type { Reply } from './http/reply.ts';

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

interface FaultOptions<F> {
  /** The member of an event that has its id. */
  readonly eventId: string;
  /** Returns the account to which the fault is limited. */
  getAccount(fault: F): string | undefined;
}

/** The current fault of a simulator and its remaining requests. The mode `ok` is no fault. */
export class Faults<F extends AnyFault> {
  readonly schema: z.ZodType<F>;
  readonly #options: FaultOptions<F>;
  readonly #off: F;
  #fault: F;
  #eventIds: ReadonlySet<unknown> | undefined;
  #revision = 0;

  constructor(schema: z.ZodType<F>, options: FaultOptions<F>) {
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
    const limitedTo = getAccount(fault);
    if (fault.mode === 'ok' || (limitedTo !== undefined && limitedTo !== account)) return undefined;
    const eventIds = this.#eventIds;
    if (eventIds !== undefined && !events.some((event) => isFields(event) && eventIds.has(event[eventId]))) return undefined;
    if (fault.count !== undefined) {
      if (fault.count > 1) this.#fault = { ...fault, count: fault.count - 1 };
      else this.set(this.#off);
    }
    return fault;
  }
}

/** Returns whether the fault `reject` rejects an event id. */
export function createRejectionTest(fault: AnyFault | undefined): (eventId: unknown) => boolean {
  if (fault?.mode !== 'reject') return () => false;
  if (fault.eventIds === undefined) return () => true;
  const eventIds: ReadonlySet<unknown> = new Set(fault.eventIds);
  return (eventId) => eventIds.has(eventId);
}

/** Adds the fault's `Retry-After` to a response. */
export function addRetryAfter<R extends Reply>(answer: R, { retryAfter }: AnyFault): R {
  if (retryAfter === undefined) return answer;
  return { ...answer, headers: { ...answer.headers, 'retry-after': String(retryAfter) } };
}
