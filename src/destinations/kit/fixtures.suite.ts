import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { eventFixture } from './event.fixture.ts';

/** A connection's settings, or those that differ from `fixtures/settings.json`. */
export const fixtureSettings = z.record(z.string(), z.json());
const source = z.string().regex(/^https:\/\/\S+ \(\d{4}-\d{2}-\d{2}\)$/, 'a public address and the day it was read');
/** `field code`, one per issue: the words may change, the field and the code may not. */
const issues = z.array(z.string().regex(/^\S* \S+$/));

/** `fixtures/map/*.json`: events, and the payload, skip or dead letter that each becomes. */
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

/** `fixtures/exchange/*.json`: payloads, their request, and what each answer to it means. */
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
          /** Text as it stands; anything else as JSON. */
          body: z.json().default(''),
          incomplete: z.boolean().default(false),
        }),
        expect: z.json(),
      }),
    )
    .default([]),
});

/** Every fixture of a folder, by file name. @throws when there are none, or one has another shape. */
export function fixtures<T>(folder: string, schema: z.ZodType<T>): readonly (readonly [file: string, fixture: T])[] {
  const files = readdirSync(folder).filter((file) => file.endsWith('.json'));
  if (files.length === 0) throw new Error(`There are no fixtures in ${folder}.`);
  return files.toSorted().map((file) => [file, schema.parse(readFixture(join(folder, file)))] as const);
}

export function readFixture(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'));
}
