/** A request for `src/delivery/sending/http-sender.ts`. Redirects are never followed. */
export interface HttpRequest {
  readonly method: 'POST' | 'GET';
  readonly url: string;
  /** Names are lower-case. Values may contain the credential, so headers are never stored or logged. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A response, limited to 64 KiB of body, decoded as UTF-8. */
export interface HttpResponse {
  readonly status: number;
  /** Names are lower-case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Set if the body ended early or exceeded the limit, so that `body` is only its beginning. */
  readonly incomplete: boolean;
}
