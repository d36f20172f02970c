import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createNames } from '../scripts/new-destination/names.ts';
import { listRows } from '../scripts/new-destination/rows.ts';

const root = join(import.meta.dirname, '..');

/** The files that the command reads and changes, and those that its tests need. */
const copied = [
  ...['src', 'test', 'scripts', 'docs', 'deploy', 'shops/shopify', 'examples/destination'],
  ...['README.md', 'SECURITY.md', 'CHANGELOG.md', 'package.json', 'biome.json', '.gitignore', 'tsconfig.base.json'],
];
const folders = ['src/destinations/north-star', 'src/simulators/north-star'];

const names = createNames('north-star', {}, '2026-12-01');
if (typeof names === 'string') throw new Error(names);
const files = [...new Set(listRows(names, 1).map(({ file }) => file))];

let dir: string;

async function run(script: string, ...args: readonly string[]): Promise<{ code: number | null; out: string; error: string }> {
  const child = spawn(process.execPath, [join(dir, script), ...args], {
    cwd: dir,
    env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined },
  });
  const [out, error, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code, out, error };
}

const makeDestination = (...args: readonly string[]) => run('scripts/new-destination.ts', ...args);

function checkTypes(name: string, include: readonly string[], options: object) {
  const { compilerOptions } = JSON.parse(readFileSync(join(dir, 'tsconfig.base.json'), 'utf8'));
  const settings = { ...compilerOptions, composite: false, noEmit: true, ...options };
  const exclude = name === 'page' ? [] : ['src/destinations/north-star/browser'];
  writeFileSync(join(dir, `tsconfig.${name}.json`), JSON.stringify({ compilerOptions: settings, include, exclude }));
  return run('node_modules/typescript-native/bin/tsc', '--checkers', '1', '-p', join(dir, `tsconfig.${name}.json`));
}

/** Returns the files with rows that differ from the project's. */
function listChanges(): readonly string[] {
  const read = (folder: string, path: string) => readFileSync(join(folder, path), 'utf8');
  return files.filter((path) => read(dir, path) !== read(root, path));
}

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'convey-new-destination-'));
  for (const path of copied) cpSync(join(root, path), join(dir, path), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(dir, 'node_modules'));
});

afterAll(() => rmSync(dir, { recursive: true }));

test.each([
  ['North', {}, 'NAME is not valid'],
  ['a', {}, 'NAME is not valid'],
  ['north--star', {}, 'NAME is not valid'],
  ['north-star', { title: '<b>' }, '--title is not valid'],
  ['north-star', { clickId: 'a-b' }, '--click-id is not valid'],
])('the names of %s %j are refused', (id, options, message) => {
  expect(createNames(id, options, '2026-12-01')).toMatch(message);
});

test.each([
  [[], 'State one NAME'],
  [['payload'], 'NAME is a word of the code'],
  [['microsoft'], 'src/destinations/microsoft exists'],
  [['north-star', '--click-id', 'gclid'], 'The click id is known'],
])('the command refuses %j and changes nothing', async (args, message) => {
  expect(await makeDestination(...args)).toEqual({ code: 1, out: '', error: expect.stringContaining(`error: ${message}`) });
  expect(listChanges()).toEqual([]);
});

test('the command explains itself', async () => {
  expect(await makeDestination('--help')).toEqual({
    code: 0,
    out: expect.stringContaining('npm run new-destination NAME'),
    error: '',
  });
});

test('an invented destination has its rows in every list, clean types, and passes the suite of destinations', async () => {
  const made = await makeDestination('north-star');
  expect(made, made.error).toMatchObject({ code: 0, out: expect.stringContaining('npx vitest run src/destinations') });
  expect(listChanges()).toEqual(files);
  const left = globSync('{src,docs}/**/*north-star*/**/*.{ts,json,md}', { cwd: dir }).filter((path) =>
    /(?<!north-star\.)\bexample|Example|exclid/.test(readFileSync(join(dir, path), 'utf8')),
  );
  expect(left).toEqual([]);

  // The folder has no config, and the default limits are too short beside busy workers.
  const patience = ['--testTimeout=60000', '--hookTimeout=60000', '--expect.poll.timeout=30000'];
  const cheap = ['--no-isolate', '--experimental.viteModuleRunner=false', '--experimental.nodeLoader=false'];
  const tests = ['src/destinations/destinations.test.ts', 'test/contract-settings.test.ts', 'test/platform-words.test.ts'];
  const page = { lib: ['es2024', 'dom', 'dom.iterable'], types: [], exactOptionalPropertyTypes: false };
  const [server, driver, tested, rules] = await Promise.all([
    checkTypes('server', folders, {}),
    checkTypes('page', ['src/destinations/north-star/browser'], page),
    run('node_modules/vitest/vitest.mjs', 'run', '--root', dir, ...patience, ...cheap, ...folders, ...tests),
    run('scripts/vendor-rules.ts', 'north-star'),
  ]);
  expect([server, driver]).toEqual([1, 2].map(() => ({ code: 0, out: '', error: '' })));
  expect(tested, tested.out + tested.error).toMatchObject({ code: 0 });
  // Each rule has a case that holds it.
  const held = rules.out.split('\n').flatMap((row) => (row.startsWith('| §') ? [row.split(' | ')[2]] : []));
  expect(held.length).toBeGreaterThan(3);
  expect(held).not.toContain('');

  const again = await makeDestination('north-star');
  expect(again).toEqual({ code: 1, out: '', error: expect.stringContaining('src/destinations/north-star exists') });
}, 180_000);
