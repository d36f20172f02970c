import { z } from 'zod';
import { count, listSchema, namedSchema } from '../http/schema-parts.ts';

const advice = z.object({
  level: z.enum(['ok', 'warning', 'problem']),
  subject: z.string(),
  says: z.string(),
  paste: z.object({ where: z.string(), lines: z.string() }).exactOptional().describe('Lines that fix the problem.'),
});
export type AdviceView = z.output<typeof advice>;

export const doctorResponse = namedSchema(
  'Diagnosis',
  z
    .object({
      page: z.string().exactOptional().describe('URL of the examined page.'),
      events: count.describe('Number of examined browser events, among the newest 1,000 records.'),
      stated: z.object({ granted: count, denied: count, unknown: count }),
      silentlyDenied: count.describe('Events that count as denied without a stated choice.'),
      sources: listSchema(
        z.object({
          source: z.string().exactOptional().describe('The consent tool. Absent if no tool stated a choice.'),
          granted: count,
          denied: count,
          unknown: count,
          signals: count.describe('Number of `$consent` signals that state a choice.'),
        }),
      ),
      advice: listSchema(advice).describe('Ordered from the page to the events.'),
    })
    .describe('Findings of the consent doctor.'),
);
export type DiagnosisView = z.output<typeof doctorResponse>;
