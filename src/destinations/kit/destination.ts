import type { z } from 'zod';
import type { EnrichedEvent } from '../../event/event.ts';
import type { Issue, Json } from '../../event/issue.ts';
import type { SkipReason } from '../../event/skip-reasons.ts';

/** What a destination asks `delivery/send.ts` to send. Redirects are never followed. */
export interface HttpRequest {
  readonly method: 'POST' | 'GET';
  readonly url: string;
  /** Lower-case names. May hold the credential, so never stored or logged. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What came back, bounded: at most 64 KiB of body, read as UTF-8. */
export interface HttpResponse {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The body ended early or went over the bound, so what is here is not all of it. */
  readonly incomplete: boolean;
}

/** What became of one event on its way to a payload. `reject` is a dead letter without a request. */
export type MapResult<P> =
  | { readonly payload: P; readonly issues: readonly Issue[] }
  | { readonly skip: SkipReason; readonly issues: readonly Issue[] }
  | { readonly reject: readonly Issue[] };

/** One payload's end: `issues` are the vendor's warnings where delivered, its reasons where rejected. */
export interface EventResult {
  readonly outcome: 'delivered' | 'rejected';
  readonly issues: readonly Issue[];
}

/**
 * What an answer means for the batch that it answers.
 * - `settled`: one entry per payload, in order; `issues` are about the answer as a whole (a short count, say).
 * - `rejectRows`: nothing was processed; the payloads at these indexes were named and are rejected, the rest goes again.
 * - `bisect`: nothing was processed and nobody was named; the batch is bisected. `issues` are the vendor's words, if any.
 * - `retry`: the platform is in trouble; the batch goes again later.
 * - `blocked`: the connection is in trouble; it pauses, and nothing counts against any event. `mayBeContent`: a firewall on the way may
 *   have refused what an event says, so delivery looks for that event once the credential is accepted.
 */
export type ResponseVerdict =
  | { readonly settled: readonly EventResult[]; readonly issues: readonly Issue[] }
  | { readonly rejectRows: ReadonlyMap<number, readonly Issue[]> }
  | { readonly bisect: readonly Issue[] }
  | {
      readonly retry: string;
      /** As the header had it; `delivery/` reads it, it has the clock. */
      readonly retryAfter?: string;
    }
  | { readonly blocked: Issue; readonly mayBeContent?: true };

export interface Limits {
  /** Events in one request, at most. */
  readonly batchSize: number;
  /** Bytes of one request's body, at most. */
  readonly batchBytes: number;
  /** How old an event may be when the platform receives it. */
  readonly maxAgeMs: number;
}

/** The platform page that a destination implements, and the day it was last compared with it. */
export interface Source {
  readonly url: string;
  /** `YYYY-MM-DD` */
  readonly checked: string;
}

/**
 * A platform, as code: pure functions from an event to a request and from an answer to outcomes. No I/O, no clock, no
 * crypto. `delivery/` drives it; the shared suite in `destination.suite.ts` holds its laws.
 */
export interface Destination<S extends z.ZodType, P extends z.ZodType> {
  readonly id: string;
  readonly name: string;
  readonly source: Source;
  /**
   * What the operator provides; secrets carry `.meta({ secret: true })`, and what only the config file may say
   * `.meta({ fileOnly: true })`. Drives the form, the config file and the docs.
   */
  readonly settings: S;
  /** The platform's names of the standard events, by ours, where no setting renames them. Absent: it uses ours. */
  readonly eventNames?: Readonly<Record<string, string>>;
  /** One event on the wire, field for field as the vendor documents it (a strict object). */
  readonly payload: P;
  readonly limits: Limits;
  map(event: EnrichedEvent, settings: z.output<S>): MapResult<z.input<P>>;
  encode(payloads: readonly z.output<P>[], settings: z.output<S>): HttpRequest;
  /** `count`: how many payloads the request held. An answer speaks of positions, and a recovered batch has only its bytes. */
  decode(response: HttpResponse, count: number): ResponseVerdict;
  /** The payloads in a body that `encode` made, in order, for the debugger. */
  unpack(body: string): readonly Json[];
  /** A request that proves the credential without sending an event, and how to read its answer. */
  readonly probe: {
    encode(settings: z.output<S>): HttpRequest;
    decode(response: HttpResponse): 'ok' | Issue;
  };
}

/**
 * A destination joined to one connection's settings. `delivery/` sees this alone, so it knows no platform's types:
 * payloads pass through it as JSON.
 */
export interface BoundDestination {
  readonly id: string;
  readonly limits: Limits;
  /** Maps, then checks the payload against the platform's own schema: what does not fit is a `reject` that says why. */
  map(event: EnrichedEvent): MapResult<Json>;
  encode(payloads: readonly Json[]): HttpRequest;
  /** The request that would send this payload alone, as it may be shown: no secret is in it. Absent where the payload does not fit any more. */
  show(payload: Json): HttpRequest | undefined;
  decode(response: HttpResponse, count: number): ResponseVerdict;
  unpack(body: string): readonly Json[];
  readonly probe: { encode(): HttpRequest; decode(response: HttpResponse): 'ok' | Issue };
}

/** Joins a destination to settings, or says everything that is wrong with them. */
export type Connect = (
  settings: unknown,
) =>
  | { readonly platform: BoundDestination; readonly settings: Readonly<Record<string, unknown>> }
  | { readonly issues: readonly Issue[] };

/** An entry of the list in `destinations.ts`: a destination with its types erased behind `connect`. */
export interface RegisteredDestination {
  readonly id: string;
  readonly name: string;
  readonly source: Source;
  readonly settings: z.ZodType;
  /** JSON Schema of the settings that may be given outside the config file. */
  readonly form: Readonly<Record<string, unknown>>;
  /** Names of settings that are kept encrypted, and never told again. */
  readonly secrets: readonly string[];
  /** Names of settings that only the config file may say. */
  readonly fileOnly: readonly string[];
  readonly eventNames: Readonly<Record<string, string>>;
  readonly connect: Connect;
}
