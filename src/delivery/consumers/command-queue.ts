import type { WakeSignal } from '../../clock/clock.ts';
import type { ConsumerId } from '../../storage/ports/consumer-id.ts';

interface Command {
  readonly run: () => Promise<void>;
  /** Called instead of `run` if the consumer ends first. */
  readonly cancel: () => void;
}

/** Commands that a consumer runs between two of its steps, so that only the consumer writes its state. */
export class CommandQueue {
  readonly #consumer: ConsumerId;
  readonly #wakeSignal: WakeSignal;
  readonly #pending: Command[] = [];
  #isClosed = false;
  #added = 0;

  constructor(consumer: ConsumerId, wakeSignal: WakeSignal) {
    this.#consumer = consumer;
    this.#wakeSignal = wakeSignal;
  }

  get hasPending(): boolean {
    return this.#pending.length > 0;
  }

  /** The number of commands so far. A change means that a new one is pending. */
  get added(): number {
    return this.#added;
  }

  /**
   * Removes and returns the next command, for the consumer to run as a whole step. An error of a command reaches the caller and the consumer,
   * because the consumer's state may be unknown after it.
   */
  next(): (() => Promise<void>) | undefined {
    return this.#pending.shift()?.run;
  }

  /** Queues a command. Rejects if the consumer ends before it runs the command. */
  run<T>(command: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const runAndSettle = async () => {
        try {
          resolve(await command());
        } catch (error) {
          reject(error);
          throw error;
        }
      };
      this.#add({ run: runAndSettle, cancel: () => reject(new Error(`the consumer ${this.#consumer} has ended`)) });
    });
  }

  /** Resolves when the consumer is between two steps. The consumer stays there until `done` settles, and wakes every `wakeEveryMs`. */
  quiesce(done: Promise<unknown>, wakeEveryMs: number): Promise<void> {
    return new Promise((resolve) => {
      const run = () => {
        resolve();
        return this.#wakeSignal.until(done, wakeEveryMs);
      };
      this.#add({ run, cancel: resolve });
    });
  }

  /** Cancels all pending and all later commands, because the consumer has ended. */
  close(): void {
    this.#isClosed = true;
    for (const { cancel } of this.#pending.splice(0)) cancel();
  }

  #add(command: Command): void {
    this.#added += 1;
    if (this.#isClosed) command.cancel();
    else this.#pending.push(command);
    this.#wakeSignal.notify();
  }
}
