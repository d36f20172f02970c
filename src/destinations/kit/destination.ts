import type { z } from 'zod';
import type { EnrichedEvent } from '../../event/event.ts';
import type { Issue, Json } from '../../event/issue.ts';
import type { SkipReason, SkipTexts } from '../../event/skip-reasons.ts';
import type { TestEventFields } from '../../event/test-event.ts';
import type { UnixMs } from '../../event/units.ts';
import type { RegisteredAccountLink } from './account-link.ts';
import type { RegisteredTag } from './browser-tag.ts';
import type { HttpRequest, HttpResponse } from './http-message.ts';
import type { Matching } from './matching.ts';
import type { PlatformSetup } from './setup.ts';
import type { Check, DeliveryHistory } from './why-not.ts';

export type { HttpRequest, HttpResponse } from './http-message.ts';

/**
 * A request with a signature that delivery computes, because a destination does no crypto. `RS256`: RSASSA-PKCS1-v1_5 with SHA-256.
 * @source https://www.rfc-editor.org/rfc/rfc7518#section-3.3
 */
export interface SigningRequest {
  readonly sign: 'RS256';
  /** The private RSA key as PEM. */
  readonly key: string;
  /** The text to sign, as UTF-8. For a JWT: header and claims in base64url, joined by a dot. */
  readonly input: string;
  /** Returns the request. `signature` is base64url without padding. */
  seal(signature: string): HttpRequest;
}

/**
 * The signature of each request, which delivery computes at each attempt, because it covers the time.
 * @source https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md (2026-08-17)
 */
export interface RequestSignature {
  readonly scheme: 'standard-webhooks';
  /** `whsec_` and the key in base64. Each signs, so that a receiver may accept one of two during a rotation. */
  readonly secrets: readonly string[];
}

/**
 * The meaning of the answer to a token exchange.
 * - `token`: the access token, printable ASCII without spaces, and its lifetime.
 * - `retry`: the platform has a problem. The exchange is repeated later.
 * - `blocked`: the credential has a problem, so the connection pauses. The message echoes no part of the answer.
 */
export type TokenVerdict =
  | { readonly token: string; readonly livesMs: number }
  | { readonly retry: string; readonly retryAfter?: string }
  | { readonly blocked: Issue };

/** The result of mapping one event. `reject` creates a dead letter without a request. */
export type MapResult<P> =
  | { readonly payload: P; readonly issues: readonly Issue[] }
  | { readonly skip: SkipReason; readonly issues: readonly Issue[] }
  | { readonly reject: readonly Issue[] };

/**
 * The result of mapping one event for delivery. `text` is the payload as JSON, which is written once: its length is the payload's size, and
 * the request is joined of such texts.
 */
export type MappedEvent =
  | Exclude<MapResult<Json>, { readonly payload: unknown }>
  | {
      readonly payload: Json;
      readonly text: string;
      /** The payload's group; absent if all payloads of the platform are one group. */
      readonly group?: string;
      readonly issues: readonly Issue[];
    };

/**
 * The result of one payload. `issues` are the platform's warnings if it was delivered, and the platform's reasons if it was rejected.
 * `unverified`: the platform received the event, and no verdict on it will come.
 */
export interface EventResult {
  readonly outcome: 'delivered' | 'rejected' | 'unverified';
  readonly issues: readonly Issue[];
}

/**
 * The meaning of a response for its batch.
 * - `settled`: one entry per payload, in order. `issues` concern the whole response, such as a short count.
 * - `accepted`: the request was received, and its verdict comes later. `ticket` names the request at the platform; at most 1,024 characters.
 * Only for destinations with `receipt`.
 * - `rejectRows`: nothing was processed. The payloads at these indexes are rejected, the rest is sent again.
 * - `bisect`: nothing was processed and no payload was named, so the batch is bisected. The array has the platform's reasons, if any.
 * - `retry`: the platform has a problem. The batch is sent again later. `unconfirmed`: the answer is a success that neither confirms nor
 * refuses the events, so they may have arrived. It came from the platform's own address or from an endpoint that the operator has set.
 * Delivery bounds the repeats (decision 0033).
 * - `blocked`: the connection has a problem, so it pauses. No event is blamed. `mayBeContent`: a firewall may have refused the content of
 * an event, so delivery searches for that event once the credential is accepted. `tokenRefused`: the access token may have expired, so the
 * request is sent once more with a new one. If that is refused too, the connection pauses. `isFinal`: the platform wants no further requests,
 * so no probe follows, and only an operator ends the pause.
 */
export type ResponseVerdict =
  | { readonly settled: readonly EventResult[]; readonly issues: readonly Issue[] }
  | { readonly accepted: { readonly ticket: string; readonly issues: readonly Issue[] } }
  | { readonly rejectRows: ReadonlyMap<number, readonly Issue[]> }
  | { readonly bisect: readonly Issue[] }
  | {
      readonly retry: string;
      /** The unparsed header. `delivery/` parses it, because it has the clock. */
      readonly retryAfter?: string;
      readonly unconfirmed?: 'platform' | 'own-endpoint';
    }
  | { readonly blocked: Issue; readonly mayBeContent?: true; readonly tokenRefused?: true; readonly isFinal?: true };

/**
 * The answer to the question for a verdict. A verdict has the meaning that it has in the response of a request, except:
 * - `still`: the platform has no verdict yet. It is asked again.
 * - `retry`, `blocked`: the question failed. It is asked again; the events are not sent again, and the connection does not pause.
 * - `bisect`: some events were refused, and none was named. Each event is sent again alone.
 * - `resendAfterMs`: the events are sent again after this time, at most 8 hours.
 */
export type ReceiptVerdict =
  | { readonly still: true }
  | { readonly resendAfterMs: number; readonly issues: readonly Issue[] }
  | Exclude<ResponseVerdict, { readonly accepted: unknown }>;

export interface Limits {
  /** Maximum number of events in one request. */
  readonly batchSize: number;
  /** Maximum bytes of one request's body. */
  readonly batchBytes: number;
  /** Maximum age of an event when the platform receives it. */
  readonly maxAgeMs: number;
}

/** The platform's documentation page that a destination implements, and the day of the last comparison with it. */
export interface Source {
  readonly url: string;
  /** Format: `YYYY-MM-DD`. */
  readonly checked: string;
}

/**
 * A platform as pure functions from an event to a request, and from a response to results. A destination does no I/O and uses no
 * clock and no crypto. `delivery/` calls it; the suite in `destination.suite.ts` tests its contract.
 */
/** The word for the other side in texts for operators. */
export type DestinationNoun = 'platform' | 'receiver';

export interface Destination<S extends z.ZodType, P extends z.ZodType> {
  readonly id: string;
  readonly name: string;
  /** Default: `platform`. */
  readonly noun?: DestinationNoun;
  /** The platform and its programming interface in one sentence, for a person who chooses a platform. */
  readonly summary: string;
  readonly source: Source;
  /**
   * Schema of the operator's settings. Secrets have `.meta({ secret: true })`; settings of the config file alone have
   * `.meta({ fileOnly: true })`. The form, the config file and the docs use the schema.
   */
  readonly settings: S;
  /** The platform's event names, keyed by the standard names, unless a setting renames them. If absent, standard names are used. */
  readonly eventNames?: Readonly<Record<string, string>>;
  /**
   * One event in the platform's format, field for field as the platform documents it (a strict object). `map` makes nothing that it refuses;
   * the suite proves that, so delivery checks few of the payloads.
   */
  readonly payload: P;
  /** May depend on settings: a test mode may take fewer events. */
  limits(settings: z.output<S>): Limits;
  map(event: EnrichedEvent, settings: z.output<S>): MapResult<z.output<P>>;
  /**
   * Changes the value of a purchase that the platform has accepted, by a payload of the same purchase. Absent: the platform takes no refunds.
   */
  readonly restatement?: {
    /** The age of a purchase up to which the platform changes it. */
    readonly maxAgeMs: number;
    /** `purchase` has what is kept of a delivered purchase: ids, time, click ids and hashes of the person, and the value that is left. */
    map(purchase: EnrichedEvent, settings: z.output<S>): MapResult<z.output<P>>;
    /** Returns what the platform counts the purchase by. It would count a payload with another target as another purchase. */
    target(payload: z.output<P>): string;
  };
  /**
   * Changes the value of a purchase that the platform has accepted, or takes it back, with the access to a connected account. Absent: the
   * platform takes no such changes.
   */
  readonly adjustments?: {
    /** The age of a purchase up to which the platform changes it. */
    readonly maxAgeMs: number;
    /** Returns the names of the goals whose conversions are changed. Empty: none. */
    goals(settings: z.output<S>): readonly string[];
    /** Returns the least time between the delivery of a purchase and its first change. */
    afterMs(settings: z.output<S>): number;
    /** Returns the id by which the platform finds the purchase. Undefined: it cannot be changed. */
    target(payload: z.output<P>): string | undefined;
  };
  /**
   * Returns the payload's group, such as the id of the platform's conversion action. Payloads of different groups never share a request. If
   * absent, all payloads are one group.
   */
  group?(payload: z.output<P>, settings: z.output<S>): string;
  /**
   * Returns the request of a batch of payloads as JSON texts, with the members in the order of `payload`'s schema or of `map`. Use
   * `encodeList`. `token` is the access token; undefined if the destination has no `auth`, and in requests that are not sent.
   * Only the body depends on the payloads: delivery sends a stored body again with the URL and the headers of an empty batch. The body does
   * not depend on the token.
   */
  encode(texts: readonly string[], settings: z.output<S>, token?: string): HttpRequest;
  /**
   * Exchanges the credential for an access token, if the platform requires one. Delivery caches the token in memory until shortly before it
   * expires. If absent, `encode` puts the credential into the headers.
   */
  readonly auth?: {
    /** `at` is the current time. */
    encode(settings: z.output<S>, at: UnixMs): HttpRequest | SigningRequest;
    decode(response: HttpResponse): TokenVerdict;
  };
  /**
   * Signs each request, if the platform requires it. `nameMessage` returns a name that the bodies of one message share; delivery derives the
   * message id from it and from the connection, so all attempts have the same id. If absent, nothing is signed.
   */
  readonly sign?: {
    readonly scheme: RequestSignature['scheme'];
    secrets(settings: z.output<S>): readonly string[];
    nameMessage(body: string): string;
  };
  /** `count` is the number of payloads in the request. A response refers to positions, and a recovered batch has only its bytes. */
  decode(response: HttpResponse, count: number, settings: z.output<S>): ResponseVerdict;
  /**
   * Asks for the verdict on a request that was only received, if the platform gives it later. The question is repeated less and less often, at
   * most 60 minutes apart. Until then the outcome of the events is `awaiting-verdict`. If absent, the verdict of `decode` is final.
   */
  readonly receipt?: {
    /** Time from the response to the first question. */
    readonly firstAfterMs: number;
    /** Time from the response after which the events are `unverified`; twice as long if the questions get no answer. */
    readonly giveUpAfterMs: number;
    encode(ticket: string, settings: z.output<S>, token?: string): HttpRequest;
    /** `count` is the number of payloads in the request that was received. */
    decode(response: HttpResponse, count: number, settings: z.output<S>): ReceiptVerdict;
  };
  /** Returns the payloads in a body that `encode` made, in order, for the debugger. */
  unpack(body: string): readonly Json[];
  /** A request that tests the credential without sending an event, and the function that reads its response. `at` is the current time. */
  readonly probe: {
    encode(settings: z.output<S>, token: string | undefined, at: UnixMs): HttpRequest;
    decode(response: HttpResponse): 'ok' | Issue;
  };
  readonly matching: Matching;
  /** The platform's browser tag; absent if the pixel drives none. Made by `registerTag`. */
  readonly tag?: RegisteredTag;
  /** Lets an operator grant access on a page of the platform. Absent: the credential is entered. Made by `registerAccountLink`. */
  readonly accountLink?: RegisteredAccountLink;
  /** Absent: the platform needs nothing but its settings. */
  readonly setup?: PlatformSetup;
  /** Texts of skips in the platform's words. Other skips have the texts of `event/skip-reasons.ts`. */
  readonly skipTexts: SkipTexts;
  /** Uploads purchases beyond the age limit with the access to a connected account. Absent: the platform takes none. */
  readonly late?: {
    /** Returns whether the operator turned it on. The settings may be unparsed. */
    isOn(settings: Readonly<Record<string, unknown>>): boolean;
    /** The age of a purchase up to which it is uploaded. */
    readonly maxAgeMs: number;
    /** The time from an upload until a refund of it is sent. */
    adjustAfterMs(settings: z.output<S>): number;
    /** Returns the content of an upload. */
    map(purchase: EnrichedEvent, settings: z.output<S>): MapResult<Json>;
  };
  /** Returns the fields without which the platform would not accept a test event. */
  testEvent(settings: z.output<S>): TestEventFields;
  /** Returns whether the platform counts nothing of this connection. Its orders are left out of the accuracy. Absent: no connection is a test. */
  isTest?(settings: z.output<S>): boolean;
  /**
   * Checks why an event does not count at the platform, in the order in which it should be looked for, each with the remedy. `payload` is the
   * one that the platform accepted; undefined if there is none, or if it does not fit the schema. Made by `createWhyNot`.
   */
  whyNot(history: DeliveryHistory, settings: z.output<S>, payload?: z.output<P>): readonly Check[];
}

/**
 * A destination bound to one connection's settings. `delivery/` uses only this type, so it knows no platform's types: payloads
 * pass through it as JSON.
 */
export interface BoundDestination {
  readonly id: string;
  readonly name: string;
  readonly noun?: DestinationNoun;
  readonly limits: Limits;
  map(event: EnrichedEvent): MappedEvent;
  /** `target`: undefined if the payload does not fit the schema. */
  readonly restatement?: {
    readonly maxAgeMs: number;
    map(purchase: EnrichedEvent): MappedEvent;
    target(payload: Json): string | undefined;
  };
  readonly adjustments?: {
    readonly maxAgeMs: number;
    readonly goals: readonly string[];
    readonly afterMs: number;
    target(payload: Json): string | undefined;
  };
  /** Absent if purchases beyond the age limit are not uploaded. */
  readonly late?: { readonly maxAgeMs: number; readonly adjustAfterMs: number; map(purchase: EnrichedEvent): MappedEvent };
  /** Returns the reasons why the platform's schema refuses a payload; empty if it fits. */
  findMisfits(payload: Json): readonly Issue[];
  /** Returns the text of a payload that was stored; unchanged if it does not fit the schema. */
  toText(payload: Json): string;
  encode(texts: readonly string[], token?: string): HttpRequest;
  readonly auth?: { encode(at: UnixMs): HttpRequest | SigningRequest; decode(response: HttpResponse): TokenVerdict };
  readonly sign?: RequestSignature & { nameMessage(body: string): string };
  /**
   * Returns the request for this payload alone, with secrets and personal values masked. Undefined if the payload no longer fits the schema.
   */
  show(payload: Json): HttpRequest | undefined;
  decode(response: HttpResponse, count: number): ResponseVerdict;
  readonly receipt?: {
    readonly firstAfterMs: number;
    readonly giveUpAfterMs: number;
    encode(ticket: string, token?: string): HttpRequest;
    decode(response: HttpResponse, count: number): ReceiptVerdict;
  };
  unpack(body: string): readonly Json[];
  /** Masks every value of a payload that is not declared harmless. */
  mask(payload: Json): Json;
  /** `at`: 1970 if absent, for a request that is not sent. */
  readonly probe: { encode(token?: string, at?: UnixMs): HttpRequest; decode(response: HttpResponse): 'ok' | Issue };
  readonly matching: Matching;
  readonly skipTexts: SkipTexts;
  readonly testEvent: TestEventFields;
  readonly isTest: boolean;
  whyNot(history: DeliveryHistory): readonly Check[];
}

/** Binds a destination to settings, or returns all problems of the settings. */
export type Connect = (
  settings: unknown,
) =>
  | { readonly platform: BoundDestination; readonly settings: Readonly<Record<string, unknown>> }
  | { readonly issues: readonly Issue[] };

/** An entry of the list in `destinations.ts`: a destination with its types hidden behind `connect`. */
export interface RegisteredDestination {
  readonly id: string;
  readonly name: string;
  readonly summary: string;
  readonly source: Source;
  readonly settings: z.ZodType;
  /** JSON Schema of the settings that are allowed outside the config file. */
  readonly form: Readonly<Record<string, unknown>>;
  /** Names of the settings that are stored encrypted and never returned. */
  readonly secrets: readonly string[];
  /** Names of the settings that are only allowed in the config file. */
  readonly fileOnly: readonly string[];
  readonly eventNames: Readonly<Record<string, string>>;
  readonly matching: Matching;
  readonly tag?: RegisteredTag;
  readonly skipTexts: SkipTexts;
  readonly accountLink?: RegisteredAccountLink;
  readonly setup?: PlatformSetup;
  readonly takesLate?: (settings: Readonly<Record<string, unknown>>) => boolean;
  readonly connect: Connect;
}
