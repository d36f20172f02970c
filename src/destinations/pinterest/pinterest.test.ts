import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { skipReasons } from '../../event/skip-reasons.ts';
import { dayMs } from '../../event/units.ts';
import { destinationSuite } from '../kit/destination.suite.ts';
import { payload } from './payload.ts';
import { pinterest } from './pinterest.ts';

const failed = { status: 'failed', error_message: 'x', warning_message: null };

destinationSuite(pinterest, import.meta.dirname, {
  failures: [
    { num_events_received: 1, num_events_processed: 0, events: [failed] },
    { num_events_received: 1, num_events_processed: 1, events: [failed] },
    { num_events_received: 1, num_events_processed: 0, events: [] },
    { num_events_received: 1, num_events_processed: 1, events: [{ status: 'queued' }] },
    { num_events_received: 1, num_events_processed: 1, events: [{ status: null }] },
    { num_events_received: 1, num_events_processed: 1, events: [null] },
    { num_events_received: 1, num_events_processed: '1', events: [{}] },
    { num_events_received: 1 },
  ],
});

const page = readFileSync(join(import.meta.dirname, '../../../docs/destinations/pinterest.md'), 'utf8');
const guide = readFileSync(join(import.meta.dirname, '../../../docs/guides/pinterest/pinterest-troubleshooting.md'), 'utf8');

test.each([
  ['off', 200],
  ['on', 20],
])('§1.4 §1.5 with `testMode` at `%s` a batch has at most %i events of at most 7 days', (testMode, batchSize) => {
  const connected = pinterest.connect({ adAccountId: '12345', token: 't', testMode });
  expect('platform' in connected && connected.platform.limits).toEqual({ batchSize, batchBytes: 1_000_000, maxAgeMs: 7 * dayMs });
  expect('platform' in connected && connected.platform.isTest).toBe(testMode === 'on');
});

test("the docs page names every field of Pinterest's that can be sent", () => {
  const unnamed = listFields(z.toJSONSchema(payload, { unrepresentable: 'any' })).filter((field) => !page.includes(field));
  expect(unnamed).toEqual([]);
});

const sources = globSync('*.ts', { cwd: import.meta.dirname, exclude: ['*.test.ts', 'settings.ts'] });
const codes = sources.flatMap((file) => {
  const text = readFileSync(join(import.meta.dirname, file), 'utf8');
  return [...text.matchAll(/(?:code: |\(\s*(?='[a-z-]+',\s*[`'"]is ))'([a-z]+(?:-[a-z]+)*)'/g)].map(([, code = '']) => code);
});

test('the docs explain every code of the mapping, the responses and the probe', () => {
  for (const code of ['click-too-old', 'token-refused', 'late', 'name-of-a-purchase', 'purchase-without-value'])
    expect(codes).toContain(code);
  const ofTheKit = ['retry', 'id-too-long', 'text-shortened', 'url-invalid', 'url-shortened', 'count-invalid', 'redirected'];
  const tables = page + guide;
  const explained = (code: string) => tables.includes(`\n| \`${code}\``);
  expect([...codes, ...ofTheKit, 'failed', 'warning'].filter((code) => !explained(code))).toEqual([]);
});

test('the troubleshooting guide has a section for every number of an error', () => {
  for (const code of ['2', '3', '8', '29', '400', '4196', '4197']) expect(guide).toMatch(new RegExp(`\\n## .*\\b${code}\\b`));
});

test('the troubleshooting guide explains every skip of the mapping', () => {
  const map = readFileSync(join(import.meta.dirname, 'map.ts'), 'utf8');
  const skips = Object.keys(skipReasons).filter((skip) => map.includes(`'${skip}'`));
  expect(skips).toHaveLength(5);
  expect(skips.filter((skip) => !guide.includes(`\n| \`${skip}\` |`))).toEqual([]);
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
