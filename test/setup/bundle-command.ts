import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, globSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, type Plugin } from 'vite';
import { digest } from '../../scripts/build-browser.ts';
import { bundleFolder, makeFolder, post, purchase, root, startGatewayProcess } from '../gateway.fixture.ts';

/** The modules that a process or a thread begins with. */
const entries = ['src/cli/cli.ts', ...globSync('src/**/*.{writer,process,thread}.ts', { cwd: root })];

/**
 * Gives each module of the bundle the URL that it has in the package. The sources find their threads, child processes and files by it, and
 * several modules share a file of the bundle.
 */
const keepModuleUrls = (folder: string): Plugin => ({
  name: 'keep-module-urls',
  transform(code, id) {
    const path = relative(join(root, 'src'), id);
    if (path.startsWith('..') || !code.includes('import.meta.url')) return undefined;
    const url = pathToFileURL(join(folder, 'dist', path.replace(/ts$/, 'js')));
    return code.replaceAll('import.meta.url', JSON.stringify(url.href));
  },
});

/** Escapes characters beyond ASCII. A single one doubles the memory of its file's text, and the time in which Node.js hashes it. */
const escapeUnicode: Plugin = {
  name: 'escape-unicode',
  generateBundle(_options, files) {
    const toEscape = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
    for (const file of Object.values(files))
      if (file.type === 'chunk') file.code = file.code.replace(/[\u0080-\uffff]/g, toEscape);
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
  await writeCompiledCode(await bundleInto(bundleFolder));
  writeFileSync(record, wanted);
}

/** Bundles the command into a folder, with changes of its sources by `plugins`. Returns the path of its script. */
export async function bundleInto(folder: string, plugins: readonly Plugin[] = []): Promise<string> {
  await bundle(folder, plugins);
  cpSync(join(root, 'bin'), join(folder, 'bin'), { recursive: true });
  for (const path of ['package.json', 'examples', 'dist/pixel', 'dist/dashboard', 'dist/reference', 'dist/country-tables'])
    symlinkSync(join(root, path), join(folder, path));
  return join(folder, 'bin/convey.js');
}

/** Writes the compiled code for all later processes, many of which are killed and would never write it. */
async function writeCompiledCode(script: string): Promise<void> {
  const folder = makeFolder();
  const config = folder.writeConfig('http://127.0.0.1:9');
  const gateway = await startGatewayProcess(config);
  await post(gateway.url, [purchase('first')]);
  for (const args of [['connections', 'list', '--config', config], ['--help']])
    execFileSync(process.execPath, [script, ...args], { stdio: 'ignore' });
  await gateway.stop();
  folder.remove();
}

async function bundle(folder: string, plugins: readonly Plugin[]): Promise<void> {
  await build({
    configFile: false,
    root,
    logLevel: 'warn',
    publicDir: false,
    plugins: [keepModuleUrls(folder), escapeUnicode, ...plugins],
    // The UMD builds of some packages load their own files at run time.
    resolve: { mainFields: ['module', 'main'] },
    // Packages with binaries, and optional ones, stay outside.
    ssr: { noExternal: true, external: ['better-sqlite3', 'pg', 'playwright-core', '@sparticuz/chromium'] },
    build: {
      ssr: true,
      target: 'node24',
      minify: false,
      outDir: join(folder, 'dist'),
      rolldownOptions: {
        input: Object.fromEntries(entries.map((path) => [path.replace(/^src\/|\.ts$/g, ''), path])),
        output: { entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' },
      },
    },
  });
}
