import { z } from 'zod';

const names = new Map<z.ZodType, string>();
/** The schemas that have a name in the OpenAPI document. The other schemas are inlined. */
export const schemaNames: ReadonlyMap<z.ZodType, string> = names;

export function namedSchema<S extends z.ZodType>(name: string, schema: S): S {
  names.set(schema, name);
  return schema;
}

export const listSchema = <S extends z.ZodType>(schema: S) => z.array(schema).readonly();

export const time = z.int().meta({ description: 'UNIX milliseconds.', examples: [1_795_514_398_000] });
export const count = z
  .int()
  .nonnegative()
  .meta({ examples: [3] });
export const siteId = z.string().meta({ description: "The site's id.", examples: ['shop'] });
export const connectionId = z.string().meta({ description: "The connection's id, unique within its site.", examples: ['bing'] });

export const logOffset = z.string().meta({ description: 'Position in the event log. Opaque.', examples: ['0000000000000042'] });

const issue = namedSchema(
  'Issue',
  z
    .object({
      field: z
        .string()
        .describe('Path of the field, in the format of the sender or of the platform: `commerce.currency`, `userData.em`.'),
      code: z.string().describe('Stable code for programs.'),
      message: z.string().describe('The rule and the remedy, for people. Does not contain the value.'),
    })
    .describe('One problem of a field.'),
);
export const issues = listSchema(issue);

/** The position of the next page of a list. */
export const next = z
  .string()
  .exactOptional()
  .describe('Pass this as `cursor` to get the next page, which is older. Absent on the last page.');

export const errorResponse = namedSchema(
  'Error',
  z
    .object({
      error: z.object({
        code: z.string().describe('Stable code for programs.'),
        message: z.string().describe('What happened, and what to do.'),
      }),
      issues: issues
        .exactOptional()
        .describe('With `parameter-invalid`, `person-key` and some others: the problem of each parameter.'),
    })
    .describe('An error.'),
);

export const doneResponse = namedSchema('AccountChanged', z.object({ ok: z.literal(true) }).describe('The change was made.'));
