import { defineConfig } from 'vitest/config';
import { FaultTable } from './test/faults/table.reporter.ts';
import { KindTimes } from './test/setup/kind-times.reporter.ts';

/**
 * The kind of a test is in its file name; a name without a kind is a unit test. The kinds run one after another. Gateway,
 * browser and fault tests mostly wait, so they have more workers than the machine has cores. Load tests measure, so they have one.
 */
const workers = { gateway: 4, browser: 3, fault: 3, load: 1 };

const all = '{src,test,bench}/**';

export default defineConfig({
  test: {
    reporters: [new FaultTable(), new KindTimes(), 'default'],
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: [`${all}/*.test.{ts,tsx}`],
          exclude: [`${all}/*.{${Object.keys(workers).join(',')}}.test.{ts,tsx}`],
          testTimeout: 30_000,
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      ...Object.entries(workers).map(([kind, maxWorkers], index) => ({
        extends: true as const,
        test: {
          name: kind,
          include: [`${all}/*.${kind}.test.{ts,tsx}`],
          globalSetup: 'test/setup/build-browser-assets.ts',
          testTimeout: 60_000,
          hookTimeout: 60_000,
          maxWorkers,
          sequence: { groupOrder: index + 1 },
        },
      })),
    ],
  },
});
