import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';

export interface Checking {
  /** What is wrong with the file, at most 10 lines of SQLite's; none where it is sound. Rejects where the check was given up. */
  readonly problems: Promise<readonly string[]>;
  stop(): Promise<void>;
}

/**
 * Has SQLite read the file through, on a thread of its own that yields to all others.
 * @param thoroughly whether the entries of each index are held against their rows as well, which takes several times as long.
 */
export function check(file: string, thoroughly: boolean): Checking {
  const thread = new URL(`./check.thread${extname(new URL(import.meta.url).pathname)}`, import.meta.url);
  const worker = new Worker(thread, { workerData: { file, pragma: thoroughly ? 'integrity_check' : 'quick_check' } });
  const problems = new Promise<readonly string[]>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', () => reject(new Error(`the check of ${file} was given up`)));
  });
  return { problems, stop: async () => void (await worker.terminate()) };
}
