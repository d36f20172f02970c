import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { FaultTable } from './test/faults/table.reporter.ts';
import { KindTimes } from './test/setup/kind-times.reporter.ts';
import { makeMemoryFolder } from './test/setup/memory-folder.ts';
import { guides } from './vite.guides.ts';

// Test files and the processes that they start share compiled code, which halves the CPU time of a run.
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, 'node_modules/.cache/compile');

// Faults and load need the files of a real disk.
const disk = tmpdir();
process.env.TMPDIR = makeMemoryFolder();

const all = '{src,test,bench}/**';
const kinds = '{database,gateway,browser,fault,load}';

const assets = 'test/setup/build-browser-assets.ts';
const command = 'test/setup/bundle-command.ts';
const postgres = 'test/setup/postgres.ts';
const setups: Readonly<Record<string, string[]>> = {
  database: [postgres],
  gateway: [assets, command, postgres],
  browser: [assets, command, 'test/setup/chromium.ts'],
  fault: [assets, command],
  load: [assets, command],
};

/**
 * The kind of a test is in its file name; a name without a kind is a unit test. Tests of the database files themselves are a kind of their
 * own, because they take a fifth of the time of all unit tests. Tests mostly wait for disks, timers and processes, so there are more
 * workers than cores. Load tests measure, so they run alone and last. Files of one kind share a worker's modules, which would otherwise be
 * loaded anew for each file.
 */
export default defineConfig({
  plugins: [guides],
  test: {
    reporters: [new FaultTable(), new KindTimes(), 'default'],
    projects: ['unit', 'database', 'gateway', 'browser', 'fault', 'load'].map((kind) => ({
      extends: true as const,
      test: {
        name: kind,
        include: [kind === 'unit' ? `${all}/*.test.{ts,tsx}` : `${all}/*.${kind}.test.{ts,tsx}`],
        exclude: kind === 'unit' ? [`${all}/*.${kinds}.test.{ts,tsx}`] : [],
        globalSetup: setups[kind] ?? [],
        env: { TMPDIR: kind === 'fault' || kind === 'load' ? disk : process.env.TMPDIR },
        testTimeout: 60_000,
        hookTimeout: 60_000,
        // The default of one second is too short beside busy workers.
        expect: { poll: { timeout: 30_000 } },
        isolate: false,
        setupFiles: ['test/setup/sent-response.ts'],
        maxWorkers: kind === 'load' ? 1 : 5,
        sequence: { groupOrder: kind === 'load' ? 1 : 0 },
      },
    })),
  },
});
