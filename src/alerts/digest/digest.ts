import { z } from 'zod';
import { digestIntervals } from '../../event/alert-conditions.ts';

const connection = z.lazy(() =>
  z.object({
    connection: z.string(),
    delivered: z.number(),
    /** The events that rules added for this connection. Those that the platform accepted are among `delivered` too. */
    added: z.number().exactOptional(),
    dead: z.number(),
    /** Share of the orders of seven days that are accounted for. */
    share: z.number().exactOptional(),
  }),
);
export type DigestConnection = z.output<typeof connection>;

/** One site's figures of a digest's period, and of the period before. */
const site = z.lazy(() =>
  z.object({
    site: z.string(),
    name: z.string(),
    events: z.number(),
    eventsBefore: z.number(),
    orders: z.number(),
    ordersBefore: z.number(),
    connections: z.array(connection).readonly(),
  }),
);
export type DigestSite = z.output<typeof site>;

/** The figures of a digest, as stored until it is sent. */
export const digestSchema = z.lazy(() =>
  z.object({
    id: z.string(),
    interval: z.enum(digestIntervals).exclude(['off']),
    since: z.number(),
    until: z.number(),
    sites: z.array(site).readonly(),
    /** The titles of alerts that are open, and when they began. */
    open: z.array(z.object({ title: z.string(), since: z.number() })).readonly(),
    /** The number of alerts that began in the period. */
    began: z.number(),
    /** The head of the activity: its number and the first half of a hash, a witness outside of the database. */
    activity: z.string().exactOptional(),
  }),
);
export type Digest = z.output<typeof digestSchema>;
