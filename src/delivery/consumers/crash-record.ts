import type { UnixMs } from '../../event/units.ts';
import type { ConnectionState, Crash } from '../../storage/ports/connection-state.ts';

interface CrashRecordDeps {
  readonly now: () => UnixMs;
  readonly state: () => ConnectionState;
  /** Stores the state with another crash. */
  readonly store: (state: ConnectionState) => Promise<void>;
  /** Returns the repeated crash of the site's identity consumer, which delays the connection too. */
  readonly identityCrash?: () => Crash | undefined;
}

/** The crash of a consumer's last step, and the one that its state shows to the other processes. */
export class CrashRecord {
  readonly #o: CrashRecordDeps;
  /** The crash of the last step, and whether the one before crashed too. */
  #crash: (Crash & { readonly isRepeated: boolean }) | undefined;

  constructor(deps: CrashRecordDeps) {
    this.#o = deps;
  }

  /** The crash of the last step, until one succeeds. */
  get current(): Crash | undefined {
    const { error, since } = this.#crash ?? {};
    return error === undefined || since === undefined ? undefined : { error, since };
  }

  /** Records the error that ended a step. `undefined` if the consumer did not crash. */
  set(error: string | undefined): void {
    this.#crash =
      error === undefined
        ? undefined
        : { error, since: this.#crash?.since ?? this.#o.now(), isRepeated: this.#crash !== undefined };
  }

  /** Shows a repeated crash to the other processes. One that ends with the next step costs no commit. */
  async store(): Promise<void> {
    if (this.#crash?.isRepeated) await this.#setStored(this.#crash);
  }

  /** Leaves the crash of the identity consumer, if there is one. */
  async clear(): Promise<void> {
    this.#crash = undefined;
    await this.#setStored(this.#o.identityCrash?.());
  }

  async #setStored(next: Crash | undefined): Promise<void> {
    const { crash, ...state } = this.#o.state();
    if (next?.error === crash?.error) return;
    await this.#o.store(next ? { ...state, crash: { error: next.error, since: crash?.since ?? next.since } } : state);
  }
}
