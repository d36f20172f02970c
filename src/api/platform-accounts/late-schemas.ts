import { z } from 'zod';
import { listSchema, namedSchema } from '../http/schema-parts.ts';
import { failure } from './schemas.ts';

export const lateInput = z
  .strictObject({ isOn: z.boolean('true or false').describe('Whether the connection takes late purchases.') })
  .meta({ examples: [{ isOn: true }] });

const late = {
  state: z
    .enum(['off', 'no-goal', 'resting', 'ready'])
    .describe(
      '`off`: the setting is off. `no-goal`: no goal counts uploads yet. `resting`: the platform takes none in the first two hours of a goal.',
    ),
  message: z.string().describe('The state as a sentence.'),
  goal: z
    .object({
      name: z.string(),
      isEnhanced: z.boolean().describe('Whether the platform compares hashes of e-mail addresses and phone numbers, too.'),
      readyAt: z.number().describe('When the platform takes the first upload.'),
    })
    .exactOptional()
    .describe('The goal that counts the uploads. Absent before it is made.'),
  report: z
    .object({
      since: z.number(),
      until: z.number(),
      attributed: z.number().describe('Uploads that the platform attributed to a click.'),
      unattributed: z.number(),
      reasons: listSchema(
        z.object({
          reason: z.string().meta({ examples: ['NoMatchingClickFound'] }),
          purchases: z.number(),
          message: z.string().describe('The reason in words, with what to do.'),
        }),
      ).describe(
        'Why uploads were not attributed, the most frequent first. The platform gives sums, and no result of a single purchase.',
      ),
    })
    .exactOptional()
    .describe('What became of the uploads of four weeks. Absent before the first report.'),
  readAt: z.number().exactOptional().describe('The time of the report.'),
  failure: failure.exactOptional().describe('The reason why a later report had no result.'),
};

export const lateResponse = namedSchema('LatePurchases', z.object(late).describe('The late purchases of a connection.'));
export type LatePurchasesView = z.output<typeof lateResponse>;

export const lateChangeResponse = namedSchema(
  'LatePurchasesChange',
  z
    .object({
      ...late,
      goalChange: z.enum(['made', 'taken', 'none']).describe('Whether a goal was made, or the existing one is used.'),
    })
    .describe('The late purchases of a connection after a change.'),
);
