import { z } from 'zod';

const text = z.string('text');
export const issueId = text.meta({ description: "The issue's id." });

export const issueFilter = z.strictObject({
  state: z
    .enum(['open', 'acknowledged', 'snoozed', 'resolved'], 'open, acknowledged, snoozed or resolved')
    .optional()
    .describe('Only issues in this state. Absent: all that have not ended. `resolved`: the newest 200.'),
  site: text.optional().describe('Only issues of this site.'),
});

const minutesRule = '1 to 43,200 minutes (30 days)';
export const newSnooze = z
  .strictObject({
    minutes: z.int(minutesRule).min(1, minutesRule).max(43_200, minutesRule).describe('For how long.'),
  })
  .meta({ examples: [{ minutes: 240 }] });

export const newAssignee = z
  .strictObject({
    account: text.optional().describe('The account that takes care of it. Absent: nobody.'),
  })
  .meta({ examples: [{ account: 'vera' }] });
