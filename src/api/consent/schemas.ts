import { z } from 'zod';
import { talliedSources } from '../../event/consent-tally.ts';
import { count, listSchema, namedSchema, siteId, time } from '../http/schema-parts.ts';

const day = z.string().meta({ description: 'A day in the time zone of the site, `YYYY-MM-DD`.', examples: ['2026-11-24'] });

const choicesShape = {
  granted: count,
  denied: count.describe('Includes denials by Global Privacy Control.'),
  unknown: count.describe("Events without a choice, or with a tool's default only."),
};
const choices = z.object(choicesShape);
/** Numbers of events by the choice that they stated. */
export type ChoicesView = z.output<typeof choices>;

const ofCountry = z.object({
  country: z
    .string()
    .exactOptional()
    .meta({ description: 'ISO 3166-1 alpha-2. Absent if the country is not known, and of other countries.', examples: ['DE'] }),
  isOther: z.literal(true).exactOptional().describe('The countries with fewer than 10 events each, together.'),
  ...choicesShape,
});
export type CountryChoicesView = z.output<typeof ofCountry>;

const ofBanner = z.object({
  source: z
    .enum(talliedSources)
    .describe(
      '`server` and `webhook`: the reports of these. `none`: a browser that named no tool. Else the consent tool of a browser.',
    ),
  version: z
    .string()
    .exactOptional()
    .meta({
      description:
        "The version of the banner: for the TCF the platform's id and version, else the `version` of `convey('consent')`.",
      examples: ['28.134'],
    }),
  isOther: z
    .literal(true)
    .exactOptional()
    .describe('The versions of the source with fewer than 10 events each, and those beyond the 100 most frequent, together.'),
  ...choicesShape,
});
export type BannerChoicesView = z.output<typeof ofBanner>;

export const consentResponse = namedSchema(
  'ConsentChoices',
  z
    .object({
      site: siteId,
      timeZone: z.string().describe("The time zone of the site's days."),
      since: day,
      until: day,
      countedSince: time
        .exactOptional()
        .describe('From when on choices are counted. Absent if all of the site are: it had no event before.'),
      keptSince: time.exactOptional().describe('From when on counts are kept. Absent if the days do not begin earlier.'),
      isComplete: z
        .boolean()
        .describe('Whether all events of the days are counted. False if the days begin before `countedSince` or `keptSince`.'),
      browsers: choices.describe("Events of browsers. Each country's numbers are a part of these."),
      countries: listSchema(ofCountry).describe('Events of browsers, the country with the most events first.'),
      banners: listSchema(ofBanner).describe(
        'All events, the banner with the most events first. Events that named no version are a banner of their own.',
      ),
    })
    .describe(
      'The choices that events stated from `since` to `until`, both included. They count events, not visitors: who opens more pages counts more.',
    ),
);
export type ConsentChoicesView = z.output<typeof consentResponse>;
