import { z } from 'zod';
import { operators } from '../../event/rule.ts';
import { connectionId, count, listSchema, logOffset, namedSchema, time } from '../http/schema-parts.ts';

const rule = namedSchema(
  'Rule',
  z
    .object({
      id: z.string().meta({ description: 'Unique among the rules of the site and of the connection.', examples: ['wholesale'] }),
      name: z.string().meta({ examples: ['Wholesale orders'] }),
      when: z.record(z.string(), z.unknown()).meta({
        description: 'The condition: `field` with `is` and `value`, or a group `all`, `any` or `not`.',
        examples: [{ field: 'commerce.tags', is: 'contains', value: 'wholesale' }],
      }),
      then: z.record(z.string(), z.unknown()).meta({
        description: 'The action: `skip`, `rename`, `set` or `also`.',
        examples: [{ skip: true }],
      }),
      enabled: z.boolean(),
      text: z.string().describe('The rule in one sentence.'),
      warning: z.string().exactOptional().describe("Present if a browser tag's own reports do not follow the rule."),
    })
    .describe('A rule.'),
);
export type RuleView = z.output<typeof rule>;

export const rulesResponse = namedSchema(
  'Rules',
  z
    .object({
      revision: z.string().describe('The revision of the site.'),
      lists: listSchema(
        z.object({
          connection: connectionId.exactOptional().describe("Absent for the site's rules, which come first."),
          origin: z.enum(['file', 'dashboard']).describe('`file`: the rules are changed only in the config file.'),
          rules: listSchema(rule),
        }),
      ),
      history: listSchema(
        z.object({
          connection: connectionId.exactOptional().describe("Absent for the site's rules."),
          at: time,
          by: z.string().describe('The account, or the source of the change.'),
          digest: z
            .string()
            .describe('Names the version. `rules.digest` of an outcome has those of the site and the connection.'),
          changes: listSchema(z.string()).meta({ examples: [['Added “Wholesale orders”.']] }),
          rules: listSchema(rule),
        }),
      ).describe('The newest first.'),
    })
    .describe('The rules of a site and its connections, with their history.'),
);
export type RulesView = z.output<typeof rulesResponse>;

export const ruleCountsResponse = namedSchema(
  'RuleCounts',
  z
    .object({
      since: time,
      until: time,
      countedSince: time
        .exactOptional()
        .describe(
          'Present if an earlier version stored events of this gateway without these counts: the time from which they are whole.',
        ),
      connections: listSchema(
        z.object({
          connection: connectionId,
          rules: listSchema(
            z.object({
              rule: z.string().meta({ description: 'Id of the rule.', examples: ['wholesale'] }),
              events: count,
            }),
          ).describe('The rules with events, also those that were removed since.'),
        }),
      ),
    })
    .describe('The number of events on which each rule had an effect.'),
);
export type RuleCountsView = z.output<typeof ruleCountsResponse>;

export const ruleFieldsResponse = listSchema(
  namedSchema(
    'RuleField',
    z
      .object({
        path: z.string().meta({ examples: ['commerce.tags'] }),
        label: z.string().meta({ examples: ['Tags of order and customer'] }),
        type: z
          .enum(['text', 'list', 'number', 'fact', 'any'])
          .describe('`fact`: a rule sees only whether the value is present.'),
        operators: listSchema(z.enum(operators)),
        isWritable: z.boolean().describe('Whether `set` may write the field.'),
        values: listSchema(z.object({ value: z.string(), events: count })).describe(
          'The most frequent values of the newest 1,000 events.',
        ),
      })
      .describe('A field of conditions.'),
  ),
);
export type RuleFieldView = z.output<typeof ruleFieldsResponse>[number];

export const rulePreviewResponse = namedSchema(
  'RulePreview',
  z
    .object({
      events: count.describe(
        'The number of evaluated events, the newest of the site. A preview ends after 3 seconds, or 16 MiB of events.',
      ),
      list: listSchema(rule).describe('The evaluated list: the rules of the connection, or of the site.'),
      connections: listSchema(
        z.object({
          connection: connectionId,
          skipped: count,
          renamed: count,
          changed: count.describe('Events of which a rule set a field.'),
          added: count.describe('Events that rules add.'),
          rules: listSchema(z.object({ id: z.string(), name: z.string(), events: count })),
          affected: listSchema(
            z.object({
              offset: logOffset,
              id: z.string(),
              name: z.string(),
              time,
              effects: listSchema(z.string()).describe('One sentence for each rule that had an effect.'),
            }),
          ).describe('The newest 100 events on which a rule had an effect.'),
        }),
      ),
    })
    .describe('The effects of rules on past events. Nothing is sent.'),
);
export type RulePreviewView = z.output<typeof rulePreviewResponse>;
