import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { skipReasons } from '../../event/skip-reasons.ts';
import { dayMs } from '../../event/units.ts';
import { destinationSuite } from '../kit/destination.suite.ts';
import { meta } from './meta.ts';
import { payload } from './payload.ts';

destinationSuite(meta, import.meta.dirname, {
  failures: [{ error: { code: 190, message: 'x' } }, { error: { code: 987_654, message: 'x' } }, { events_received: '1' }],
  mostText: { pageViews: 'always', properties: ['note'] },
});

const readDocs = (path: string) => readFileSync(join(import.meta.dirname, '../../../docs', path), 'utf8');
const page = readDocs('destinations/meta.md');
const troubleshooting = readDocs('guides/meta/meta-troubleshooting.md');

test('§1.4 §1.5 a batch has at most 100 events of at most 7 days', () => {
  const connected = meta.connect({ datasetId: '12345', token: 't' });
  expect('platform' in connected && connected.platform.limits).toEqual({
    batchSize: 100,
    batchBytes: 950_000,
    maxAgeMs: 7 * dayMs,
  });
});

test("the docs page names every field of Meta's that can be sent", () => {
  const unnamed = listFields(z.toJSONSchema(payload, { unrepresentable: 'any' })).filter((field) => !page.includes(field));
  expect(unnamed).toEqual([]);
});

test('the docs explain every code of the mapping, the responses and the probe', () => {
  const sources = globSync('*.ts', { cwd: import.meta.dirname, exclude: ['*.test.ts', 'settings.ts'] });
  const codes = sources.flatMap((file) => {
    const text = readFileSync(join(import.meta.dirname, file), 'utf8');
    return [...text.matchAll(/(?:code: |report\(\s*(?='[a-z-]+',\s*[`'"]is ))'([a-z]+(?:-[a-z]+)*)'/g)].map(
      ([, code = '']) => code,
    );
  });
  expect(codes).toContain('click-too-old');
  expect(codes).toContain('token-refused');
  const ofTheKit = ['retry', 'id-too-long', 'text-shortened', 'url-invalid', 'url-shortened', 'count-invalid', 'redirected'];
  const tables = page + troubleshooting;
  const explained = (code: string) => tables.includes(`\n| \`${code}\``);
  expect([...codes, ...ofTheKit].filter((code) => !explained(code))).toEqual([]);
});

test('the troubleshooting guide explains every skip of the mapping', () => {
  const map = readFileSync(join(import.meta.dirname, 'map.ts'), 'utf8');
  const skips = Object.keys(skipReasons).filter((skip) => map.includes(`'${skip}'`));
  expect(skips).toHaveLength(4);
  expect(skips.filter((skip) => !troubleshooting.includes(`\n| \`${skip}\` |`))).toEqual([]);
});

/** Returns the names of the payload's leaves, with a path if they are nested. */
function listFields(node: unknown): string[] {
  if (typeof node !== 'object') return [];
  const { properties, items } = z
    .object({ properties: z.record(z.string(), z.unknown()).optional(), items: z.unknown().optional() })
    .parse(node);
  if (items !== undefined) return listFields(items);
  return Object.entries(properties ?? {}).flatMap(([name, child]) => [name, ...listFields(child)]);
}
