import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.{ts,tsx}', 'test/**/*.test.ts', 'bench/**/*.test.ts'],
    globalSetup: 'test/build-browser.ts',
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
