import { Semaphore } from 'async-mutex';

/** More work than ever runs at the same time. */
const mostShared = 1_000;

/**
 * Keeps removals of data and backups apart. A backup copies one file after the other; a removal in between would be in one copy and not in
 * the other. Work starts in the order of the calls.
 */
export class MaintenanceLock {
  readonly #semaphore = new Semaphore(mostShared);

  /** Runs a removal. Removals run at the same time; each waits for a backup that was requested earlier. */
  runShared<T>(work: () => Promise<T>): Promise<T> {
    return this.#semaphore.runExclusive(work);
  }

  /** Runs a backup when all work that was requested earlier has ended. Later work waits for the backup. */
  runExclusive<T>(work: () => Promise<T>): Promise<T> {
    return this.#semaphore.runExclusive(work, mostShared);
  }
}
