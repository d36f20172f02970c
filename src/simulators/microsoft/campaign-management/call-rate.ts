const windowMs = 60_000;

/** Counts the calls of the last 60 seconds for each user and customer. */
export class CallRate {
  readonly #calls = new Map<string, readonly number[]>();

  /** Returns whether one more call is allowed, and counts it. */
  take(caller: string, most: number, now: number): boolean {
    const recent = (this.#calls.get(caller) ?? []).filter((at) => now - at < windowMs);
    const isAllowed = recent.length < most;
    this.#calls.set(caller, isAllowed ? [...recent, now] : recent);
    return isAllowed;
  }
}
