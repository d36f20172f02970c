import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { build } from 'vite';

const root = join(import.meta.dirname, '..');

/** Vite's modes that build the pixel, a file each. */
export const pixelModes = ['production', 'core', 'shopify', 'shopify-core'];

/** As it ships: in a process of its own, because among tests React would be built for developing. */
export function buildDashboard(outDir: string): void {
  const vite = join(root, 'node_modules/vite/bin/vite.js');
  const args = [vite, 'build', '--config', 'vite.dashboard.config.ts', '--outDir', outDir, '--logLevel', 'warn'];
  execFileSync(process.execPath, args, { cwd: root, env: { ...process.env, NODE_ENV: 'production' }, stdio: 'inherit' });
}

/** Before the tests: pixel and dashboard as their sources stand now. */
export async function setup(): Promise<void> {
  for (const mode of pixelModes) await build({ configFile: 'vite.pixel.config.ts', mode, logLevel: 'warn' });
  buildDashboard(join(root, 'dist/dashboard'));
}
