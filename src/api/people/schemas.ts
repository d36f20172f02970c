import { z } from 'zod';
import { connectionId, count, listSchema, namedSchema, siteId, time } from '../http/schema-parts.ts';

export const erasureResponse = namedSchema(
  'Erasure',
  z
    .object({
      dryRun: z.boolean().describe('Whether this is only a preview and nothing was erased.'),
      found: z.boolean().describe('Whether Convey stores anything about the person.'),
      events: count,
      copies: count.describe('Duplicate reports of the events.'),
      signals: count,
      visitors: count.describe('Visitors whose profiles and identity links were erased.'),
      links: count.describe('Identity links between visitors and hashes, orders or checkouts that were erased.'),
      deadLetters: count,
      attempts: count.describe(
        'Stored requests from which data was removed. A request counts once, with its retries and replays.',
      ),
      exports: count.describe('Export files of the person that were deleted.'),
      received: listSchema(
        z.object({
          connection: connectionId,
          destination: z.string().exactOptional().describe('Absent if the connection was deleted.'),
          events: count,
          inDoubt: count.describe('Events in requests without a response: the platform may or may not have them.'),
          first: time.describe('Time of the first request; UNIX milliseconds.'),
          last: time.describe('Time of the last request; UNIX milliseconds.'),
        }),
      ).describe('Platforms that received events of the person.'),
      unfinished: z
        .literal(true)
        .exactOptional()
        .describe(
          'Set if traces remain on disk, or events in a spool, until the next erasure. In a preview: traces of an earlier erasure.',
        ),
      awaitsRewrite: z
        .literal(true)
        .exactOptional()
        .describe('Set if they remain in large tables of the database until `rewriteHour`. Do not repeat the erasure.'),
      spools: listSchema(z.string())
        .exactOptional()
        .describe('Machines whose spool may hold events of the person. Repeat the erasure when they are forwarded.'),
    })
    .describe('Result of an erasure, or its preview.'),
);
export type ErasureReport = z.output<typeof erasureResponse>;

export const erasureProgressResponse = namedSchema(
  'ErasureProgress',
  z
    .object({
      looked: count
        .nullable()
        .describe('Records and requests that the running erasure has searched. `null` if no erasure is running.'),
      unfinished: z
        .boolean()
        .describe('Whether an erasure has begun and has not ended. If none is running, the next erasure of the site ends it.'),
    })
    .describe('Progress of an erasure.'),
);

export const droppedProfilesResponse = namedSchema(
  'DroppedProfiles',
  z
    .object({
      dryRun: z.boolean().describe('Whether this is only a preview and nothing was dropped.'),
      profiles: count,
      bytes: count.describe('Stored size of the profiles in bytes.'),
    })
    .describe('The visitor profiles that were dropped, or would be dropped.'),
);

const exportFile = namedSchema(
  'Export',
  z
    .object({
      id: z.string().meta({ examples: ['5b0c9d1e7f2a4c38'] }),
      askedBy: z.enum(['shop', 'operator']).describe('`shop`: the shop requested the file for a customer.'),
      madeAt: time,
      keptUntil: time.describe('When the file is deleted; UNIX milliseconds.'),
      bytes: count,
    })
    .describe('A file with all data of one person.'),
);
export type ExportView = z.output<typeof exportFile>;

export const exportResponse = exportFile;
export const exportsResponse = listSchema(exportFile).describe('The newest first.');

export const waitingExportsResponse = listSchema(
  namedSchema(
    'WaitingExports',
    z
      .object({ site: siteId, files: count.describe('Number of files, at least 1.') })
      .describe('Number of export files that the shop requested for its customers.'),
  ),
).describe('Sites without such files are omitted.');

export const exportedResponse = z
  .looseObject({
    site: z.string(),
    madeAt: z.string().describe('ISO 8601, as are all other times of the file that are strings.'),
    namedBy: listSchema(z.string()).describe('The key that identified the person, such as `email`.'),
    foundBy: listSchema(z.string()).describe('All hashes and ids of the person.'),
    people: listSchema(z.looseObject({})).describe('The profile and identity links of each visitor id and checkout.'),
    events: listSchema(z.looseObject({})).describe('The stored events, with all their reports.'),
    deadLetters: listSchema(z.looseObject({})).describe('The failed events, with their reasons.'),
    requests: listSchema(z.looseObject({})).describe('The sent requests, with platform and time.'),
    received: listSchema(z.looseObject({})).describe('Platforms that received events of the person.'),
  })
  .describe('All stored data of one person.');
