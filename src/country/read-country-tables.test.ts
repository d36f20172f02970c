import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { ConveyError } from '../errors.ts';
import { getTablePath } from './country-table.fixture.ts';
import { createCountryLookup } from './country-table.ts';
import { readCountryTables } from './read-country-tables.ts';

const dir = mkdtempSync(join(tmpdir(), 'convey-country-'));
afterAll(() => rmSync(dir, { recursive: true }));

it("reads an operator's own tables", () => {
  const tables = readCountryTables([getTablePath('geo-whois-asn-country')]);
  expect(tables).toMatchObject([{ name: 'geo-whois-asn-country.mmdb', builtAt: Date.parse('2026-06-17T19:51:40Z') }]);
  expect(createCountryLookup(tables)('217.0.0.1')).toBe('DE');
});

it.each([
  ['a file that does not exist', () => join(dir, 'missing.mmdb'), 'cannot be read'],
  ['a folder', () => dir, 'is no file'],
  ['a named pipe', () => makePipe(), 'is no file'],
  ['an empty file', () => makeFile('empty.mmdb', ''), 'is no MaxMind DB file'],
  ['a text', () => makeFile('text.mmdb', 'range_start,range_end,country\n'), 'is no MaxMind DB file'],
])('refuses %s with its path, the rule and the remedy', (_, make, rule) => {
  const file = make();
  const read = () => readCountryTables([getTablePath('iptoasn-country'), file]);
  expect(read).toThrow(ConveyError);
  expect(read).toThrow(rule);
  expect(read).toThrow(file);
  expect(read).toThrow('`country.files`');
});

it.skipIf(process.getuid?.() === 0)('refuses a file without the right to read it', () => {
  const file = makeFile('secret.mmdb', 'x');
  chmodSync(file, 0);
  expect(() => readCountryTables([file])).toThrow('cannot be read');
});

function makeFile(name: string, content: string): string {
  const file = join(dir, name);
  writeFileSync(file, content);
  return file;
}

function makePipe(): string {
  const file = join(dir, 'pipe.mmdb');
  execFileSync('mkfifo', [file]);
  return file;
}
