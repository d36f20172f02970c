/**
 * Prepares a worker for its next test file, and cleans up after it. Hono's marker of a response that was already sent is created before any
 * server replaces the global `Response`: the marker fails as an instance of the replacement of an earlier file.
 */
import '@hono/node-server/utils/response';
import { afterAll, expect } from 'vitest';
import { fileCleanups } from './file-cleanups.ts';

// Load, and faults in the middle of a write or of the disk itself, need the files of a real disk. So do faults whose bound is a promised time,
// and all of `npm run faults`, whose backlogs and memory are measured.
const needsDisk =
  (process.env.CONVEY_FAULTS ?? 'part') !== 'part' ||
  /\.load\.test\.ts$|\/(?:crash|disk|hostile-browser|isolation|kill|sync)[^/]*\.fault\.test\.ts$/.test(
    expect.getState().testPath ?? '',
  );
process.env.TMPDIR = needsDisk ? process.env.CONVEY_TEST_DISK : process.env.CONVEY_TEST_MEMORY;

// The first hook of a file runs after all others.
afterAll(async () => {
  for (const cleanUp of fileCleanups) await cleanUp();
});
