import type { WakeSignal } from '../../clock/clock.ts';
import type { ConsumerId } from '../../storage/store/store.ts';

interface Command {
  readonly run: () => Promise<void>;
  readonly drop: () => void;
}

/** What an operator asked a pump for: done between two of its steps, so that only the pump writes its state. */
export class CommandQueue {
  readonly #pump: ConsumerId;
  readonly #bell: WakeSignal;
  readonly #waiting: Command[] = [];
  #hasEnded = false;

  constructor(consumer: ConsumerId, wakeSignal: WakeSignal) {
    this.#pump = consumer;
    this.#bell = wakeSignal;
  }

  /** Whether somebody asked for something that is not begun. */
  get hasPending(): boolean {
    return this.#waiting.length > 0;
  }

  /** The next one, which the pump's step runs and nothing beside it. A fault is told to both: the pump may not know its state by now. */
  next(): (() => Promise<void>) | undefined {
    return this.#waiting.shift()?.run;
  }

  run<T>(run: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const runAndTell = async () => {
        try {
          resolve(await run());
        } catch (error) {
          reject(error);
          throw error;
        }
      };
      this.#put({ run: runAndTell, drop: () => reject(new Error(`the pump of ${this.#pump} has ended`)) });
    });
  }

  /** Resolves when the pump stands between two steps with nothing in hand, where it stays until `done` has ended. */
  quiesce(done: Promise<unknown>, lookEveryMs: number): Promise<void> {
    return new Promise((resolve) => {
      const run = () => {
        resolve();
        return this.#bell.until(done, lookEveryMs);
      };
      this.#put({ run, drop: resolve });
    });
  }

  /** The pump has ended, so nothing more is done. */
  close(): void {
    this.#hasEnded = true;
    for (const { drop } of this.#waiting.splice(0)) drop();
  }

  #put(command: Command): void {
    if (this.#hasEnded) command.drop();
    else this.#waiting.push(command);
    this.#bell.notify();
  }
}
