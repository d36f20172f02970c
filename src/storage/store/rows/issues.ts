import { z } from 'zod';
import type { UnixMs } from '../../../event/units.ts';
import { type IssueChange, issueChanges, type StoredIssue } from '../../ports/issues.ts';

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
            change: z.string(),
            by: z.string().exactOptional(),
            until: z.number().exactOptional(),
            to: z.string().exactOptional(),
          }),
        )
        .transform((history): StoredIssue['history'] => history.flatMap(toKnownChange)),
    }) satisfies z.ZodType<StoredIssue>,
);

/** Leaves out a change that only a later version makes. */
function toKnownChange({ change: name, ...rest }: { readonly at: UnixMs; readonly change: string }): readonly IssueChange[] {
  const change = issueChanges.find((one) => one === name);
  return change === undefined ? [] : [{ ...rest, change }];
}

export function parseIssue(text: string): StoredIssue {
  return issueSchema.parse(JSON.parse(text));
}
