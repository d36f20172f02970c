import { z } from 'zod';
import { defineRoutes, type RouteDefinitions } from '../http/define-routes.ts';
import { dayRangeParameters, integerBetween, site } from '../http/parameters.ts';
import { ruleCountsResponse, ruleFieldsResponse, rulePreviewResponse, rulesResponse } from './schemas.ts';

const text = z.string('text');
const connection = text.optional().describe("The connection whose rules these are. Absent: the site's rules.");
/** The schema of the config file validates the rules, so that an issue has the same field and rule as there. */
const rules = z
  .array(z.record(text, z.unknown(), 'an object'), 'a list of rules')
  .describe('All rules of the list, in their order, in the form of the config file.')
  .meta({
    examples: [
      [
        {
          id: 'wholesale',
          name: 'Wholesale',
          when: { field: 'commerce.tags', is: 'contains', value: 'wholesale' },
          then: { skip: true },
        },
      ],
    ],
  });

/** More than the largest list of rules. */
const maxBodyKib = 56;

export const defaultVersions = 20;

/** The routes of rules. */
export const ruleRoutes = defineRoutes({
  'GET /api/sites/:site/rules': {
    group: 'Rules',
    right: 'viewer',
    summary: 'Get the rules of a site and its connections, with their history',
    params: z.strictObject({
      site,
      versions: integerBetween(1, 200).default(defaultVersions).meta({ description: 'Maximum number of versions of each list.' }),
    }),
    response: rulesResponse,
    errors: ['no-such-site'],
  },
  'PUT /api/sites/:site/rules': {
    group: 'Rules',
    right: 'editor',
    summary: 'Replace the rules of a site or of a connection',
    detail:
      'The change takes effect with the next event that is considered. A replay uses the rules of the day on which it runs.',
    params: z.strictObject({ site }),
    maxBodyKib,
    body: z.strictObject({
      revision: text.optional().describe('The revision that you read. The change is rejected if the site has changed since.'),
      connection,
      rules,
    }),
    response: rulesResponse,
    errors: ['no-such-site', 'no-such-connection', 'file-made', 'changed-meanwhile', 'not-applied', 'secrets-key-unusable'],
  },
  'GET /api/sites/:site/rules/counts': {
    group: 'Rules',
    right: 'viewer',
    summary: 'Count the events on which each rule had an effect',
    detail:
      'Counts the events that were received in the period, on each connection, by the rules of their latest outcome. An event that is sent again or replayed counts once, for the rules of that time. Events that wait are not counted.',
    params: z.strictObject({ site, ...dayRangeParameters }),
    response: ruleCountsResponse,
    errors: ['no-such-site'],
  },
  'GET /api/sites/:site/rules/fields': {
    group: 'Rules',
    right: 'viewer',
    summary: 'List the fields of conditions, with values of the newest 1,000 events',
    params: z.strictObject({ site }),
    response: ruleFieldsResponse,
    errors: ['no-such-site', 'rate-limited'],
  },
  'POST /api/sites/:site/rules/preview': {
    group: 'Rules',
    right: 'editor',
    summary: 'Evaluate rules on the newest 1,000 events, without sending',
    params: z.strictObject({ site }),
    maxBodyKib,
    body: z.strictObject({
      connection: text.optional().describe('Evaluate the rules of this connection only.'),
      rules: rules
        .optional()
        .describe('Rules in place of the stored ones: of the connection, or of the site if there is no `connection`.'),
    }),
    response: rulePreviewResponse,
    errors: ['no-such-site', 'no-such-connection', 'rate-limited'],
  },
} as const satisfies RouteDefinitions);
