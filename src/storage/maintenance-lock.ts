/**
 * Keeps what removes data and what copies the files apart. A backup copies one file after the other; a removal that fell in between
 * would stand in one and not in the other. Removals go on beside each other.
 */
export class MaintenanceLock {
  readonly #removals = new Set<Promise<unknown>>();
  #copy: Promise<unknown> | undefined;

  /** Begins once no copy is made, and holds back the next one until it has ended. */
  async remove<T>(work: () => Promise<T>): Promise<T> {
    while (this.#copy !== undefined) await this.#copy;
    const working = work();
    const ended = Promise.allSettled([working]).then(() => void this.#removals.delete(ended));
    this.#removals.add(ended);
    return working;
  }

  /** Begins once the removals that run have ended, and holds back the next ones. */
  async copy<T>(work: () => Promise<T>): Promise<T> {
    while (this.#copy !== undefined) await this.#copy;
    const working = Promise.all(this.#removals).then(work);
    this.#copy = Promise.allSettled([working]).then(() => {
      this.#copy = undefined;
    });
    return working;
  }
}
