import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { standardEventNames } from '../../event/event-names.ts';
import { skipReasons } from '../../event/skip-reasons.ts';
import { dayMs } from '../../event/units.ts';
import { destinationSuite } from '../kit/destination.suite.ts';
import { standardNames } from './event-names.ts';
import { openaiAds } from './openai-ads.ts';
import { payload } from './payload.ts';

destinationSuite(openaiAds, import.meta.dirname, {
  // OpenAI documents no answer, so that any 2xx means acceptance is an assumption.
  acceptsByStatus: 'https://developers.openai.com/ads/conversions-api (2026-09-11)',
  failures: [{ error: { message: 'Internal.' } }, { error: 'Internal.' }],
});

const readDocs = (path: string) => readFileSync(join(import.meta.dirname, '../../../docs', path), 'utf8');
const page = readDocs('destinations/openai-ads.md');
const troubleshooting = readDocs('guides/openai-ads/openai-ads-troubleshooting.md');

function connect(settings: object = {}) {
  const connected = openaiAds.connect({ pixelId: 'px-1', token: 'key-1', ...settings });
  if ('issues' in connected) throw new Error(JSON.stringify(connected.issues));
  return connected.platform;
}

test('§1.4 §1.5 a batch has at most 100 events and 1 MB, of at most 7 days', () => {
  expect(connect().limits).toEqual({ batchSize: 100, batchBytes: 1_000_000, maxAgeMs: 7 * dayMs });
});

test('§1.6 the probe is a page view of now that OpenAI only checks, in each mode', () => {
  for (const mode of ['live', 'validate']) {
    const { body, url } = connect({ mode }).probe.encode(undefined, 1_795_514_398_765);
    expect(url).toBe('https://bzr.openai.com/v1/events?pid=px-1');
    const { events, ...root } = z.looseObject({ events: z.array(payload).length(1) }).parse(JSON.parse(body));
    expect(root).toEqual({ validate_only: true, integration_source: 'convey' });
    expect(events[0]).toMatchObject({ type: 'page_viewed', timestamp_ms: 1_795_514_398_765 });
  }
});

test('§6.1 §6.3 §6.4 the probe distinguishes key, pixel, its own event and a temporary problem', () => {
  const decode = (status: number, body = '', headers = {}) => {
    const read = connect().probe.decode({ status, headers, body, incomplete: false });
    return read === 'ok' ? read : read.code;
  };
  expect([200, 204, 400, 401, 403, 404, 405, 302, 429, 503].map((status) => decode(status))).toEqual([
    'ok',
    'ok',
    'probe-refused',
    'key-refused',
    'key-refused',
    'pixel-not-found',
    'endpoint-wrong',
    'redirected',
    'probe-unavailable',
    'probe-unavailable',
  ]);
  expect(decode(200, '{"error":{"message":"no"}}')).toBe('probe-refused');
  expect(decode(200, '<!doctype html>')).toBe('answered-by-web-page');
});

test('§5.7 the click id and the browser id are read from the pixel’s cookies, byte for byte', () => {
  const [click] = openaiAds.matching.clickIds;
  const [browser] = openaiAds.matching.browserIds;
  const long = `gAAAA${'x'.repeat(1_500)}`;
  expect([click?.name, Object.keys(click?.cookies ?? {})]).toEqual(['oppref', ['__oppref']]);
  expect(click?.maxLength).toBeGreaterThanOrEqual(1_000);
  const read = (cookie: string) => click?.cookies?.__oppref?.(cookie)?.value;
  expect(['gAAAAx_-==', 'gAAAAx%3D%3D', 'gAAAA%', long, '', 'a b', 'x'.repeat(2_049)].map(read)).toEqual([
    'gAAAAx_-==',
    'gAAAAx==',
    'gAAAA%',
    long,
    undefined,
    undefined,
    undefined,
  ]);
  expect([browser?.cookie, browser?.read('ob.1-X'), browser?.read('ä')]).toEqual(['__obref', 'ob.1-X', undefined]);
});

test('a connection in the mode validate counts in no accuracy', () => {
  expect([connect().isTest, connect({ mode: 'validate' }).isTest]).toEqual([false, true]);
});

test('an event name that OpenAI would refuse is no setting', () => {
  for (const name of ['custom', 'app_opened', '_x', 'x-', 'a b', 'x'.repeat(65)])
    expect(openaiAds.connect({ pixelId: 'p', token: 't', eventNames: { Lead: name } }), name).toMatchObject({
      issues: [{ field: expect.stringMatching(/^settings\.eventNames/) }],
    });
});

test('the docs name every standard event and every field, and explain every code and skip', () => {
  for (const name of standardEventNames) expect(page).toContain(`| \`${name}\` | \`${standardNames[name]}\` |`);
  expect(listFields(z.toJSONSchema(payload, { unrepresentable: 'any' })).filter((field) => !page.includes(field))).toEqual([]);
  const sources = globSync('*.ts', { cwd: import.meta.dirname, exclude: ['*.test.ts', 'settings.ts'] });
  const text = sources.map((file) => readFileSync(join(import.meta.dirname, file), 'utf8')).join('\n');
  const codes = [
    ...text.matchAll(/(?:code: |report\(\s*(?='[a-z-]+',)|^\s{4,}(?='[a-z]+(?:-[a-z]+)+',$))'([a-z]+(?:-[a-z]+)+)'/gm),
  ].map(([, code = '']) => code);
  expect(codes).toEqual(
    expect.arrayContaining(['click-id-invalid', 'key-refused', 'amount-invalid', 'url-missing', 'name-invalid']),
  );
  const ofTheKit = [
    'retry',
    'refused',
    'id-too-long',
    'text-shortened',
    'url-invalid',
    'url-shortened',
    'count-invalid',
    'redirected',
  ];
  const tables = page + troubleshooting;
  expect([...codes, ...ofTheKit].filter((code) => !tables.includes(`\n| \`${code}\``))).toEqual([]);
  const map = readFileSync(join(import.meta.dirname, 'map.ts'), 'utf8');
  const skips = Object.keys(skipReasons).filter((skip) => map.includes(`'${skip}'`));
  expect(skips).toHaveLength(3);
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
