import { fork } from 'node:child_process';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { IntegrityResult } from './integrity-check.process.ts';

export interface IntegrityCheck {
  /** SQLite's problem lines, at most 10; empty if the file is sound. Rejects if the check was cancelled or failed. */
  readonly problems: Promise<readonly string[]>;
  /** Ends the check at once and releases the file. */
  stop(): Promise<void>;
}

/**
 * Starts SQLite's integrity check in a process of its own with the lowest priority. A thread cannot be ended while SQLite reads.
 * @param thoroughly also compares each index with its rows, which takes several times as long.
 */
export function startIntegrityCheck(file: string, thoroughly: boolean): IntegrityCheck {
  const module = new URL(`./integrity-check.process${extname(new URL(import.meta.url).pathname)}`, import.meta.url);
  const cache = process.env.NODE_COMPILE_CACHE;
  const child = fork(fileURLToPath(module), [file, thoroughly ? 'integrity_check' : 'quick_check'], {
    // The process needs no secrets. The cache of compiled code saves half of its start.
    env: cache === undefined ? {} : { NODE_COMPILE_CACHE: cache },
    execArgv: [],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()).once('error', () => resolve()));
  const problems = new Promise<readonly string[]>((resolve, reject) => {
    const failed = (reason: string) => reject(new Error(`the integrity check of ${file} failed: ${reason}`));
    child.once('message', (answer: IntegrityResult) => ('problems' in answer ? resolve(answer.problems) : failed(answer.failed)));
    child.once('error', ({ message }) => failed(message));
    child.once('close', () => reject(new Error(`the integrity check of ${file} was cancelled`)));
  });
  return {
    problems,
    async stop() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
