import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');

/** Entries of the page's lists: a promise, a file, and part of a test title. */
const promises = [...read('docs/reference/promises.md').matchAll(/^- (.+): `(\S+)`, `(.+)`$/gm)].map(
  ([, promise = '', file = '', title = '']) => ({ promise, file, title }),
);

/** Matches the start of a test and its title, which may span lines and contain escaped quotes. */
function readTitles(file: string): string {
  return [
    ...read(file).matchAll(
      /\b(?:it|test)(?:\.\w+)*(?:\((?:[^()]|\([^()]*\))*\))?\(\s*(?:'((?:[^'\\]|\\.)*)'|"([^"]*)"|`([^`]*)`)/g,
    ),
  ]
    .map(([, single, double, template]) => single ?? double ?? template ?? '')
    .join('\n');
}

it('every promise names a test that is there', () => {
  expect(promises.length).toBeGreaterThan(20);
  const broken = promises.filter(({ file, title }) => !existsSync(join(root, file)) || !readTitles(file).includes(title));
  expect(broken).toEqual([]);
});

it('the promises of the README about loss and duplicates have tests', () => {
  const faults = [...read('README.md').matchAll(/^\| (.+?) \| .+ \|$/gm)].map(([, fault = '']) => fault);
  const ofLossAndDoubles = faults.filter((fault) => /\b(?:lost|twice|whole batch|retries|success)\b/i.test(fault));
  expect(ofLossAndDoubles.length).toBeGreaterThan(5);
  expect(ofLossAndDoubles.filter((fault) => !promises.some(({ promise }) => promise === fault))).toEqual([]);
});
