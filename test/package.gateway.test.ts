import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, globSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { readLocked, readVersion } from '../scripts/locked.ts';
import { type MicrosoftSimulator, startMicrosoftSimulator } from '../src/simulators/microsoft/simulator.ts';

const root = join(import.meta.dirname, '..');
const manifestSchema = z.object({
  version: z.string(),
  files: z.array(z.string()),
  dependencies: z.record(z.string(), z.string()),
});
const manifest = manifestSchema.parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')));
const locked = readLocked(root);
const packedSchema = z
  .array(z.object({ filename: z.string(), bundled: z.array(z.string()), files: z.array(z.object({ path: z.string() })) }))
  .length(1);

let dir: string;
let packed: readonly string[];
let bundled: readonly string[];
/** The folder in which the package is installed; empty before. */
let installed: string;
let simulator: MicrosoftSimulator;

/** Makes npm pack 80 MB without compressing it, which saves most of its CPU time. It has no option for the level. */
const packPlainly = `
  import zlib from 'node:zlib';
  import { syncBuiltinESMExports } from 'node:module';
  const { Gzip } = zlib;
  zlib.Gzip = function (options) { return new Gzip({ ...options, level: 0 }); };
  syncBuiltinESMExports();
`;

/** Compiles in a copy of the packed files, so that the work tree does not change. Then packs, and installs the package offline. */
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'convey-package-'));
  const stage = join(dir, 'stage');
  for (const path of [
    'package.json',
    'README.md',
    'LICENSE',
    ...manifest.files.filter((path) => !path.startsWith('!') && path !== 'dist'),
    'dist/pixel',
    'dist/dashboard',
    'dist/reference',
    'dist/country-tables',
  ])
    cpSync(join(root, path), join(stage, path), { recursive: true });
  // `prepack` does the same. In the repository npm would treat the dependencies as bundled, and build better-sqlite3 from source.
  const staged = join(stage, 'package.json');
  writeFileSync(staged, JSON.stringify({ ...JSON.parse(readFileSync(staged, 'utf8')), bundleDependencies: true }));
  // Nothing reads these files, which are most of the packages': maps, declarations, sources, tests, binaries for other machines.
  const ownBinary = new RegExp(`${process.platform}(?:musl)?-${process.arch}\\.node$`);
  const unread = /\.(?:map|d\.[cm]?ts|c|h|bare|node)$|\/(?:tests?|bundle|iife|docs|examples|source|zod\/src)$/;
  const filter = (path: string) => !unread.test(path) || ownBinary.test(path);
  for (const path of locked.keys()) cpSync(join(root, path), join(stage, path), { recursive: true, dereference: true, filter });
  const tsc = join(root, 'node_modules/typescript-native/bin/tsc');
  // Type declarations take half of the time, and nothing reads them.
  const built = ['--outDir', join(stage, 'dist'), '--composite', 'false', '--declaration', 'false', '--incremental', 'false'];
  execFileSync(process.execPath, [tsc, '-p', join(root, 'tsconfig.server.json'), '--noCheck', ...built], { stdio: 'inherit' });
  const pack = ['pack', '--ignore-scripts', '--json', '--offline', '--pack-destination', dir];
  const NODE_OPTIONS = `--import data:text/javascript,${encodeURIComponent(packPlainly)}`;
  const printed = execFileSync('npm', pack, { cwd: stage, encoding: 'utf8', env: { ...process.env, NODE_OPTIONS } });
  const [archive] = packedSchema.parse(JSON.parse(printed));
  packed = archive?.files.map(({ path }) => path).filter((path) => !path.startsWith('node_modules/')) ?? [];
  bundled = archive?.bundled ?? [];
  installed = join(dir, 'installed');
  mkdirSync(installed);
  const nowhere = ['--offline', '--cache', join(dir, 'cache'), '--registry', 'http://127.0.0.1:9/'];
  const install = ['install', '--ignore-scripts', ...nowhere, '--prefix', installed, join(dir, archive?.filename ?? '')];
  execFileSync('npm', install, { cwd: dir, stdio: ['ignore', 'ignore', 'inherit'] });

  simulator = await startMicrosoftSimulator({ port: 0, tokens: { '187012345': 'example-token' } });
  const example = JSON.parse(readFileSync(join(root, 'examples/server-event/convey.json'), 'utf8'));
  example.collector.port = 0;
  example.dashboard = { port: 0 };
  example.sites[0].connections[0].settings.endpoint = simulator.url;
  writeFileSync(join(dir, 'convey.json'), JSON.stringify(example));
}, 240_000);

afterAll(async () => {
  await simulator.close();
  rmSync(dir, { recursive: true });
});

describe('the published package', () => {
  test('holds what runs and what explains it, and neither source nor tests', () => {
    expect(packed).toEqual(
      expect.arrayContaining(['bin/convey.js', 'dist/cli/cli.js', 'README.md', 'LICENSE', 'docs/reference/config.md']),
    );
    for (const path of [
      'dist/storage/log/sqlite-log.writer.js',
      'dist/storage/store/sqlite/sqlite-store.writer.js',
      'dist/pixel/core.js',
      'dist/pixel/consent-tools.js',
      'dist/pixel/consent-readers/cookiebot.js',
      'dist/pixel/shopify-cart.js',
      'dist/pixel/data-layer.js',
      'dist/pixel/data-layer-preview.js',
      'dist/pixel/drivers/microsoft.js',
      'shops/shopify/convey.liquid',
      'dist/dashboard/index.html',
      'dist/reference/index.html',
      'dist/country-tables/iptoasn-country.mmdb.packed.br',
      'dist/country-tables/geo-whois-asn-country.mmdb.packed.br',
      'dist/country-tables/LICENSES.txt',
      'NOTICE',
    ])
      expect(packed).toContain(path);
    expect(packed.filter((path) => path.startsWith('dist/dashboard/assets/')).length).toBeGreaterThan(10);
    expect(packed.filter((path) => /(^|\/)(src|test|bench|fixtures)\/|\.(test|contract|suite|fixture)\./.test(path))).toEqual([]);
  });

  test('brings every production dependency, in the version of the lock file, and no other package', () => {
    const folder = join(installed, 'node_modules/convey');
    const found = globSync(['node_modules/*/package.json', 'node_modules/@*/*/package.json'], { cwd: folder }).map(dirname);
    expect(Object.fromEntries(found.map((path) => [path, readVersion(join(folder, path))]))).toEqual(Object.fromEntries(locked));
    expect(bundled).toHaveLength(locked.size);
    expect(globSync('node_modules/*', { cwd: installed })).toEqual(['node_modules/convey']);
  });

  test('brings the licence of each package in it, and of each that is part of the dashboard', () => {
    const folder = join(installed, 'node_modules/convey');
    const hasLicence = (path: string) =>
      /\b(?:un)?licen[cs]e\b/i.test(readdirSync(join(folder, path)).join()) ||
      readFileSync(join(folder, path, 'README.md'), 'utf8').includes('Permission is hereby granted');
    expect([...locked.keys()].filter((path) => !hasLicence(path))).toEqual([]);
    const [, ...entries] = readFileSync(join(folder, 'dist/dashboard/LICENSES.txt'), 'utf8').split(`\n${'#'.repeat(80)}\n\n`);
    const named = entries.map((entry) => /^(\S+) \d+\.\d+\.\d+\S* \(.+?\)\n\n.*(?:Copyright|Permission)/s.exec(entry)?.[1]);
    const imported = globSync('src/dashboard/**/*.{ts,tsx}', { cwd: root, exclude: ['**/*.test.*'] }).flatMap((file) =>
      [...readFileSync(join(root, file), 'utf8').matchAll(/^(?:import (?!type ).*|\} )from '((?:@[^/']+\/)?[^./'][^/']*)/gm)].map(
        ([, name]) => name,
      ),
    );
    expect(imported).toContain('@tanstack/react-query');
    expect(named).toEqual(
      expect.arrayContaining([...imported, 'react-dom', 'recharts', '@mantine/core', 'd3-scale', 'scheduler']),
    );
    expect(named).not.toContain(undefined);
  });

  test('takes no address of a registry from the lock file', () => {
    expect(readFileSync(join(root, 'package-lock.json'), 'utf8')).not.toContain('"resolved"');
    expect(readFileSync(join(root, '.npmrc'), 'utf8')).toContain('omit-lockfile-registry-resolved=true\n');
  });

  test('knows its version', async () => {
    expect(await convey(['--version'])).toEqual({ code: 0, out: `${manifest.version}\n`, error: '' });
  });

  test('checks a config, from the folder in which it is called', async () => {
    const { code, out, error } = await convey(['check']);
    expect({ code, error }, out).toEqual({ code: 0, error: '' });
    expect(out).toContain('shop/bing: The platform accepts the credential');
  });

  test('plays the demo to its end', async () => {
    const { code, out, error } = await convey(['demo', '--once']);
    expect({ code, error }, out).toEqual({ code: 0, error: '' });
    expect(out).toContain('10 of 10 events arrived once, as documented.');
  });

  test('reports a missing config file, and fails', async () => {
    const { code, error } = await convey(['start', '--config', 'missing.json']);
    expect(code).toBe(1);
    expect(error).toMatch(/^error: There is no config file \S+missing\.json\. Set the file with --config FILE/);
  });

  test('refuses a Node.js that is too old, and explains the fix', async () => {
    const pretend = 'Object.defineProperty(process, "versions", { value: { ...process.versions, node: "22.20.0" } })';
    const { code, out, error } = await convey(['--version'], process.execPath, ['--import', `data:text/javascript,${pretend}`]);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(error).toMatch(/^error: Convey needs Node\.js 24 or newer, and this is 22\.20\.0\. Install Node\.js 24/);
  });

  const old = oldNode();
  test.skipIf(old === undefined)(`refuses the older Node.js of this machine (${old ?? 'not run: there is none'})`, async () => {
    const { code, out, error } = await convey(['--version'], old);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(error).toMatch(/^error: Convey needs Node\.js 24 or newer, and this is \d+\.\d+\.\d+\. Install Node\.js 24/);
  });
});

async function convey(args: readonly string[], node = process.execPath, nodeArgs: readonly string[] = []) {
  // Leaves out the variables of the surrounding `npm run`, because they name another folder.
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, NO_COLOR: '1' };
  const child = spawn(node, [...nodeArgs, join(installed, 'node_modules/convey/bin/convey.js'), ...args], {
    cwd: dir,
    env,
    timeout: 55_000,
  });
  const [out, error, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code, out, error };
}

/** Finds a Node.js on this machine that is older than the package supports. */
function oldNode(): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/bin', '/usr/local/bin'];
  return folders
    .map((folder) => join(folder, 'node'))
    .find((node) => {
      const { status, stdout } = spawnSync(node, ['--version'], { encoding: 'utf8' });
      return status === 0 && Number.parseInt(stdout.slice(1), 10) < 24;
    });
}
