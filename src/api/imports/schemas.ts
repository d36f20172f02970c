import { z } from 'zod';
import { effectiveConsents } from '../../event/consent.ts';
import { connectionId, count, issues, listSchema, namedSchema, time } from '../http/schema-parts.ts';

const importView = namedSchema(
  'Import',
  z
    .object({
      id: z.string().describe('Of the file and the mapping of its columns.'),
      line: count.describe('The last line of the file whose result is durable.'),
      accepted: count,
      repeated: count.describe(
        'Rows that an import stored before, or that repeat an earlier row. A row for an event of another report is accepted.',
      ),
      refused: count,
      startedAt: time,
      updatedAt: time,
      finishedAt: time.exactOptional().describe('Absent until the last row is durable.'),
    })
    .describe('The progress of an import.'),
);
export type ImportView = z.output<typeof importView>;

const wait = z
  .object({
    consumer: z.string().describe('`identity`, or the id of the connection that lags most.'),
    seconds: count.describe('Its lag.'),
  })
  .exactOptional()
  .describe('Present while a consumer of the site lags over 10 s. Send no rows until it is absent.');

const platform = z.object({
  connection: connectionId,
  platform: z.string().meta({ examples: ['Microsoft Advertising'] }),
  maxAgeDays: z.number().describe('Older events are skipped as `too-old-on-arrival`.'),
  takesLate: z.boolean().describe('Whether older purchases are uploaded to the connected account.'),
});

export const importsResponse = namedSchema(
  'Imports',
  z
    .object({
      missingConsent: z.enum(['granted', 'denied']).describe("What the site's policy counts if a row states no consent."),
      maxAgeDays: z.number().describe('Older rows are refused.'),
      platforms: listSchema(platform).describe('The enabled connections.'),
      imports: listSchema(importView).describe('The last changed first.'),
    })
    .describe("What the site accepts from a file, and the site's imports."),
);
export type ImportsView = z.output<typeof importsResponse>;

export const importResponse = importView;

export const importStateResponse = z.object({ import: importView, wait });

const row = {
  result: z.enum(['accepted', 'repeated', 'refused']),
  id: z.string().nullable().describe('The id of the event. `null` if the row is refused.'),
  issues: issues.describe('The reasons of a refusal, else warnings.'),
};

export const rowsResponse = z.object({
  results: listSchema(z.object(row)).describe('One per event.'),
  import: importView,
  wait,
});

export const checkedRowsResponse = z.object({
  results: listSchema(
    z.object({
      ...row,
      consent: z.enum(effectiveConsents).exactOptional(),
      plan: listSchema(
        z.object({
          connection: connectionId,
          outcome: z.string().describe('`sent`, `uploaded` to the connected account, `dead`, or the reason of a skip.'),
        }),
      ).describe('What each connection would do. Empty for a refused row, and on a gateway that only collects.'),
    }),
  ).describe('One per event.'),
});
export type CheckedRow = z.output<typeof checkedRowsResponse>['results'][number];
export type RowResult = z.output<typeof rowsResponse>['results'][number];
