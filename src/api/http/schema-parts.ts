import { z } from 'zod';

/** What the schemas of answers have in common. */

const names = new Map<z.ZodType, string>();
/** The schemas that have a name in the document; others are written where they are used. */
export const schemaNames: ReadonlyMap<z.ZodType, string> = names;

export function namedSchema<S extends z.ZodType>(name: string, schema: S): S {
  names.set(schema, name);
  return schema;
}

export const listOf = <S extends z.ZodType>(schema: S) => z.array(schema).readonly();

export const time = z.int().meta({ description: 'UNIX milliseconds.', examples: [1_795_514_398_000] });
export const count = z
  .int()
  .nonnegative()
  .meta({ examples: [3] });
export const siteId = z.string().meta({ description: "The site's id.", examples: ['shop'] });
export const connectionId = z.string().meta({ description: "The connection's id, unique within its site.", examples: ['bing'] });

const issue = namedSchema(
  'Issue',
  z
    .object({
      field: z.string().describe("Path in the sender's or the platform's own spelling: `commerce.currency`, `userData.em`."),
      code: z.string().describe('Stable, for programs.'),
      message: z.string().describe('The rule and the remedy, for people. It does not repeat the value.'),
    })
    .describe('One thing that is wrong.'),
);
export const issues = listOf(issue);

/** Of a list that comes in pages. */
export const next = z
  .string()
  .exactOptional()
  .describe('Pass it as `cursor` for the next page, which is older. Where it is absent there are no more.');

export const errorResponse = namedSchema(
  'Error',
  z
    .object({
      error: z.object({
        code: z.string().describe('Stable, for programs.'),
        message: z.string().describe('What happened, and what to do.'),
      }),
      issues: issues.exactOptional().describe('With `parameter-invalid`: what is wrong with each parameter.'),
    })
    .describe('A refusal, or a fault.'),
);

export const doneResponse = namedSchema('AccountChanged', z.object({ ok: z.literal(true) }).describe('It is done.'));
