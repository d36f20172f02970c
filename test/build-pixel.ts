import { build } from 'vite';

/** Before the tests: the pixel as its source stands now. */
export async function setup(): Promise<void> {
  await build({ configFile: 'vite.pixel.config.ts', logLevel: 'warn' });
}
