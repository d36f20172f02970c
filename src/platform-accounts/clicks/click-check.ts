import { z } from 'zod';

const countShape = { paid: z.number(), captured: z.number() };
export type ClickCount = { readonly paid: number; readonly captured: number };

const daySchema = z
  .object({
    day: z.string(),
    ...countShape,
    /** Whether Convey received events on this day. Without any, its clicks are not compared. */
    hasEvents: z.boolean(),
  })
  .readonly();
export type ClickDay = z.output<typeof daySchema>;

const reportSchema = z
  .object({
    /** The first and the last day of campaigns and pages, in UTC. */
    since: z.string(),
    until: z.string(),
    /** In their order. May begin before `since`. */
    days: z.array(daySchema).readonly(),
    /** The groups with the most lost clicks first. */
    campaigns: z.array(z.object({ campaign: z.string(), keyword: z.string(), ...countShape }).readonly()).readonly(),
    otherCampaigns: z.object(countShape).readonly(),
    /** The landing pages with the most captured clicks first. */
    pages: z.array(z.object({ page: z.string(), captured: z.number() }).readonly()).readonly(),
    otherPages: z.number(),
    /** Captured clicks whose landing page is not known. */
    unknownPage: z.number(),
    /** Captured clicks that the report does not list. */
    unpaid: z.number(),
    /** Clicks of the report without a click id. */
    withoutId: z.number(),
  })
  .readonly();
/** The comparison of a report with the captured clicks. It has no click ids. */
export type ClickReport = z.output<typeof reportSchema>;

const failureSchema = z
  .object({
    code: z.string(),
    message: z.string(),
    trackingId: z.string().exactOptional(),
    isUnreached: z.literal(true).exactOptional(),
  })
  .readonly();

const storedSchema = z.lazy(() =>
  z.object({
    /** The time of the newest comparison. */
    checkedAt: z.number().exactOptional(),
    report: reportSchema.exactOptional(),
    /** A requested report that was not read yet. */
    pending: z.object({ id: z.string(), since: z.string(), until: z.string(), at: z.number() }).readonly().exactOptional(),
    /** The reason why a later comparison had no result. */
    failure: failureSchema.exactOptional(),
  }),
);
/** The stored state of a connection's comparison of clicks. */
export type StoredClickCheck = z.output<typeof storedSchema>;

/** Parses a stored state. One of another version counts as none. */
export function parseClickCheck(text: string | undefined): StoredClickCheck {
  return text === undefined ? {} : (storedSchema.safeParse(JSON.parse(text)).data ?? {});
}
