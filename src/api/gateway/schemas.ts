import { z } from 'zod';
import { count, listOf, namedSchema, siteId, time } from '../http/schema-parts.ts';

const budget = z.object({ used: count, limit: count });

export const statusResponse = namedSchema(
  'Status',
  z
    .object({
      version: z.string().describe("Convey's version."),
      startedAt: time,
      log: z
        .object({
          writable: z.boolean().describe('Whether events are taken.'),
          problem: z.string().exactOptional().describe('Why not, and what to do.'),
          browserProblem: z
            .string()
            .exactOptional()
            .describe('Why events of browsers are refused while those of servers and webhooks are taken, and what to do.'),
          records: count,
          bytes: count.describe('On the disk.'),
        })
        .describe('Health of the log.'),
      collectorUrl: z.string().describe('Where events are taken, as this machine reaches it or as `collector.publicUrl` has it.'),
      sites: listOf(
        z.object({
          id: siteId,
          name: z.string(),
          connections: listOf(z.string()).describe('Their ids.'),
          browserBudget: z
            .object({ visitors: budget, links: budget, purchases: budget })
            .describe(
              'What browsers alone have added to the site today, in UTC, of what they may: new visitors, new links of a visitor with an e-mail, a phone, a customer, an order or a checkout, and purchases that no server or webhook reported.',
            ),
        }),
      ),
    })
    .describe('How the gateway is, and what it has.'),
);

export const backupResponse = z.string().meta({ format: 'binary' }).describe('A tar file.');

export const documentResponse = z.looseObject({ openapi: z.string() }).describe('An OpenAPI 3.1 document.');

export const referenceResponse = z.string().describe('A page for people.');
