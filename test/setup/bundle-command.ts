import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, globSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, type Plugin } from 'vite';
import { digest } from '../../scripts/build-browser.ts';
import { bundleFolder, conveyScript, root } from '../gateway.fixture.ts';

/** The modules that a process or a thread begins with. */
const entries = ['src/cli/cli.ts', ...globSync('src/**/*.{writer,process,thread}.ts', { cwd: root })];

/**
 * Gives each module of the bundle the URL that it has in the package. The sources find their threads, child processes and files by it, and
 * several modules share a file of the bundle.
 */
const keepModuleUrls: Plugin = {
  name: 'keep-module-urls',
  transform(code, id) {
    const path = relative(join(root, 'src'), id);
    if (path.startsWith('..') || !code.includes('import.meta.url')) return undefined;
    const url = pathToFileURL(join(bundleFolder, 'dist', path.replace(/ts$/, 'js')));
    return code.replaceAll('import.meta.url', JSON.stringify(url.href));
  },
};

/** The files whose content decides about the bundle. */
const inputs = ['bin/**', 'package-lock.json', 'src/**/*.ts', 'test/setup/bundle-command.ts'];

/**
 * Bundles the command with its dependencies, in the layout of the package, if its sources changed. A process of a test that loads a few
 * files instead of 800 starts with half the CPU time.
 */
export async function bundleCommand(): Promise<void> {
  const record = join(bundleFolder, 'inputs');
  const wanted = digest(inputs, root);
  if (existsSync(record) && readFileSync(record, 'utf8') === wanted) return;
  rmSync(bundleFolder, { recursive: true, force: true });
  await bundle();
  cpSync(join(root, 'bin'), join(bundleFolder, 'bin'), { recursive: true });
  for (const path of ['package.json', 'examples', 'dist/pixel', 'dist/dashboard', 'dist/reference'])
    symlinkSync(join(root, path), join(bundleFolder, path));
  // Writes the compiled code for all later processes. Many of them are killed, and would never write it.
  execFileSync(process.execPath, [conveyScript, '--help'], { stdio: 'ignore' });
  writeFileSync(record, wanted);
}

async function bundle(): Promise<void> {
  await build({
    configFile: false,
    root,
    logLevel: 'warn',
    publicDir: false,
    plugins: [keepModuleUrls],
    // The UMD builds of some packages load their own files at run time.
    resolve: { mainFields: ['module', 'main'] },
    // Packages with binaries, and optional ones, stay outside.
    ssr: { noExternal: true, external: ['better-sqlite3', 'pg', 'playwright-core', '@sparticuz/chromium'] },
    build: {
      ssr: true,
      target: 'node24',
      minify: false,
      outDir: join(bundleFolder, 'dist'),
      rolldownOptions: {
        input: Object.fromEntries(entries.map((path) => [path.replace(/^src\/|\.ts$/g, ''), path])),
        output: { entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' },
      },
    },
  });
}
