/**
 * Lets a number of callers continue in each turn of the event loop. Connections that become due together would all plan in the same turn,
 * because SQLite reads without a wait, and nothing else would run meanwhile.
 */
export class TurnLimit {
  readonly #perTurn: number;
  readonly #waiting: (() => void)[] = [];
  #left: number;
  #isCounting = false;

  constructor(perTurn: number) {
    this.#perTurn = perTurn;
    this.#left = perTurn;
  }

  /** Resolves at once while the turn has room, otherwise in a later turn, in the order of the calls. */
  async enter(): Promise<void> {
    this.#countTurn();
    if (this.#left > 0) this.#left -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  #countTurn(): void {
    if (this.#isCounting) return;
    this.#isCounting = true;
    setImmediate(() => {
      this.#isCounting = false;
      const next = this.#waiting.splice(0, this.#perTurn);
      this.#left = this.#perTurn - next.length;
      if (next.length > 0) this.#countTurn();
      for (const resolve of next) resolve();
    });
  }
}
