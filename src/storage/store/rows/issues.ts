import { z } from 'zod';
import { issueChanges, type StoredIssue } from '../../ports/issues.ts';

const issueSchema = z.lazy(
  () =>
    z.object({
      id: z.string(),
      key: z.string(),
      site: z.string().exactOptional(),
      beganAt: z.number(),
      openedAt: z.number(),
      endedAt: z.number().exactOptional(),
      rank: z.number(),
      content: z.json(),
      changedAt: z.number().exactOptional(),
      isAcknowledged: z.boolean(),
      snoozedUntil: z.number().exactOptional(),
      assignee: z.string().exactOptional(),
      history: z
        .array(
          z.object({
            at: z.number(),
            change: z.enum(issueChanges),
            by: z.string().exactOptional(),
            until: z.number().exactOptional(),
            to: z.string().exactOptional(),
          }),
        )
        .readonly(),
    }) satisfies z.ZodType<StoredIssue>,
);

export function parseIssue(text: string): StoredIssue {
  return issueSchema.parse(JSON.parse(text));
}
