import { z } from 'zod';
import { listSchema, namedSchema, time } from '../http/schema-parts.ts';

export const pageSessionResponse = namedSchema(
  'PageSession',
  z
    .object({
      token: z.string().describe('The value of `convey_debug` in the address of a page.'),
      endsAt: time.describe('When the token ends unless a page uses it; UNIX milliseconds.'),
    })
    .describe('A session of a page.'),
);

export const seenEventsResponse = namedSchema(
  'SeenEvents',
  z
    .object({
      endsAt: time.exactOptional().describe('When the last session ends; UNIX milliseconds. Absent if none is open.'),
      events: listSchema(
        z.object({
          name: z.string().meta({
            description: 'The name on the page. A name with a dot is a step of Universal Analytics.',
            examples: ['order_done'],
          }),
          keys: listSchema(z.string()).meta({ description: 'The paths of its fields.', examples: [['basket.total']] }),
          lastAt: time,
          state: z
            .enum(['reported', 'left-out', 'not-chosen', 'unmapped', 'form'])
            .describe(
              "`reported`: the mode `on` reports it. `left-out`: a purchase, which the shop reports itself. `not-chosen`: GA4's name, and `events` lacks it. `unmapped`: a name of the page's own, and `map` lacks it. `form`: a form of `capture.forms`, whose keys are fields, each after the field of the person that it is read for, or `none`.",
            ),
          as: z.string().exactOptional().describe("The event's name in Convey, if it is reported."),
          selector: z.string().exactOptional().describe('The selector of a form.'),
          ga4: z.string().exactOptional().describe("GA4's name, if it has one."),
        }),
      ).describe('The newest first.'),
    })
    .describe('The events that pages of the site wrote.'),
);
export type SeenEventView = z.output<typeof seenEventsResponse>['events'][number];
