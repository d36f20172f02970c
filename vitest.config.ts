import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { engine } from './test/engines/engine.ts';
import { FaultTable } from './test/faults/table.reporter.ts';
import { ByKind } from './test/setup/by-kind.sequencer.ts';
import { KindTimes } from './test/setup/kind-times.reporter.ts';
import { findMemory, makeRunFolder } from './test/setup/run-folder.ts';
import { guides } from './vite.guides.ts';

// Test files and the processes that they start share compiled code, which halves the CPU time of a run.
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, 'node_modules/.cache/compile');

// The folders for temporary files: `test/setup/each-file.ts` selects one for each file.
process.env.CONVEY_TEST_DISK = makeRunFolder(tmpdir());
process.env.CONVEY_TEST_MEMORY = makeRunFolder(findMemory() ?? tmpdir());
process.env.TMPDIR = process.env.CONVEY_TEST_MEMORY;

const loadTests = '{src,test,bench}/**/*.load.test.ts';
/** The test of a module that only Vite can load, because it imports the guides by `import.meta.glob`. Each such file takes a worker. */
const guideTests = 'src/dashboard/pages/guides/guide-list.test.ts';
const otherTests = '{src,test,bench}/**/!(*.load).test.{ts,tsx}';

/**
 * The kind of a test is in its file name; a name without a kind is a unit test. Files share a worker's modules, which would otherwise be
 * loaded anew for each file. Node.js itself loads them, from its cache of compiled code: Vite's loader costs a tenth more CPU time. Tests
 * mostly wait for disks, timers and processes, so there are more workers than cores. Load tests measure, so they run alone and last.
 */
export default defineConfig({
  plugins: [guides],
  test: {
    reporters: [new FaultTable(), new KindTimes(), 'default'],
    sequence: { sequencer: ByKind },
    projects: [
      { name: 'tests', include: [otherTests, `!${guideTests}`], maxWorkers: 5, sequence: { groupOrder: 0 } },
      { name: 'guides', include: [guideTests], maxWorkers: 5, sequence: { groupOrder: 0 }, experimental: {} },
      { name: 'load', include: [loadTests], maxWorkers: 1, sequence: { groupOrder: 1 } },
    ].map((project) => ({
      extends: true as const,
      test: {
        experimental: { viteModuleRunner: false, nodeLoader: false },
        ...project,
        globalSetup: ['test/setup/prepare-run.ts'],
        setupFiles: ['test/setup/each-file.ts'],
        testTimeout: 60_000,
        hookTimeout: 60_000,
        // The default of one second is too short beside busy workers.
        expect: { poll: { timeout: 30_000 } },
        isolate: false,
        // WebKitWebDriver now and then loses its browser. Nothing else is repeated.
        retry: engine === 'webkit' ? { count: 2, condition: /WebKit: .*(?:invalid session id|Session terminated)/ } : 0,
        // Tests create more garbage than a young space of the default size takes without constant collections.
        execArgv: ['--max-semi-space-size=32', '--min-semi-space-size=16'],
      },
    })),
  },
});
