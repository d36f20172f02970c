import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { FaultTable } from './test/faults/table.reporter.ts';
import { KindTimes } from './test/setup/kind-times.reporter.ts';

// Test files and the processes that they start share compiled code, which halves the CPU time of a run.
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, 'node_modules/.cache/compile');

const all = '{src,test,bench}/**';
const kinds = '{gateway,browser,fault,load}';

/**
 * The kind of a test is in its file name; a name without a kind is a unit test. Gateway, browser and fault tests mostly wait, so they
 * have more workers than the machine has cores. Load tests measure, so they run alone and last.
 */
export default defineConfig({
  test: {
    reporters: [new FaultTable(), new KindTimes(), 'default'],
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: [`${all}/*.test.{ts,tsx}`],
          exclude: [`${all}/*.${kinds}.test.{ts,tsx}`],
          testTimeout: 30_000,
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      ...['gateway', 'browser', 'fault', 'load'].map((kind) => ({
        extends: true as const,
        test: {
          name: kind,
          include: [`${all}/*.${kind}.test.{ts,tsx}`],
          globalSetup: ['test/setup/build-browser-assets.ts', ...(kind === 'browser' ? ['test/setup/chromium.ts'] : [])],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          maxWorkers: kind === 'load' ? 1 : 5,
          sequence: { groupOrder: kind === 'load' ? 2 : 1 },
        },
      })),
    ],
  },
});
