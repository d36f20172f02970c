import { z } from 'zod';
import {
  type HookEventMapping,
  type HookExpression,
  type HookFields,
  moneyUnits,
  timeUnits,
  type ValueSource,
} from '../event/hook-mapping.ts';
import { isObject } from '../net/parse-json.ts';
import { findHookFieldKind, findHookItemFieldKind, type HookFieldKind } from './fields.ts';
import { maxPointerLength, maxPointerSteps, parseJsonPointer } from './json-pointer.ts';

/** The rules of a mapping. Each problem has its path and its remedy. */

const maxEvents = 20;
const maxConditions = 10;
const maxValues = 50;
const maxFields = 100;
const maxFallbacks = 5;

type Report = (path: readonly (string | number)[], message: string) => void;

const pointerRule = `Must be a JSON Pointer of at most ${maxPointerLength} characters and ${maxPointerSteps} steps, such as \`/data/order/id\`. Begin with \`/\`; write \`/\` in a name as \`~1\` and \`~\` as \`~0\`.`;
const pointer = z.string(pointerRule).refine((text) => parseJsonPointer(text) !== undefined, pointerRule);

const shortText = (rule: string) => z.string(rule).max(200, rule);
const scalarRule = 'Must be text of at most 200 characters, a number, true, false or null.';
const scalar = z.union([shortText(scalarRule), z.number(), z.boolean(), z.null()], scalarRule);

const condition = z.strictObject({
  at: pointer,
  in: z
    .array(scalar, 'Must be a list of values, such as `["order.paid"]`.')
    .min(1, 'Must have at least one value, such as `["order.paid"]`.')
    .max(maxValues, `Must have at most ${maxValues} values.`),
});
const conditions = z
  .array(condition, 'Must be a list of conditions, such as `[{"at": "/type", "in": ["order.paid"]}]`.')
  .max(maxConditions, `Must have at most ${maxConditions} conditions.`);

const units = [...moneyUnits, ...timeUnits] as const;
const place = z
  .strictObject({
    at: pointer,
    find: conditions.min(1, 'Must have at least one condition, such as `[{"at": "/type", "in": ["email"]}]`.').optional(),
    take: pointer.optional(),
    unit: z.enum(units, `Must be one of ${units.join(', ')}.`).optional(),
    prefix: z.string('Must be text.').max(40, 'Must have at most 40 characters.').optional(),
    values: z
      .record(z.string(), shortText('Must be text of at most 200 characters.'), 'Must be an object of texts.')
      .refine((texts) => Object.keys(texts).length <= maxValues, `Must have at most ${maxValues} values.`)
      .optional(),
  })
  .refine(({ find, take }) => (find === undefined) === (take === undefined), {
    message: 'Must be set together with `take`: the entry to find, and the value to take from it. Set both or none.',
    path: ['find'],
  });

const constant = z.strictObject({
  const: z.union(
    [shortText('Must be text of at most 200 characters.'), z.number(), z.boolean()],
    'Must be text of at most 200 characters, a number, true or false.',
  ),
});

const expressionRule =
  'Must be a JSON Pointer such as `/data/id`, `{"at": "/data/id"}`, `{"const": "Lead"}`, or a list of these of which the first with a value counts.';

function readSource(input: unknown, kind: HookFieldKind, report: Report): ValueSource | undefined {
  if (typeof input === 'string') {
    if (parseJsonPointer(input) !== undefined) return input;
    report([], pointerRule);
    return undefined;
  }
  if (!isObject(input)) {
    report([], expressionRule);
    return undefined;
  }
  const read = Object.hasOwn(input, 'const') ? constant.safeParse(input) : place.safeParse(input);
  if (!read.success) {
    for (const { path, ...issue } of read.error.issues) {
      if (issue.code === 'unrecognized_keys')
        for (const key of issue.keys) report([key], 'Is no part of a mapping. Correct the spelling, or remove it.');
      else
        report(
          path.filter((key) => typeof key !== 'symbol'),
          issue.message,
        );
    }
    return undefined;
  }
  const { data } = read;
  if ('at' in data && data.unit !== undefined) {
    const fitting: readonly string[] = kind === 'money' ? moneyUnits : kind === 'time' ? timeUnits : [];
    if (!fitting.includes(data.unit)) {
      report(['unit'], fitting.length === 0 ? 'Is for times and amounts. Remove it.' : `Must be one of ${fitting.join(', ')}.`);
      return undefined;
    }
  }
  return data;
}

function readExpression(input: unknown, kind: HookFieldKind, report: Report): HookExpression | undefined {
  if (!Array.isArray(input)) return readSource(input, kind, report);
  const given: readonly unknown[] = input;
  if (given.length === 0 || given.length > maxFallbacks) {
    report([], `Must have 1 to ${maxFallbacks} sources. Remove the others.`);
    return undefined;
  }
  const sources = given.flatMap(
    (one, index) => readSource(one, kind, (path, message) => report([index, ...path], message)) ?? [],
  );
  return sources.length === given.length ? sources : undefined;
}

/** Returns the schema of an object that has an expression for each of its fields. */
const fieldsSchema = (findKind: (name: string) => HookFieldKind | undefined, names: string) =>
  z.unknown().transform((input, context): HookFields => {
    const report: Report = (path, message) => context.addIssue({ code: 'custom', path: [...path], message });
    if (!isObject(input)) {
      report([], 'Must be an object with a place for each field, such as `{"name": {"const": "Lead"}, "user.email": "/email"}`.');
      return z.NEVER;
    }
    const given = Object.keys(input);
    if (given.length > maxFields) report([], `Must have at most ${maxFields} fields.`);
    const entries = given.slice(0, maxFields).flatMap((name): [string, HookExpression][] => {
      const kind = findKind(name);
      if (kind === undefined) {
        report([name], `Is not a field of ${names}. Correct the spelling, or remove it.`);
        return [];
      }
      const read = readExpression(input[name], kind, (path, message) => report([name, ...path], message));
      return read === undefined ? [] : [[name, read]];
    });
    return Object.fromEntries(entries);
  });

/** The schema of one kind of request and its event. */
const eventMapping = z.strictObject({
  when: conditions.optional(),
  fields: fieldsSchema(findHookFieldKind, 'an event').refine((fields) => Object.hasOwn(fields, 'name'), {
    message: 'Is missing. Name the event, such as `{"const": "Lead"}`.',
    path: ['name'],
  }),
  items: z.strictObject({ at: pointer, fields: fieldsSchema(findHookItemFieldKind, 'an item') }).optional(),
});

/** The schema of the mapping of a hook. The first entry whose conditions fit makes the event. */
export const hookMappingSchema = z.unknown().pipe(
  z
    .array(eventMapping, 'Must be a list of events, each with `fields`.')
    .min(1, 'Must have at least one event.')
    .max(maxEvents, `Must have at most ${maxEvents} events.`)
    .transform((events): readonly HookEventMapping[] => events),
);
