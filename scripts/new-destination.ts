import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { printError, wrapText } from '../src/cli/terminal-output.ts';
import { createNames, type DestinationNames } from './new-destination/names.ts';
import { addRow, listRows } from './new-destination/rows.ts';
import { isWordOfCode, renderFiles } from './new-destination/template.ts';

const help = `npm run new-destination NAME [-- --title TEXT --click-id NAME]

  Makes a destination from examples/destination: its folder, its simulator, its pages, and its rows in the lists of all destinations.
  The invented platform passes every test. Then replace its facts by those of the platform.

  NAME        the id, such as acme-ads: lower-case words with hyphens
  --title     the platform's name, such as "Acme Ads" (default: NAME in words)
  --click-id  the parameter of the platform's clicks (default: NAME without hyphens, and clid)
`;

const root = join(import.meta.dirname, '..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');

/** Returns the files to write, by path. @throws if a file exists, or if a list has no place for its row */
function planFiles(names: DestinationNames): ReadonlyMap<string, string> {
  const files = new Map(renderFiles(root, names));
  for (const row of listRows(names, readNextKeyBit())) {
    const { file, text } = row;
    const changed = addRow(files.get(file) ?? read(file), row);
    if (changed === undefined) throw new Error(`${file} has no place for its row. Adapt scripts/new-destination/rows.ts`);
    files.set(file, file.endsWith('.md') ? wrapParagraph(changed, text) : changed);
  }
  return files;
}

/** Breaks the lines of a page's paragraph that has the text, if one of them has become too long. */
function wrapParagraph(page: string, text: string): string {
  const isLong = (block: string) => !/^[|-]/.test(block) && /^.{141}/m.test(block);
  const wrap = (block: string) => wrapText(block.replaceAll('\n', ' '), 140).join('\n');
  return page
    .split('\n\n')
    .map((block) => (block.includes(text.trim()) && isLong(block) ? wrap(block) : block))
    .join('\n\n');
}

/** Returns the next bit of the stored index of events: each click id has one. */
function readNextKeyBit(): number {
  const [, list = ''] = /keyBits[^{]*\{(.*?)\}/s.exec(read('src/storage/store/rows/event-index.ts')) ?? [];
  const bits = [...list.matchAll(/: ([\d_]+),/g)].map(([, bit = '']) => Number(bit.replaceAll('_', '')));
  return 2 * Math.max(...bits);
}

/** Returns the reason for which a destination cannot be made under these names. */
function findObstacle({ id, camel, clickId }: DestinationNames): string | undefined {
  for (const folder of ['src/destinations', 'src/simulators', 'docs/guides'])
    if (existsSync(join(root, folder, id))) return `${folder}/${id} exists. Choose another NAME, or remove the destination first`;
  if (isWordOfCode(root, camel)) return 'NAME is a word of the code. Add another word, such as -ads';
  if (read('docs/reference/events.md').includes(`\`${clickId}\``)) return `The click id is known. Choose another --click-id`;
  return undefined;
}

function run(script: string, ...args: readonly string[]): void {
  execFileSync(process.execPath, [join(root, script), ...args], { cwd: root, stdio: ['ignore', 'ignore', 'pipe'] });
}

function makeDestination(names: DestinationNames): void {
  const files = planFiles(names);
  for (const [path, text] of files) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  const formatted = [...files.keys()].filter((path) => /\.(?:ts|js|json)$/.test(path));
  run('node_modules/@biomejs/biome/bin/biome', 'format', '--write', ...formatted);
  run('scripts/docs-tables.ts');
  const { id } = names;
  console.info(`Made src/destinations/${id}, src/simulators/${id}, docs/destinations/${id}.md and docs/guides/${id}, and the rows of ${files.size} files.

Next:
  npx vitest run src/destinations src/simulators    passes already
  npm run demo -- --once                            plays a shopper against it
Then replace what is invented, in the order of CONTRIBUTING.md#add-a-destination-in-an-hour. \`git diff\` shows the rows,
\`git grep ${id}.example\` the invented addresses.`);
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { help: { type: 'boolean' }, title: { type: 'string' }, 'click-id': { type: 'string' } },
});
const [id, ...others] = positionals;
if (values.help) process.stdout.write(help);
else if (id === undefined || others.length > 0) fail('State one NAME. --help explains the command');
else {
  const names = createNames(id, { title: values.title, clickId: values['click-id'] }, new Date().toISOString().slice(0, 10));
  if (typeof names === 'string') fail(names);
  else {
    const obstacle = findObstacle(names);
    if (obstacle !== undefined) fail(obstacle);
    else makeDestination(names);
  }
}

function fail(message: string): void {
  printError(message);
  process.exitCode = 1;
}
