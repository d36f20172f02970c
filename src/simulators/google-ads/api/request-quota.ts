const minuteMs = 60_000;

/** The number of requests of the current minute. @source https://developers.google.com/data-manager/api/devguides/concepts/limits (2026-08-18) */
export class RequestQuota {
  readonly #most: number;
  #minute = 0;
  #taken = 0;

  constructor(requestsPerMinute: number) {
    this.#most = requestsPerMinute;
  }

  /** Counts a request. Returns whether the quota allows it. */
  take(now: number): boolean {
    const minute = Math.floor(now / minuteMs);
    if (minute !== this.#minute) this.#taken = 0;
    this.#minute = minute;
    this.#taken += 1;
    return this.#taken <= this.#most;
  }
}
