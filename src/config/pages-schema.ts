import { z } from 'zod';
import { maxIgnoredParameters, maxPageRules } from '../event/page-rules.ts';

const matchRule = 'Must be a path of up to 200 characters that begins with `/`; `*` stands for any characters, at most 4 times.';
const asRule = 'Must be a path of up to 200 characters that begins with `/`, without `?`, `#` and `*`.';
const ignoreRule = `Must be 1 to ${maxIgnoredParameters} names of parameters, such as \`step\`.`;
const emptyRule = 'Must have `as`, `ignore`, or both.';
const countRule = `Must have at most ${maxPageRules} rules.`;

const rule = z
  .strictObject({
    match: z
      .string(matchRule)
      .max(200, matchRule)
      .regex(/^\/(?!\/)[^\s?#*]*(?:\*+[^\s?#*]*){0,4}$/, matchRule)
      .describe('The path, such as `/checkout/*`.'),
    as: z
      .string(asRule)
      .max(200, asRule)
      .regex(/^\/(?!\/)[^\s?#*]*$/, asRule)
      .exactOptional()
      .describe('The path that is reported. Absent: that of the address.'),
    ignore: z
      .array(z.string(ignoreRule).regex(/^[^\s&=#?]{1,64}$/, ignoreRule), ignoreRule)
      .min(1, ignoreRule)
      .max(maxIgnoredParameters, ignoreRule)
      .exactOptional()
      .describe('Parameters that are not reported, and whose change is no page view.'),
  })
  .refine(({ as, ignore }) => as !== undefined || ignore !== undefined, { path: ['as'], error: emptyRule });

export const pagesSchema = z
  .array(rule, 'Must be a list of rules.')
  .max(maxPageRules, countRule)
  .describe(
    'Up to 16 rules for the pages of a [single-page shop](../guides/add-the-pixel.md#single-page-shops): `match`, `as` and `ignore`. The first that matches a path counts.',
  );
