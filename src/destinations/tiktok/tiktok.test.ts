import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { standardEventNames } from '../../event/event-names.ts';
import { skipReasons } from '../../event/skip-reasons.ts';
import { dayMs } from '../../event/units.ts';
import { destinationSuite } from '../kit/destination.suite.ts';
import { standardNames } from './event-names.ts';
import { payload } from './payload.ts';
import { tiktok } from './tiktok.ts';

destinationSuite(tiktok, import.meta.dirname, {
  mostText: { pageViews: 'always' },
  failures: [
    { code: 40_105, message: 'Access token is incorrect or has been revoked.', request_id: '1', data: {} },
    { code: 20_001, message: 'Partial success', data: {} },
    { code: '0', message: 'OK', data: {} },
    { code: null, message: 'OK', data: {} },
    { code: 0.5, message: 'OK', data: {} },
    { message: 'OK', data: { code: 0 } },
    [{ code: 0 }],
  ],
});

const readDocs = (path: string) => readFileSync(join(import.meta.dirname, '../../../docs', path), 'utf8');
const page = readDocs('destinations/tiktok.md');
const troubleshooting = readDocs('guides/tiktok/tiktok-troubleshooting.md');

function limitsOf(given: object) {
  const connected = tiktok.connect({ pixelCode: 'C4', token: 't', ...given });
  return 'platform' in connected ? connected.platform.limits : undefined;
}

test('§1.4 §5.2 a batch has at most 1,000 events, of at most 48 hours if the TikTok Pixel reports them too', () => {
  expect(limitsOf({})).toEqual({ batchSize: 1_000, batchBytes: 900_000, maxAgeMs: 2 * dayMs });
  expect(limitsOf({ browserTag: 'on' })?.maxAgeMs).toBe(2 * dayMs);
});

test('§1.5 an event is at most 7 days old if no pixel reports it', () => {
  expect(limitsOf({ browserTag: 'off' })?.maxAgeMs).toBe(7 * dayMs);
});

test('a connection with a test code is a test', () => {
  const isTest = (given: object) => {
    const connected = tiktok.connect({ pixelCode: 'C4', token: 't', ...given });
    return 'platform' in connected && connected.platform.isTest;
  };
  expect([isTest({}), isTest({ testEventCode: 'TEST12345' })]).toEqual([false, true]);
});

test("the docs page names every standard event, and every field of TikTok's that can be sent", () => {
  for (const name of standardEventNames) expect(page).toContain(`| \`${name}\` | \`${standardNames[name]}\` |`);
  const unnamed = listFields(z.toJSONSchema(payload, { unrepresentable: 'any' })).filter(
    (field) => !page.includes(`\`${field}\``),
  );
  expect(unnamed).toEqual([]);
});

/** A code after `code:`, or before a text that continues the name of a field. */
const codePattern = /(?:code: |(?<=[(,]\s*)(?='[a-z-]+',\s*[`'"](?:is|it) ))'([a-z]+(?:-[a-z]+)*)'/g;

test('the docs explain every code of the mapping, the answers and the probe', () => {
  const sources = globSync('*.ts', { cwd: import.meta.dirname, exclude: ['*.test.ts', 'settings.ts'] });
  const codes = sources.flatMap((file) => {
    const text = readFileSync(join(import.meta.dirname, file), 'utf8');
    return [...text.matchAll(codePattern)].map(([, code = '']) => code);
  });
  for (const code of ['browser-id-invalid', 'token-refused', 'value-missing', 'currency-unsupported', 'negative'])
    expect(codes).toContain(code);
  const ofTheKit = [
    'retry',
    'id-too-long',
    'text-shortened',
    'url-invalid',
    'url-shortened',
    'count-invalid',
    'item-id-part-missing',
    'redirected',
    'answered-by-web-page',
    'endpoint-wrong',
    'probe-unavailable',
    'invalid-payload',
  ];
  const tables = page + troubleshooting;
  expect([...codes, ...ofTheKit].filter((code) => !tables.includes(`\n| \`${code}\``))).toEqual([]);
});

test('the troubleshooting guide explains every skip of the mapping', () => {
  const map = readFileSync(join(import.meta.dirname, 'map.ts'), 'utf8');
  const skips = Object.keys(skipReasons).filter((skip) => map.includes(`'${skip}'`));
  expect(skips).toHaveLength(5);
  expect(skips.filter((skip) => !troubleshooting.includes(`\n| \`${skip}\` |`))).toEqual([]);
});

/** Returns the names of the payload's leaves. */
function listFields(node: unknown): string[] {
  if (typeof node !== 'object') return [];
  const { properties, items } = z
    .object({ properties: z.record(z.string(), z.unknown()).optional(), items: z.unknown().optional() })
    .parse(node);
  if (items !== undefined) return listFields(items);
  return Object.entries(properties ?? {}).flatMap(([name, child]) => [name, ...listFields(child)]);
}
