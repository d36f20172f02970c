import { z } from 'zod';
import { connectionId, count, listOf, namedSchema, siteId, time } from '../http/schema-parts.ts';

/** What the API answers of people: one schema each, of which the types are derived. */

export const erasureResponse = namedSchema(
  'Erasure',
  z
    .object({
      dryRun: z.boolean().describe('Whether nothing was erased, and this tells what would go.'),
      events: count,
      copies: count.describe('Further reports of the same events.'),
      signals: count,
      visitors: count.describe('Visitors whose facts and links went.'),
      deadLetters: count,
      attempts: count.describe('Requests out of whose stored body something was taken.'),
      exports: count.describe('Files made for the person that went.'),
      received: listOf(
        z.object({
          connection: connectionId,
          destination: z.string().exactOptional().describe('Absent where there is no such connection any more.'),
          events: count,
          inDoubt: count.describe('Events in requests whose answer never came: nobody knows.'),
          first: time.describe('The first request; UNIX milliseconds.'),
          last: time.describe('The last request; UNIX milliseconds.'),
        }),
      ).describe('Which platforms have events of the person.'),
      unfinished: z.literal(true).exactOptional().describe('Traces are left on the disk until the next erasure.'),
    })
    .describe('What an erasure took away, or would take away.'),
);
export type ErasureReport = z.output<typeof erasureResponse>;

export const erasureProgressResponse = namedSchema(
  'ErasureProgress',
  z
    .object({
      looked: count.nullable().describe('How many records and requests the running erasure has looked at; null where none runs.'),
    })
    .describe('How far an erasure is.'),
);

export const droppedProfilesResponse = namedSchema(
  'DroppedProfiles',
  z
    .object({
      dryRun: z.boolean().describe('Whether nothing was dropped, and this counts what would go.'),
      profiles: count,
      bytes: count.describe('How many bytes were stored of them.'),
    })
    .describe('What of visitors was dropped, or would be.'),
);

const exportFile = namedSchema(
  'Export',
  z
    .object({
      id: z.string(),
      askedBy: z
        .enum(['shop', 'operator'])
        .describe('`shop`: a customer asked the shop for their data, and the shop asked here.'),
      madeAt: time,
      keptUntil: time.describe('It is removed after it; UNIX milliseconds.'),
      bytes: count,
    })
    .describe('A file with everything that is kept of one person. It waits to be handed to them.'),
);
export type ExportView = z.output<typeof exportFile>;

export const exportResponse = exportFile;
export const exportsResponse = listOf(exportFile).describe('The newest first.');

export const waitingExportsResponse = listOf(
  namedSchema(
    'WaitingExports',
    z
      .object({ site: siteId, files: count.describe('At least 1.') })
      .describe("How many of a site's files wait that the shop asked for, for its customers."),
  ),
).describe('Sites of which none waits are not among them.');

export const exportedResponse = z
  .looseObject({
    site: z.string(),
    madeAt: z.string().describe('ISO 8601, as are the other times of the file that are text.'),
    namedBy: listOf(z.string()).describe('By what the person was named, such as `email`.'),
    foundBy: listOf(z.string()).describe('Everything that the person is found by, as hashes and ids.'),
    people: listOf(z.looseObject({})).describe('What is known of each of their visitor ids and checkouts, and what links to it.'),
    events: listOf(z.looseObject({})).describe('As they are stored, with every report of each.'),
    deadLetters: listOf(z.looseObject({})).describe('Those that could not be sent, and why.'),
    requests: listOf(z.looseObject({})).describe('What was sent of them, where to and when.'),
    received: listOf(z.looseObject({})).describe('Which platforms have events of the person.'),
  })
  .describe('Everything that is kept of one person.');
