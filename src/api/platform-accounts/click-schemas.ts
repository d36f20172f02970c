import { z } from 'zod';
import { connectionId, listSchema, namedSchema, siteId } from '../http/schema-parts.ts';
import { failure } from './schemas.ts';

const counts = {
  paid: z.number().describe('Paid clicks of the report.'),
  captured: z.number().describe('Those of them whose click id a stored event has.'),
};

export const paidClicksResponse = listSchema(
  namedSchema(
    'PaidClicks',
    z
      .object({
        site: siteId,
        connection: connectionId,
        destination: z.string(),
        state: z
          .enum(['not-connected', 'waiting', 'failed', 'none', 'no-events', 'compared'])
          .describe(
            '`waiting`: the first report is not read yet. `failed`: none was ever read, and `failure` says why. `none`: the platform reports no paid clicks. `no-events`: Convey received no events on their days.',
          ),
        summary: z.string().describe('The result, for people.'),
        checkedAt: z.number().exactOptional().describe('The time of the last comparison. Absent before the first.'),
        requestedAt: z.number().exactOptional().describe('Present while a report is awaited.'),
        failure: failure
          .extend({ kind: z.enum(['not-reached', 'refused']).describe('`refused`: the platform answered, without a report.') })
          .exactOptional()
          .describe('The reason why a later comparison had no result, with what to do.'),
        total: z.object(counts).describe('The days with events.'),
        days: listSchema(
          z.object({
            day: z.string().meta({ examples: ['2026-12-01'] }),
            ...counts,
            hasEvents: z.boolean().describe('Whether Convey received events. Other days are not compared.'),
          }),
        ).describe('At most 28 days, in UTC.'),
        since: z.string().exactOptional().describe('First day of campaigns and pages.'),
        until: z.string().exactOptional().describe('Last day.'),
        campaigns: listSchema(
          z.object({ campaign: z.string().describe('Its id. Empty: not stated.'), keyword: z.string(), ...counts }),
        ).describe('Those that lost the most clicks first.'),
        otherCampaigns: z.object(counts),
        pages: listSchema(
          z.object({ page: z.string().meta({ examples: ['shop.example/shoes'] }), captured: z.number() }),
        ).describe('Landing pages of captured clicks.'),
        otherPages: z.number().describe('Captured clicks on other landing pages.'),
        unknownPage: z.number().describe('Captured clicks whose landing page is not known.'),
        notes: listSchema(z.string()).describe('The limits of the comparison, for people.'),
      })
      .describe('The paid clicks of an account beside the captured ones.'),
  ),
);
export type PaidClicksView = z.output<typeof paidClicksResponse>[number];
