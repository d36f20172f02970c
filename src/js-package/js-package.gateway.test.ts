import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build, type Rollup } from 'vite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { packJsPackage } from '../../scripts/js-package.ts';

const root = join(import.meta.dirname, '../..');
const guide = readFileSync(join(root, 'docs/guides/javascript-package.md'), 'utf8');

let dir: string;
/** An app's folder, in which only the package is installed, from its file and offline. The frameworks are links to the repository's. */
let app: string;

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'convey-js-test-'));
  app = join(dir, 'app');
  mkdirSync(app);
  writeFileSync(join(app, 'package.json'), '{ "type": "module", "private": true }');
  const nowhere = ['--offline', '--cache', join(dir, 'cache'), '--registry', 'http://127.0.0.1:9/'];
  const install = ['install', '--ignore-scripts', '--omit=peer', '--legacy-peer-deps', ...nowhere, packJsPackage(dir)];
  execFileSync('npm', install, { cwd: app, stdio: ['ignore', 'ignore', 'inherit'] });
  for (const name of ['react', 'react-dom', 'vue', '@types/react', '@types/react-dom']) {
    const link = join(app, 'node_modules', name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(root, 'node_modules', name), link);
  }
}, 120_000);

afterAll(() => rmSync(dir, { recursive: true }));

function write(files: Readonly<Record<string, string>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(app, path)), { recursive: true });
    writeFileSync(join(app, path), content);
  }
}

/** Type-checks files of the app, with every strict option and the package's declarations. Returns the compiler's messages. */
function checkTypes(...files: readonly string[]): string {
  const compilerOptions = {
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    noEmit: true,
    module: 'esnext',
    moduleResolution: 'bundler',
    target: 'es2022',
    lib: ['es2022', 'dom'],
    jsx: 'react-jsx',
    types: [],
    skipLibCheck: files.some((file) => /\b(?:vue|App|layout)/.test(file)),
  };
  write({ 'tsconfig.json': JSON.stringify({ compilerOptions, files }) });
  const tsc = join(root, 'node_modules/typescript-native/bin/tsc');
  return spawnSync(process.execPath, [tsc, '-p', app], { cwd: app, encoding: 'utf8' }).stdout;
}

/** Bundles an entry of the app for browsers, minified. */
async function bundle(entry: string, external: readonly string[] = []): Promise<string> {
  const result = await build({
    root: app,
    configFile: false,
    logLevel: 'error',
    define: { 'process.env.NODE_ENV': '"production"' },
    build: {
      write: false,
      target: 'es2021',
      lib: { entry: join(app, entry), formats: ['iife'], name: 'app' },
      rollupOptions: { external: [...external], output: { globals: { react: 'React' } } },
    },
  });
  const outputs: readonly Rollup.RollupOutput[] = [result].flat().filter((output) => 'output' in output);
  return outputs.flatMap(({ output }) => output.flatMap((chunk) => (chunk.type === 'chunk' ? chunk.code : []))).join('');
}

/** Returns the bytes that an app with these lines has, compressed. */
async function measure(...lines: readonly string[]): Promise<number> {
  write({ 'measured.js': lines.join('\n') });
  return gzipSync(await bundle('measured.js', ['react']), { level: 9 }).length;
}

describe('the package @convey/js, installed from its file', () => {
  test('has the version of the gateway, and needs no other package', () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    const installed = JSON.parse(readFileSync(join(app, 'node_modules/@convey/js/package.json'), 'utf8'));
    expect(installed).toMatchObject({ name: '@convey/js', version });
    expect(installed).not.toHaveProperty('dependencies');
  });

  const all = "export * from '@convey/js';";

  test('adds at most 500 bytes to an app that uses every function', async () => {
    const size = await measure(all);
    expect(size).toBeGreaterThan(200);
    expect(size).toBeLessThanOrEqual(500);
  });

  test.each(['react', 'vue'])('adds at most 350 bytes more for %s', async (helper) => {
    const size = (await measure(all, `export * as helper from '@convey/js/${helper}';`)) - (await measure(all));
    expect(size).toBeGreaterThan(20);
    expect(size).toBeLessThanOrEqual(350);
  });

  test('does nothing on a server', () => {
    write({
      'server.mjs': `
        import * as convey from '@convey/js';
        convey.load({ src: 'https://data.shop.example/p.js', key: 'wk_shop_example', consent: { adStorage: 'granted' } });
        convey.page();
        convey.identify({ email: 'jane.doe@example.com' });
        convey.consent({ adStorage: 'granted' });
        convey.reset();
        convey.ready().then(() => console.log('ready'));
        convey.link('https://checkout.example/').then((url) => console.log(url));
        console.log(convey.track('Search'), Object.keys(globalThis).includes('convey'));`,
    });
    expect(execFileSync(process.execPath, ['server.mjs'], { cwd: app, encoding: 'utf8' })).toBe(
      'undefined false\nhttps://checkout.example/\n',
    );
  });

  test('has types that accept documented calls, and refuse others', () => {
    write({
      'calls.ts': `
        import { consent, identify, type LoadOptions, link, load, page, ready, track, type TrackFields } from '@convey/js';
        const options: LoadOptions = { src: 'https://data.shop.example/p.js', key: 'wk_shop_example', nonce: undefined };
        load(options);
        const fields: TrackFields = { orderId: 1001, value: '125.40', currency: null, items: [{ id: 'sku1', quantity: 2 }] };
        const id: string | undefined = track('Purchase', fields);
        const linked: Promise<string> = link('https://checkout.example/');
        void window.convey?.('link', 'https://checkout.example/')?.then((url) => url.length);
        void linked;
        track('Wishlist_2', { properties: { color: 'red' } });
        track('Lead', null);
        page({ title: 'Cart' });
        identify({ email: 'jane.doe@example.com', address: { zip: 12345 } });
        consent({ adStorage: 'granted', source: 'tcf' });
        const waits: Promise<void> = ready();
        const same: string | undefined = window.convey?.('track', 'Purchase', { id, value: 3 });
        window.convey?.('ready', () => waits);
        // @ts-expect-error a write key is required
        load({ src: 'https://data.shop.example/p.js' });
        // @ts-expect-error the field is orderId
        track('Purchase', { orderID: '1001' });
        // @ts-expect-error no such choice
        consent({ adStorage: 'yes' });
        // @ts-expect-error no such command
        window.convey?.('trak', 'Purchase');
        // @ts-expect-error an event has a name
        window.convey?.('track');
        export { same };`,
    });
    expect(checkTypes('calls.ts')).toBe('');
  });

  test('works as the guide shows for each framework', async () => {
    const blocks = [...guide.matchAll(/^```tsx? (\S+)\n([\s\S]*?)^```$/gm)].map(
      ([, file = '', code = '']) => [file, code] as const,
    );
    const files = blocks.map(([file]) => file);
    expect(files).toEqual(['main.ts', 'App.tsx', 'app/layout.tsx', 'vue-main.ts', 'nuxt.config.ts', 'astro.config.ts']);
    write(Object.fromEntries(blocks));
    // The types of Nuxt and Astro as far as the guide uses them: both packages are large.
    write({
      'frameworks.d.ts': `
        declare module '*.vue' { const component: import('vue').Component; export default component; }
        declare module 'astro/config' {
          type Hook = (setup: { injectScript: (stage: 'head-inline' | 'before-hydration' | 'page' | 'page-ssr', content: string) => void; command: string }) => void;
          export function defineConfig(config: { integrations: { name: string; hooks: { 'astro:config:setup'?: Hook } }[] }): unknown;
        }
        declare function defineNuxtConfig(config: { modules: [string, import('@convey/js').LoadOptions][] }): unknown;`,
    });
    expect(checkTypes(...files, 'frameworks.d.ts')).toBe('');
    write({ 'App.vue.js': 'export default {};' });
    expect(await bundle('main.ts')).toContain('/p.js');
    expect(await bundle('App.tsx')).toContain('/p.js');
  });

  test.each(['astro', 'nuxt'])('gives %s code that loads the pixel with the options', async (helper) => {
    const options = { src: "https://data.shop.example/it's/p.js", key: 'wk_shop_example' };
    write({
      'framework.mjs': `
        import * as helper from '@convey/js/${helper}';
        const options = ${JSON.stringify(options)};
        const setup = { injectScript: (stage, content) => console.log(content) };
        const build = { options: { plugins: [], build: { templates: [] } } };
        if (helper.default) {
          helper.default(options, build);
          const [template] = build.options.build.templates;
          if (build.options.plugins[0].src !== '#build/' + template.filename) throw new Error('the plugin is not the template');
          console.log(template.getContents());
        } else helper.conveyIntegration(options).hooks['astro:config:setup'](setup);`,
    });
    const content = execFileSync(process.execPath, ['framework.mjs'], { cwd: app, encoding: 'utf8' });
    // Nuxt's own module: it runs the function of a plugin.
    write({
      'entry.js': content.replace("'#app'", "'./nuxt-app.js'"),
      'nuxt-app.js': 'export const defineNuxtPlugin = (run) => run();',
    });
    const code = await bundle('entry.js');
    expect(code).toContain(options.src);
    expect(code).toContain(options.key);
    expect(code).toContain('createElement');
  });
});
