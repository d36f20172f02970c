import type { Fields } from '../../kit/fields.ts';
import type { Reply } from '../../kit/http/reply.ts';

/** An event that the endpoint accepted. */
export interface AcceptedEvent {
  /** Position in `events`. */
  readonly index: number;
  readonly event: Fields;
  readonly warnings: readonly EventWarning[];
}

/** A value that is accepted and ignored. */
export interface EventWarning {
  readonly field: string;
  readonly message: string;
}

/** A problem of a request. `param` is the path of the value, such as `events[1].timestamp_ms`. */
export interface Problem {
  readonly param: string;
  readonly message: string;
}

/** OpenAI documents no answer. The form of errors is that of its other interfaces (an assumption). */
export interface EventsResponse extends Reply {
  readonly body: { readonly accepted_events: number } | { readonly error: Partial<Problem> } | string | null;
  /** The events that are stored; none if they were only checked. */
  readonly accepted?: readonly AcceptedEvent[];
}

export function fail(status: number, problem: Partial<Problem>): EventsResponse {
  return { status, body: { error: problem } };
}
