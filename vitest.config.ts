import { defineConfig } from 'vitest/config';
import { FaultTable } from './test/faults/table.reporter.ts';

export default defineConfig({
  test: {
    include: ['src/**/*.test.{ts,tsx}', 'test/**/*.test.ts', 'bench/**/*.test.ts'],
    globalSetup: 'test/build-browser.ts',
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: [new FaultTable(), 'default'],
  },
});
