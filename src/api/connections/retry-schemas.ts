import { z } from 'zod';
import { connectionId, count, listSchema, namedSchema } from '../http/schema-parts.ts';

export const retryRequest = z
  .strictObject({
    dryRun: z.boolean('true or false').describe('`true`: only count the events. `false`: send them again.'),
  })
  .meta({ examples: [{ dryRun: true }] });

export const retryResponse = namedSchema(
  'Retry',
  z
    .object({
      dryRun: z.boolean(),
      says: z.string().meta({ description: 'The result as sentences.', examples: ['3 events will be sent.'] }),
      events: count.describe('Number of events that are sent again, counted once for each connection.'),
      isComplete: z
        .boolean()
        .describe('`false`: a connection has more than 10,000 such events. Repeat the request for the others.'),
      connections: listSchema(
        z.object({
          connection: connectionId,
          failed: count.describe('Failed events of the connection that match the filters.'),
          events: count.describe('Those that are sent again.'),
          tooOld: count.describe('Those that are too old for the platform.'),
          gone: count.describe('Those whose data was removed or is damaged.'),
          isRunning: z.boolean().describe('`false`: the connection is disabled, so that nothing is sent.'),
        }),
      ).describe('The connections with failed events that match the filters.'),
    })
    .describe('The failed events that match the filters.'),
);
export type RetryView = z.output<typeof retryResponse>;
