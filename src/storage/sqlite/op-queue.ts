/** An operation failed. `code` is SQLite's (`SQLITE_FULL`), the operation's own, or `TIMEOUT`. */
export class WriteFailedError extends Error {
  override readonly name = 'WriteFailedError';
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

export type Outcome<Result> = { readonly result: Result } | { readonly code: string; readonly message: string };

interface PendingOp<Op, Result> {
  readonly op: Op;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: WriteFailedError) => void;
  readonly timeoutMs: number;
  /** The time of its rejection, by `performance.now`. */
  readonly deadline: number;
  /** Set when it was rejected, although its result may still come. */
  isExpired?: true;
}

/** Called with the result of an operation that was rejected before, because it took too long. */
export type LateResult<Op, Result> = (op: Op, result: Result) => void;

/**
 * Sends the operations of one thread to a writer's thread. Those of one turn of the event loop go together, and so do those that queue up
 * until the previous reply.
 */
export class OpQueue<Op, Result> {
  readonly #send: (ops: readonly Op[]) => void;
  readonly #timeoutMs: number;
  readonly #onLate: LateResult<Op, Result> | undefined;
  #queue: PendingOp<Op, Result>[] = [];
  #sent: PendingOp<Op, Result>[] = [];
  #dead: WriteFailedError | undefined;
  #onIdle: (() => void) | undefined;
  #isFlushing = false;
  /** One timer for all operations. */
  #timer: NodeJS.Timeout | undefined;
  #timerAt = Number.POSITIVE_INFINITY;

  constructor(send: (ops: readonly Op[]) => void, timeoutMs: number, onLate?: LateResult<Op, Result>) {
    this.#send = send;
    this.#timeoutMs = timeoutMs;
    this.#onLate = onLate;
  }

  /** The reason why nothing can be written any more, if the writer has ended. */
  get dead(): WriteFailedError | undefined {
    return this.#dead;
  }

  /** The number of operations that wait for a commit. */
  get pending(): number {
    return this.#queue.length + this.#sent.length;
  }

  /** Resolves when `op` is committed and synced. @throws WriteFailedError; after `TIMEOUT` the operation may still be committed. */
  run(op: Op, timeoutMs = this.#timeoutMs): Promise<Result> {
    if (this.#dead) return Promise.reject(this.#dead);
    return new Promise((resolve, reject) => {
      const deadline = performance.now() + timeoutMs;
      this.#queue.push({ op, resolve, reject, timeoutMs, deadline });
      this.#startTimer(deadline);
      this.#flushAfterTurn();
    });
  }

  /** Takes the reply to the operations that were sent. */
  settle(outcomes: readonly Outcome<Result>[]): void {
    const sent = this.#sent;
    this.#sent = [];
    if (this.#queue.length > 0) this.#flushAfterTurn();
    for (const [index, pending] of sent.entries()) {
      const outcome = outcomes[index];
      if (!pending.isExpired) settleOp(pending, outcome);
      else if (outcome && 'result' in outcome) this.#onLate?.(pending.op, outcome.result);
    }
    if (this.pending === 0) this.#onIdle?.();
  }

  /** Resolves when no operation waits. */
  async waitUntilIdle(): Promise<void> {
    if (this.pending > 0) await new Promise<void>((resolve) => (this.#onIdle = resolve));
  }

  /** Rejects every operation from now on. */
  end(reason: WriteFailedError): void {
    this.#dead ??= reason;
    clearTimeout(this.#timer);
    for (const pending of [...this.#sent, ...this.#queue]) pending.reject(this.#dead);
    this.#sent = [];
    this.#queue = [];
    this.#onIdle?.();
  }

  /** Sends what this turn of the event loop queues at once. */
  #flushAfterTurn(): void {
    if (this.#isFlushing || this.#sent.length > 0) return;
    this.#isFlushing = true;
    setImmediate(() => {
      this.#isFlushing = false;
      this.#flush();
    });
  }

  #flush(): void {
    if (this.#sent.length > 0 || this.#queue.length === 0) return;
    this.#sent = this.#queue;
    this.#queue = [];
    this.#send(this.#sent.map((pending) => pending.op));
  }

  /** Sets the timer to the deadline, unless it is set to an earlier one. */
  #startTimer(deadline: number): void {
    if (deadline >= this.#timerAt) return;
    clearTimeout(this.#timer);
    this.#timerAt = deadline;
    this.#timer = setTimeout(() => this.#expire(), deadline - performance.now());
  }

  #expire(): void {
    this.#timerAt = Number.POSITIVE_INFINITY;
    const now = performance.now();
    const isOver = ({ deadline }: PendingOp<Op, Result>) => deadline <= now;
    for (const pending of [...this.#sent, ...this.#queue].filter(isOver)) {
      pending.isExpired = true;
      pending.reject(new WriteFailedError('TIMEOUT', `no reply from the disk within ${pending.timeoutMs} ms`));
    }
    this.#queue = this.#queue.filter((pending) => !isOver(pending));
    // A rejected operation that was sent stays in the list, because its reply is still to come.
    const open = [...this.#sent.filter((pending) => !isOver(pending)), ...this.#queue];
    if (open.length > 0)
      this.#startTimer(open.reduce((least, { deadline }) => Math.min(least, deadline), Number.POSITIVE_INFINITY));
  }
}

export function settleOp<Result>(
  { resolve, reject }: Pick<PendingOp<unknown, Result>, 'resolve' | 'reject'>,
  outcome: Outcome<Result> | undefined,
): void {
  if (outcome && 'result' in outcome) resolve(outcome.result);
  else reject(new WriteFailedError(outcome?.code ?? 'FAILED', outcome?.message ?? 'no reply from the writer'));
}
