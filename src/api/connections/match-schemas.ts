import { z } from 'zod';
import { matchSubjects } from '../../event/missing-match-keys.ts';
import { connectionId, count, listSchema, namedSchema, siteId } from '../http/schema-parts.ts';

const day = z.string().meta({ description: 'A day in the time zone of the site, `YYYY-MM-DD`.', examples: ['2026-11-24'] });

const timeZone = z
  .string()
  .describe("The time zone of the site's days. Days of counts are in the zone that the site had when it delivered the events.");

const missing = z.object({
  reason: z.string().meta({ description: 'Stable code for programs.', examples: ['no-click'] }),
  events: count,
  says: z.string().describe('The reason in words.'),
  remedy: z.string().describe('What to do.'),
});
/** A reason why events lack a match key, with the remedy. */
export type MissingKeyReason = z.output<typeof missing>;

const matchKeyShape = {
  key: z.string().meta({ description: 'Stable code of the platform for programs.', examples: ['email'] }),
  label: z.string().meta({ examples: ['E-mail'] }),
  subject: z.enum(matchSubjects).describe('The kind of value.'),
  advice: z.string().describe('The use of the key for the platform.'),
};

const keyView = z.object({
  ...matchKeyShape,
  events: count.describe('Events that had the key.'),
  share: z
    .number()
    .min(0)
    .max(1)
    .meta({ examples: [0.75] }),
  missing: listSchema(missing).describe('Why the other events lacked it, the most frequent reason first.'),
});
/** The share of delivered events that had a match key, with the reasons for the rest. */
export type KeyView = z.output<typeof keyView>;

const matchShape = {
  delivered: count,
  keys: listSchema(keyView).describe('All match keys of the platform, the most useful first.'),
};
const match = namedSchema('MatchShares', z.object(matchShape).describe('Share of delivered events with each match key.'));
export type MatchView = z.output<typeof match>;

const matchQuality = namedSchema(
  'MatchQuality',
  z
    .object({
      site: siteId,
      connection: connectionId,
      platform: z.string().describe("The platform's name."),
      timeZone,
      since: day,
      until: day,
      all: match,
      events: listSchema(
        z.object({ ...matchShape, name: z.string().meta({ description: "The event's name.", examples: ['Purchase'] }) }),
      ).describe('Sorted by frequency, the most frequent event name first.'),
    })
    .describe("Match quality of one connection's delivered events from `since` to `until`, both included."),
);
export type MatchQualityView = z.output<typeof matchQuality>;

export const matchQualityResponse = listSchema(matchQuality).describe('One item per connection.');

const matchDays = namedSchema(
  'MatchDays',
  z
    .object({
      site: siteId,
      connection: connectionId,
      since: day,
      until: day,
      keys: listSchema(z.object(matchKeyShape)).describe('All match keys of the platform, the most useful first.'),
      days: listSchema(
        z.object({
          day,
          delivered: count,
          events: listSchema(count).describe('Events that had each key, in the order of `keys`.'),
        }),
      ).describe('Days without delivered events are absent.'),
    })
    .describe("Match keys of one connection's delivered events by day, from `since` to `until`, both included."),
);
export type MatchDaysView = z.output<typeof matchDays>;

export const matchDaysResponse = listSchema(matchDays).describe('One item per connection.');
