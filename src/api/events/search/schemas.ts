import { z } from 'zod';
import { count, listSchema, namedSchema, time } from '../../http/schema-parts.ts';

/** The values of the filters, with the number of events of each. */

const value = z.object({
  value: z.string().meta({ description: 'The value for the filter.', examples: ['Purchase'] }),
  events: count.describe('Events with this value that match the other filters.'),
});

const reason = value.extend({ message: z.string().describe('The reason of the newest of these events, with its remedy.') });

export const facetsResponse = namedSchema(
  'Facets',
  z
    .object({
      events: count.describe('Events that match all filters.'),
      isComplete: z.boolean().describe('`false`: only the newest events were counted, `searched` of them.'),
      searched: count.describe(
        'The newest events among which `events`, `event`, `reporter`, `consent` and `country` were counted: a count ends after 50,000 matches, or 200,000 events.',
      ),
      event: listSchema(value),
      reporter: listSchema(value),
      consent: listSchema(value),
      country: listSchema(value).describe('Without events of unknown country.'),
      connection: listSchema(value).describe(
        'Events that have one of the filtered outcomes or gaps on the connection; without such a filter, events that it could not deliver.',
      ),
      outcome: listSchema(value),
      reason: listSchema(reason).describe('The issues of events that the platform does not have.'),
      rule: listSchema(value).describe('The rules that had an effect on events.'),
      outcomesOf: count.describe(
        'The newest events whose outcomes were counted, in `connection`, `outcome`, `reason` and `rule`.',
      ),
      areOutcomesComplete: z.boolean().describe('`false`: outcomes of older events were not counted.'),
      rejected: z
        .object({
          events: count,
          reasons: listSchema(reason),
          isComplete: z.boolean().describe('`false`: only the newest 1,000 submissions were counted.'),
        })
        .describe('Submissions that were rejected in the time of the filters. Other filters do not apply to them.'),
    })
    .describe('The values of the filters, the most frequent first.'),
);
export type FacetsView = z.output<typeof facetsResponse>;

const nameRule = '1 to 60 characters that are not all blank, in one line';
const queryRule = "the query of the event list's URL, at most 2,000 characters";

export const savedViewRequest = z
  .strictObject({
    name: z
      .string(nameRule)
      .regex(/^(?=.*\S)[^\p{Cc}]{1,60}$/u, nameRule)
      .describe('Name of the view.'),
    query: z.string(queryRule).max(2_000, queryRule).describe("The query of the event list's URL, without `?`."),
  })
  .meta({ examples: [{ name: 'Failed purchases', query: 'event=Purchase&outcome=dead' }] });

const savedView = namedSchema(
  'SavedView',
  z
    .object({
      id: z.string(),
      name: z.string().meta({ examples: ['Failed purchases'] }),
      query: z.string().meta({ examples: ['event=Purchase&outcome=dead'] }),
      by: z.string().describe('The account that saved it.'),
      createdAt: time,
    })
    .describe('Filters of the event list under a name.'),
);

export const savedViewsResponse = namedSchema(
  'SavedViews',
  z.object({ views: listSchema(savedView).describe('By name.') }).describe("The site's saved views."),
);
