import { z } from 'zod';
import { count, listSchema, namedSchema, siteId, time } from '../http/schema-parts.ts';

const budget = z.object({ used: count, limit: count });

export const statusResponse = namedSchema(
  'Status',
  z
    .object({
      version: z.string().describe('Version of Convey.'),
      startedAt: time,
      log: z
        .object({
          writable: z.boolean().describe('Whether events are accepted.'),
          appendsTo: z
            .enum(['database', 'spool'])
            .exactOptional()
            .describe('Where accepted events are stored, if there is a spool. `spool`: the database is away.'),
          problem: z.string().exactOptional().describe('Why events are not accepted, and what to do.'),
          browserProblem: z
            .string()
            .exactOptional()
            .describe('Why browser events are rejected while those of servers and webhooks are accepted, and what to do.'),
          records: count.exactOptional(),
          bytes: count.exactOptional().describe('Size on disk.'),
        })
        .describe('Health of the event log. An account on single sites receives no numbers and no details of a problem.'),
      deliveryProblem: z
        .string()
        .exactOptional()
        .describe('Why no event is sent, and what to do, if no gateway with the role `deliver` runs.'),
      collectorUrl: z.string().describe('URL of the collector: `collector.publicUrl`, or the local URL.'),
      dashboardUrl: z
        .string()
        .exactOptional()
        .describe(
          'URL of the dashboard: `dashboard.publicUrl`, or the local URL with the port that the gateway listens on. Absent during the start.',
        ),
      sites: listSchema(
        z.object({
          id: siteId,
          name: z.string(),
          connections: listSchema(z.string()).describe('Ids of the connections.'),
          browserBudget: z
            .object({ visitors: budget, links: budget, purchases: budget, bytes: budget })
            .describe(
              'How much browsers have added to the site today (UTC), and the limits. `links` are new links of a visitor to an e-mail address, phone number, customer, order or checkout. `purchases` are those that no server or webhook reported. `bytes` is the size of the reports in the event log.',
            ),
        }),
      ),
    })
    .describe('State of the gateway and its sites.'),
);

export const backupResponse = z.string().meta({ format: 'binary' }).describe('A tar file.');

export const documentResponse = z.looseObject({ openapi: z.string() }).describe('An OpenAPI 3.1 document.');

export const referenceResponse = z.string().describe('An HTML page.');
