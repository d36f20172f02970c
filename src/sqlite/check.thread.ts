import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { describe } from './failure.ts';
import { openReader } from './open.ts';

/** The thread of `check.ts`. */
const { file, pragma }: { file: string; pragma: 'integrity_check' | 'quick_check' } = workerData;

try {
  setPriority(19); // of this thread alone: whatever is asked of the gateway goes first
} catch {
  // Then it goes at the same pace as the rest.
}
parentPort?.postMessage(problems());

function problems(): string[] {
  try {
    const db = openReader(file);
    try {
      const found = db.pragma(`${pragma}(10)`);
      const lines = Array.isArray(found) ? found.map((row: unknown) => String(Object.values(row ?? {})[0])) : ['no answer'];
      return lines.filter((line) => line !== 'ok');
    } finally {
      db.close();
    }
  } catch (error) {
    return [describe(error).message];
  }
}
