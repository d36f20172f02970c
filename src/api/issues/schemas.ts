import { z } from 'zod';
import { connectionId, count, listSchema, namedSchema, siteId, time } from '../http/schema-parts.ts';

const money = listSchema(
  z.object({
    amount: z.number().meta({ examples: [31_200] }),
    currency: z.string().meta({ examples: ['EUR'] }),
  }),
);

const reportedIssue = namedSchema(
  'ReportedIssue',
  z
    .object({
      id: z.string().meta({
        description: 'Short id, which stays while the issue lasts, and if it returns within an hour.',
        examples: ['k3v9xp'],
      }),
      kind: z.string().meta({ description: 'Stable name of the problem, for programs.', examples: ['delivery'] }),
      severity: z
        .enum(['urgent', 'warning', 'note'])
        .describe(
          '`urgent`: events are lost, or will be soon. `warning`: something does not work until a person acts. `note`: something should be checked, or may end by itself.',
        ),
      site: siteId.exactOptional().describe("The site's id. Absent for an issue of the gateway itself."),
      siteName: z.string().exactOptional(),
      connection: connectionId.exactOptional(),
      connectionName: z.string().exactOptional().describe('The name on the pages: that of the platform.'),
      title: z.string().meta({ description: 'One clause.', examples: ['The platform refuses the token'] }),
      sentence: z.string().meta({
        description: 'The problem with its time and its cost.',
        examples: [
          'The platform has refused the token for 20 hours; 4,440 events wait, worth EUR 31,200; the first are lost in 27 hours.',
        ],
      }),
      detail: z.string().exactOptional().describe('The explanation. For a connection, the same as its `says`.'),
      figures: listSchema(z.object({ label: z.string(), value: z.string() })).describe('Counts, never values of events.'),
      remedy: z.string().exactOptional().describe('What to do.'),
      since: time.describe('When it began; UNIX milliseconds.'),
      isFound: z.literal(true).exactOptional().describe('Set if its beginning is not known: `since` is then when it was found.'),
      endedAt: time.exactOptional(),
      losesAt: time.exactOptional().describe('When the first of the events are lost; UNIX milliseconds.'),
      events: count.describe('Events that wait or are lost by it.'),
      isUncounted: z
        .literal(true)
        .exactOptional()
        .describe('Set if it costs events of unknown number, such as refused ones: `events` is then 0.'),
      money: money.describe('The amounts that the purchases among these events state, by currency. Empty if none are known.'),
      action: z
        .object({ label: z.string(), path: z.string().describe("Path of the dashboard's page.") })
        .describe('The one button that helps.'),
      runbook: z
        .string()
        .exactOptional()
        .meta({ description: "Path of the dashboard's page with the steps.", examples: ['/runbooks#events-wait'] }),
      state: z
        .enum(['open', 'acknowledged', 'snoozed', 'resolved'])
        .describe(
          '`acknowledged`: until it worsens, or ends and returns. `snoozed`: until `snoozedUntil`, or until it worsens. `resolved`: it ended.',
        ),
      snoozedUntil: time.exactOptional(),
      assignee: z.string().exactOptional().describe('The account that takes care of it.'),
    })
    .describe('Something that the gateway reports to its operator.'),
);
export type ReportedIssue = z.output<typeof reportedIssue>;

export const issuesResponse = namedSchema(
  'ReportedIssues',
  listSchema(reportedIssue).describe(
    'The worst first: by severity, then those that cost money, those that need a person, those with the most events, and the oldest.',
  ),
);

export const issueResponse = namedSchema(
  'ReportedIssueDetails',
  reportedIssue
    .extend({
      history: listSchema(
        z.object({
          at: time,
          change: z.enum(['began', 'returned', 'worsened', 'ended', 'acknowledged', 'snoozed', 'assigned', 'opened']),
          by: z
            .string()
            .exactOptional()
            .describe('The account that made the change. Absent for the command line, and for changes of the gateway.'),
          until: time.exactOptional().describe('The end of a snooze.'),
          to: z.string().exactOptional().describe('The new assignee. Absent if nobody is.'),
        }),
      ).describe(
        'The last 100 changes, the oldest first. An account on single sites sees no decisions about an issue of the gateway.',
      ),
      messages: listSchema(z.object({ at: time, channel: z.string(), title: z.string(), state: z.string() })).describe(
        'The messages about it, of the newest 500. Empty for an account on single sites.',
      ),
    })
    .describe('An issue with its history and its messages.'),
);
export type ReportedIssueDetails = z.output<typeof issueResponse>;
