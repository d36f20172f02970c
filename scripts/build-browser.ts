import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { captureParts } from '../src/event/capture-parts.ts';
import { consentToolNames } from '../src/event/consent-tool-names.ts';
import { inputs } from '../vite.inputs.ts';

type Target = keyof typeof inputs;

const root = join(import.meta.dirname, '..');
/** The drivers of browser tags among the parts of the pixel: `drivers/microsoft`. */
const driverParts = globSync('src/destinations/*/browser/driver.ts', { cwd: root }).map(
  (path) => `drivers/${basename(dirname(dirname(path)))}`,
);
const readerParts = ['consent-reader', ...consentToolNames.map((name) => `consent-readers/${name}`)];
/** The modes of Vite that build a target. Each mode of the pixel builds one part, a file of `dist/pixel`. */
const viteModes: Readonly<Record<Target, readonly string[]>> = {
  pixel: ['core', 'overlay', 'overlay-stub', 'consent-tools', 'shopify-cart', ...readerParts, ...captureParts, ...driverParts],
  dashboard: ['production'],
  reference: [],
  'country-tables': [],
};

/** The scripts that build the targets without a mode of Vite. */
const scripts: Partial<Readonly<Record<Target, string>>> = {
  reference: 'scripts/reference-page.ts',
  'country-tables': 'scripts/build-country-tables.ts',
};

/**
 * Builds pixel, dashboard, API reference and country tables into `dist`, each only if its inputs, or the files that were built, changed since
 * the last build.
 */
export async function buildBrowser(
  targets: readonly Target[] = ['pixel', 'dashboard', 'reference', 'country-tables'],
): Promise<void> {
  await Promise.all(targets.map(buildTarget));
}

async function buildTarget(target: Target): Promise<void> {
  const record = join(root, `dist/${target}.build`);
  if (existsSync(record) && readFileSync(record, 'utf8') === describeBuild(target)) return;
  rmSync(record, { force: true });
  const before = digest(inputs[target]);
  // The package holds every file of the folder, so a part that no longer exists must not stay.
  rmSync(join(root, 'dist', target), { recursive: true, force: true });
  for (const mode of viteModes[target]) await runVite(target, mode);
  const script = scripts[target];
  if (script !== undefined) await run([script]);
  // An input that changed during the build counts as new.
  if (before !== digest(inputs[target])) return;
  mkdirSync(dirname(record), { recursive: true });
  writeFileSync(record, describeBuild(target));
}

/** Runs Vite in a separate process, because a test's NODE_ENV would build React for development. */
function runVite(target: Target, mode: string): Promise<void> {
  const vite = join(root, 'node_modules/vite/bin/vite.js');
  return run([vite, 'build', '--config', `vite.${target}.config.ts`, '--mode', mode, '--logLevel', 'warn']);
}

async function run(args: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, args, { cwd: root, env: { ...process.env, NODE_ENV: 'production' }, stdio: 'inherit' });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${args[0]} ended with ${code}`);
}

/** Identifies the inputs and outputs of a target's build. */
export function describeBuild(target: Target, folder = root): string {
  return `inputs ${digest(inputs[target], folder)}\noutputs ${digest([`dist/${target}/**`], folder)}\n`;
}

/** Returns a hash of the paths and contents of files, without those of tests. */
export function digest(globs: readonly string[], folder = root): string {
  const hash = createHash('sha256');
  for (const path of globSync(globs, { cwd: folder, exclude: ['**/*.{test,fixture}.{ts,tsx}'] }).toSorted()) {
    if (!statSync(join(folder, path)).isFile()) continue;
    const content = readFileSync(join(folder, path));
    hash.update(`${path}\0${content.byteLength}\0`).update(content);
  }
  return hash.digest('hex');
}

const [only] = process.argv.slice(2);
if (import.meta.main) await buildBrowser(only === 'pixel' ? [only] : undefined);
