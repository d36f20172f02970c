import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { FaultTable } from './test/faults/table.reporter.ts';
import { KindTimes } from './test/setup/kind-times.reporter.ts';
import { makeMemoryFolder } from './test/setup/memory-folder.ts';
import { guides } from './vite.guides.ts';

// Test files and the processes that they start share compiled code, which halves the CPU time of a run.
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, 'node_modules/.cache/compile');

// The folders for temporary files: `test/setup/each-file.ts` selects one for each file.
process.env.CONVEY_TEST_DISK = tmpdir();
process.env.CONVEY_TEST_MEMORY = makeMemoryFolder();
process.env.TMPDIR = process.env.CONVEY_TEST_MEMORY;

const all = '{src,test,bench}/**';
const assets = 'test/setup/build-browser-assets.ts';
const command = 'test/setup/bundle-command.ts';

/** The kinds of each project, of which a test has one in its file name. A name without a kind is a unit test. */
const projects = [
  {
    name: 'integration',
    kinds: '{database,gateway,browser,fault}',
    setups: [assets, command, 'test/setup/chromium.ts', 'test/setup/postgres.ts'],
  },
  { name: 'unit', kinds: undefined, setups: [] },
  { name: 'load', kinds: 'load', setups: [assets, command] },
];

/**
 * Files of one project share a worker's modules, which would otherwise be loaded anew for each file. Tests mostly wait for disks, timers and
 * processes, so there are more workers than cores. Load tests measure, so they run alone and last.
 */
export default defineConfig({
  plugins: [guides],
  test: {
    reporters: [new FaultTable(), new KindTimes(), 'default'],
    projects: projects.map(({ name, kinds, setups }) => ({
      extends: true as const,
      test: {
        name,
        include: [kinds === undefined ? `${all}/*.test.{ts,tsx}` : `${all}/*.${kinds}.test.{ts,tsx}`],
        exclude: kinds === undefined ? [`${all}/*.{database,gateway,browser,fault,load}.test.ts`] : [],
        globalSetup: setups,
        testTimeout: 60_000,
        hookTimeout: 60_000,
        // The default of one second is too short beside busy workers.
        expect: { poll: { timeout: 30_000 } },
        isolate: false,
        setupFiles: ['test/setup/each-file.ts'],
        maxWorkers: name === 'load' ? 1 : 7,
        sequence: { groupOrder: name === 'load' ? 1 : 0 },
      },
    })),
  },
});
