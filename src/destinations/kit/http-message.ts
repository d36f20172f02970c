/** A request for `src/delivery/sending/http-sender.ts`. Redirects are never followed. */
export interface HttpRequest {
  readonly method: 'POST' | 'GET';
  readonly url: string;
  /** Names are lower-case. Values may contain the credential, so headers are never stored or logged. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The longest response that is read, in bytes. Absent: 64 KiB. */
  readonly maxResponseBytes?: number;
}

/** A response, limited to 64 KiB of body unless the request says otherwise, decoded as UTF-8. */
export interface HttpResponse {
  readonly status: number;
  /** Names are lower-case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /**
   * Set if `body` is only the beginning. `cut`: the connection ended within the body, so the platform may have stopped too. `too-long`: the
   * platform's answer is longer than is read.
   */
  readonly incomplete: false | 'cut' | 'too-long';
}
