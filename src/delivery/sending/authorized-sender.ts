import { createPrivateKey, sign } from 'node:crypto';
import type { BoundDestination, HttpRequest, HttpResponse, SigningRequest } from '../../destinations/kit/destination.ts';
import { maskSecretTexts } from '../../destinations/kit/mask-payload.ts';
import type { Issue } from '../../event/issue.ts';
import { minuteMs, type UnixMs } from '../../event/units.ts';
import { signRequest } from '../../net/sign-request.ts';
import type { ConsumerId } from '../../storage/ports/consumer-id.ts';
import type { Sender, SendResult } from './http-sender.ts';

export interface AuthorizedSenderDeps {
  readonly destination: Pick<BoundDestination, 'auth' | 'probe' | 'sign'>;
  readonly sender: Pick<Sender, 'send'>;
  readonly now: () => UnixMs;
  /** The connection, which is part of the id of a signed message. Absent for a probe alone. */
  readonly consumer?: ConsumerId;
  /** Called before each request, because one step may make several requests. */
  readonly keepLease?: () => Promise<void>;
}

/** No access token was obtained, so the request was not sent. */
export type ExchangeFailure =
  | { readonly retry: string; readonly retryAfter?: string; readonly isUnanswered?: true }
  | { readonly blocked: Issue };

/** The response of a request with its verdict, or the reason why there is none. `verdict` without `response`: the token exchange failed. */
export type AuthorizedResult<V> =
  | { readonly response: HttpResponse; readonly verdict: V }
  | { readonly response?: undefined; readonly verdict: ExchangeFailure }
  | Exclude<SendResult, { readonly response: unknown }>;

interface CachedToken {
  readonly text: string;
  readonly exchangedAt: UnixMs;
  readonly renewAt: UnixMs;
}

/** Time before its expiry at which a token is renewed; for a short-lived token a quarter of its life. */
const renewalMarginMs = 5 * minuteMs;
/** A token that a header can carry. */
const tokenPattern = /^[\x21-\x7e]{1,8192}$/;

/**
 * Sends the requests of one connection with the platform's access token or a signature, if the platform requires them. The token exists only in memory, and
 * no response that leaves this class contains it. The connection's requests follow each other, so one exchange runs at a time.
 */
export class AuthorizedSender {
  readonly #o: AuthorizedSenderDeps;
  #cached: CachedToken | undefined;

  constructor(deps: AuthorizedSenderDeps) {
    this.#o = deps;
  }

  /** Sends a request. If the platform refuses the access token, the request is sent once more with a new one. */
  async send<V extends object>(
    encode: (token?: string) => HttpRequest,
    decode: (response: HttpResponse) => V,
  ): Promise<AuthorizedResult<V>> {
    const first = await this.#sendOnce(encode, decode);
    if (!this.#o.destination.auth || !('verdict' in first) || !('tokenRefused' in first.verdict)) return first;
    this.#cached = undefined;
    return this.#sendOnce(encode, decode);
  }

  /** Tests the credential with a new access token. No event is sent. */
  probe(): Promise<AuthorizedResult<'ok' | Issue>> {
    const { probe } = this.#o.destination;
    this.#cached = undefined;
    return this.#sendOnce(
      (token) => probe.encode(token, this.#o.now()),
      (response) => probe.decode(response),
    );
  }

  async #sendOnce<V>(
    encode: (token?: string) => HttpRequest,
    decode: (response: HttpResponse) => V,
  ): Promise<AuthorizedResult<V>> {
    const access = await this.#getAccess();
    if ('failure' in access) return { verdict: access.failure };
    await this.#o.keepLease?.();
    const { sender, destination, consumer = '', now } = this.#o;
    const request = encode(access.token);
    const sent = await sender.send(destination.sign ? signRequest(request, destination.sign, consumer, now()) : request);
    if (!('response' in sent)) return sent;
    const response = maskToken(sent.response, access.token);
    return { response, verdict: decode(response) };
  }

  async #getAccess(): Promise<{ readonly token?: string } | { readonly failure: ExchangeFailure }> {
    const { auth } = this.#o.destination;
    if (!auth) return {};
    const now = this.#o.now();
    const cached = this.#cached;
    if (cached && now >= cached.exchangedAt && now < cached.renewAt) return { token: cached.text };
    this.#cached = undefined;
    const request = signIfRequested(auth.encode(now));
    if ('blocked' in request) return { failure: request };
    await this.#o.keepLease?.();
    const sent = await this.#o.sender.send(request);
    if (!('response' in sent)) return { failure: explainNoExchange(sent) };
    const verdict = auth.decode(sent.response);
    if (!('token' in verdict)) return { failure: verdict };
    const { token, livesMs } = verdict;
    if (!tokenPattern.test(token)) return { failure: { retry: 'The answer to the token exchange has no usable access token.' } };
    const usableMs = livesMs > 0 ? livesMs - Math.min(renewalMarginMs, livesMs / 4) : 0;
    this.#cached = { text: token, exchangedAt: now, renewAt: now + usableMs };
    return { token };
  }
}

/** Signs the request of an exchange, if the platform requires a signature. */
function signIfRequested(request: HttpRequest | SigningRequest): HttpRequest | { readonly blocked: Issue } {
  if (!('sign' in request)) return request;
  try {
    const key = createPrivateKey(request.key);
    if (key.asymmetricKeyType !== 'rsa') return { blocked: privateKeyUnusable };
    return request.seal(sign('RSA-SHA256', Buffer.from(request.input), key).toString('base64url'));
  } catch {
    return { blocked: privateKeyUnusable };
  }
}

function explainNoExchange(sent: Exclude<SendResult, { readonly response: unknown }>): ExchangeFailure {
  const code = 'notSent' in sent ? sent.notSent : sent.unknown;
  return {
    retry: `The access token could not be exchanged (${code}), so nothing was sent. Convey retries automatically.`,
    isUnanswered: true,
  };
}

function maskToken(response: HttpResponse, token: string | undefined): HttpResponse {
  if (token === undefined) return response;
  const mask = (text: string) => maskSecretTexts(text, [token]);
  const headers = Object.fromEntries(Object.entries(response.headers).map(([name, value]) => [name, mask(value)]));
  return { ...response, headers, body: mask(response.body) };
}

const privateKeyUnusable: Issue = {
  field: 'settings',
  code: 'private-key-unusable',
  message: 'The private key cannot sign. Copy the whole RSA key again, with its first and last line. Events wait meanwhile.',
};
