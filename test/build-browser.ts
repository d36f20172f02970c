import { build } from 'vite';

/** Before the tests: pixel and dashboard as their sources stand now. */
export async function setup(): Promise<void> {
  for (const mode of ['production', 'core']) await build({ configFile: 'vite.pixel.config.ts', mode, logLevel: 'warn' });
  await build({ configFile: 'vite.dashboard.config.ts', logLevel: 'warn' });
}
