import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { skipReasons } from '../../event/skip-reasons.ts';
import { dayMs } from '../../event/units.ts';
import { destinationSuite } from '../kit/destination.suite.ts';
import { microsoft } from './microsoft.ts';
import { payload } from './payload.ts';

destinationSuite(microsoft, import.meta.dirname, {
  failures: [
    {
      eventsReceived: 0,
      error: { code: 'ValidationError', details: [{ index: 0, propertyName: 'data[0].eventTime', isWarning: false }] },
    },
    { error: { code: 'ValidationError', details: [] } },
    { eventsReceived: 'one' },
  ],
  mostText: { pageLoads: 'always' },
});

const readDocs = (path: string) => readFileSync(join(import.meta.dirname, '../../../docs', path), 'utf8');
const page = readDocs('destinations/microsoft.md');
const troubleshooting = readDocs('guides/microsoft/troubleshooting.md');

test('§1.4 §1.5 a batch has at most 1,000 events of at most 7 days', () => {
  const connected = microsoft.connect({ tagId: '1', token: 't' });
  expect('platform' in connected && connected.platform.limits).toEqual({
    batchSize: 1_000,
    batchBytes: 900_000,
    maxAgeMs: 7 * dayMs,
  });
});

test("the docs page names every field of Microsoft's that can be sent", () => {
  const unnamed = listFields(z.toJSONSchema(payload)).filter((field) => !page.includes(`\`${field}\``));
  expect(unnamed).toEqual([]);
});

test('the docs explain every code of the mapping, the responses and the probe', () => {
  const sources = globSync('*.ts', {
    cwd: import.meta.dirname,
    exclude: ['*.test.ts', 'settings.ts', 'matching.ts', 'why-not.ts'],
  });
  const words = sources.flatMap((file) =>
    [...readFileSync(join(import.meta.dirname, file), 'utf8').matchAll(/'([a-z]+(?:-[a-z]+)+)'/g)].map(([, code = '']) => code),
  );
  const noCodes = new Set([...Object.keys(skipReasons), 'send-denied', 'content-type', 'retry-after']);
  const codes = [...new Set(words)].filter((code) => !noCodes.has(code));
  expect(codes).toContain('date-invalid');
  expect(codes).toContain('token-refused');
  const oneWord = ['required', 'negative', 'rounded', 'refused', 'retry'];
  const tables = page + troubleshooting;
  expect([...codes, ...oneWord].filter((code) => !tables.includes(`\n| \`${code}\` |`))).toEqual([]);
});

test('the troubleshooting guide explains every skip of the mapping', () => {
  const skips = ['consent-denied', 'filtered', 'browser-tag-sent-it', 'no-identifier', 'no-address'];
  expect(skips.filter((skip) => !troubleshooting.includes(`\n| \`${skip}\` |`))).toEqual([]);
});

/** Returns the names of the payload's leaves, with a path if they are nested. */
function listFields(node: unknown): string[] {
  const { properties, items } = z
    .object({ properties: z.record(z.string(), z.unknown()).optional(), items: z.unknown().optional() })
    .parse(node);
  if (items !== undefined) return listFields(items);
  return Object.entries(properties ?? {}).flatMap(([name, child]) => [name, ...listFields(child)]);
}
