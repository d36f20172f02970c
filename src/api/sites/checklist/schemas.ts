import { z } from 'zod';
import { effectiveConsents } from '../../../event/consent.ts';
import { reportSources } from '../../../event/event.ts';
import { viaNames } from '../../../event/via.ts';
import { count, listSchema, namedSchema, time } from '../../http/schema-parts.ts';

const step = namedSchema(
  'Step',
  z
    .object({
      id: z.string().describe('Stable id for programs.'),
      group: z.enum(['pixel', 'server', 'connection', 'quality']),
      title: z.string().describe('The expected state.'),
      state: z
        .enum(['done', 'waiting', 'problem', 'optional'])
        .describe(
          '`done`: observed. `waiting`: not observed yet. `problem`: a different state was observed. `optional`: not observed, and not required.',
        ),
      says: z.string().describe('The observation, or what to do.'),
      at: time.exactOptional().describe('Time of the observation; UNIX milliseconds.'),
      guide: z.string().exactOptional().describe('The related page of the documentation, such as `guides/add-the-pixel`.'),
      provesGuide: z
        .boolean()
        .exactOptional()
        .describe(
          'Whether the step, once done, shows that the instructions of `guide` were followed. Absent: it only links to it.',
        ),
    })
    .describe('One step of the setup.'),
);
export type StepView = z.output<typeof step>;

export const checklistResponse = namedSchema(
  'Checklist',
  z
    .object({
      steps: listSchema(step),
      firstEventAt: time.exactOptional().describe('When the oldest known browser event was received; UNIX milliseconds.'),
      refusedDomains: listSchema(z.object({ domain: z.string(), requests: count, lastAt: time })).describe(
        'Domains whose pages have the snippet although the site does not list them. A domain is forgotten after a day without a request. At most 20.',
      ),
      pixelLoadedAt: time
        .exactOptional()
        .describe(
          'When a browser last loaded the pixel; UNIX milliseconds. Forgotten when the gateway restarts, on PostgreSQL after a month.',
        ),
      serverConsent: z
        .enum(effectiveConsents)
        .describe('What an event of the server counts as if it has neither a consent statement nor a country.'),
      sources: listSchema(
        z.object({
          source: z.enum(reportSources),
          count,
          withoutConsent: count.describe('Events that have no consent choice and do not count as granted.'),
          lastAt: time,
        }),
      ).describe('Events of the last 7 days by source. A source without events is left out.'),
      ways: listSchema(
        z.object({
          reporter: z.enum(reportSources).describe('The source.'),
          via: z
            .union([z.enum(viaNames), z.templateLiteral(['hook:', z.string()])])
            .exactOptional()
            .describe("The way in. Absent: the source's own: the pixel, `POST /v1/events`, or the webhooks of the shop system."),
          count: count.describe('Accepted reports of the last 24 hours, duplicates included.'),
          withoutConsent: count.describe('Those of `count` that have no consent choice and do not count as granted.'),
          lastAt: time.describe('When the newest report was received, however long ago; UNIX milliseconds.'),
        }),
      ).describe('The ways in that ever reported. Test events of the dashboard do not count.'),
      events: listSchema(z.object({ name: z.string(), count, lastAt: time })).describe(
        'Events of the last 7 days by name, the most frequent first.',
      ),
    })
    .describe('Setup checklist of a site.'),
);
