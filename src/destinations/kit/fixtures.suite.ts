import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Issue, Json } from '../../event/issue.ts';
import type { MapResult, ResponseVerdict } from './destination.ts';
import { eventFixture } from './event.fixture.ts';

/** A connection's settings, or those that differ from `fixtures/settings.json`. */
export const fixtureSettings = z.record(z.string(), z.json());
const source = z.string().regex(/^https:\/\/\S+ \(\d{4}-\d{2}-\d{2}\)$/, 'a public address and the day it was read');
/** `field code`, one per issue. Messages may change, fields and codes may not. */
const issues = z.array(z.string().regex(/^\S* \S+$/));

/** Schema of `fixtures/map/*.json`: events, and the payload, skip or dead letter of each. */
export const mapFixture = z.strictObject({
  source,
  cases: z
    .array(
      z.strictObject({
        title: z.string(),
        settings: fixtureSettings.default({}),
        event: eventFixture,
        expect: z.union([
          z.strictObject({ payload: z.json(), issues: issues.default([]) }),
          z.strictObject({ skip: z.string(), issues: issues.default([]) }),
          z.strictObject({ reject: issues }),
        ]),
      }),
    )
    .min(1),
});

/** Schema of `fixtures/exchange/*.json`: payloads, their request, and the verdict for each response. */
export const exchangeFixture = z.strictObject({
  source,
  settings: fixtureSettings.default({}),
  payloads: z.array(z.json()).min(1),
  request: z
    .strictObject({
      title: z.string().default('the request is the documented one'),
      method: z.enum(['POST', 'GET']),
      url: z.string(),
      headers: z.record(z.string(), z.string()),
      body: z.json(),
    })
    .optional(),
  answers: z
    .array(
      z.strictObject({
        title: z.string(),
        response: z.strictObject({
          status: z.int(),
          headers: z.record(z.string(), z.string()).default({}),
          /** A text is used unchanged, any other value as JSON. */
          body: z.json().default(''),
          /** `true` is `cut`. */
          incomplete: z
            .union([z.boolean(), z.literal('too-long')])
            .default(false)
            .transform((incomplete) => (incomplete === true ? 'cut' : incomplete)),
        }),
        expect: z.json(),
      }),
    )
    .default([]),
});

/**
 * Returns all fixtures of a folder with their file names.
 * @throws if the folder has no fixtures, or if one does not fit the schema
 */
export function readFixtures<T>(folder: string, schema: z.ZodType<T>): readonly (readonly [file: string, fixture: T])[] {
  const files = readdirSync(folder).filter((file) => file.endsWith('.json'));
  if (files.length === 0) throw new Error(`There are no fixtures in ${folder}.`);
  return files.toSorted().map((file) => [file, schema.parse(readFixture(join(folder, file)))] as const);
}

export function readFixture(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'));
}

/** Returns the result of a mapping in the form of a fixture's `expect`. */
export function summarizeMapped(mapped: MapResult<Json>): unknown {
  if ('reject' in mapped) return { reject: summarize(mapped.reject) };
  const issues = summarize(mapped.issues);
  return 'skip' in mapped ? { skip: mapped.skip, issues } : { payload: mapped.payload, issues };
}

/** Returns the verdict of a response in the form of a fixture's `expect`. */
export function summarizeVerdict(decoded: ResponseVerdict): unknown {
  if ('settled' in decoded) {
    return {
      settled: decoded.settled.map(({ outcome, issues }) => [outcome, ...summarize(issues)]),
      issues: summarize(decoded.issues),
    };
  }
  if ('rejectRows' in decoded)
    return { rejectRows: Object.fromEntries([...decoded.rejectRows].map(([index, reasons]) => [index, summarize(reasons)])) };
  if ('accepted' in decoded) return { accepted: { ticket: decoded.accepted.ticket, issues: summarize(decoded.accepted.issues) } };
  if ('bisect' in decoded) return { bisect: summarize(decoded.bisect) };
  if ('blocked' in decoded) return { blocked: summarize([decoded.blocked])[0] };
  return { ...decoded, retry: true };
}

function summarize(issues: readonly Issue[]): readonly string[] {
  return issues.map(({ field, code }) => `${field} ${code}`);
}
