import { fork } from 'node:child_process';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Answer } from './integrity-check.process.ts';

export interface IntegrityCheck {
  /**
   * What is wrong with the file, at most 10 lines of SQLite's; none where it is sound. Rejects where the check was given up, or could not
   * be made.
   */
  readonly problems: Promise<readonly string[]>;
  /** At once, and with it what the check holds of the file. */
  stop(): Promise<void>;
}

/**
 * Has SQLite read the file through, in a process of its own that yields to all others: a thread cannot be ended while SQLite reads.
 * @param thoroughly whether the entries of each index are held against their rows as well, which takes several times as long.
 */
export function startIntegrityCheck(file: string, thoroughly: boolean): IntegrityCheck {
  const module = new URL(`./integrity-check.process${extname(new URL(import.meta.url).pathname)}`, import.meta.url);
  const child = fork(fileURLToPath(module), [file, thoroughly ? 'integrity_check' : 'quick_check'], {
    env: {}, // it needs none of the secrets there
    execArgv: [],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  const gone = new Promise<void>((resolve) => child.once('close', () => resolve()).once('error', () => resolve()));
  const problems = new Promise<readonly string[]>((resolve, reject) => {
    const failed = (why: string) => reject(new Error(`the check of ${file} could not be made: ${why}`));
    child.once('message', (answer: Answer) => ('problems' in answer ? resolve(answer.problems) : failed(answer.failed)));
    child.once('error', ({ message }) => failed(message));
    child.once('close', () => reject(new Error(`the check of ${file} was given up`)));
  });
  return {
    problems,
    async stop() {
      child.kill('SIGKILL');
      await gone;
    },
  };
}
