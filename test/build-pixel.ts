import { build } from 'vite';

/** Before the tests: the pixel as its source stands now. */
export async function setup(): Promise<void> {
  for (const mode of ['production', 'core']) await build({ configFile: 'vite.pixel.config.ts', mode, logLevel: 'warn' });
}
