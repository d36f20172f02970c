import { z } from 'zod';

const idRule = '32 hexadecimal digits';
const description = "The import's id: of the SHA-256 over the file and the mapping of its columns.";

/** The id of an import in a path. Any other text is no import that exists. */
export const importId = z.string().max(64).meta({ description });

const newImportId = z
  .string(idRule)
  .regex(/^[0-9a-f]{32}$/, idRule)
  .meta({ description });
export const newImport = z.strictObject({ id: newImportId }).meta({ examples: [{ id: '9f86d081884c7d659a2feaa0c55ad015' }] });

/** The most rows of one request. */
export const maxRowsAtOnce = 200;
const eventsRule = `1 to ${maxRowsAtOnce} events`;
const events = z
  .array(z.unknown(), eventsRule)
  .min(1, eventsRule)
  .max(maxRowsAtOnce, eventsRule)
  .describe('Events in the form of the server API.');

const example = [{ name: 'Purchase', time: '2026-11-24T10:00:00Z', commerce: { orderId: '1001', value: 125.4 } }];
const lineRule = 'a line of the file';
const line = z.int(lineRule).nonnegative(lineRule);

export const importedRows = z
  .strictObject({
    after: line.describe('The `line` of the import, after which these rows follow.'),
    through: line.describe('The last line of the file that these rows cover.'),
    events: z
      .array(z.unknown(), `at most ${maxRowsAtOnce} events`)
      .max(maxRowsAtOnce, `at most ${maxRowsAtOnce} events`)
      .describe('Events in the form of the server API. Empty: only rows that are counted here.'),
    repeated: line.optional().describe('Rows among them that repeat an earlier row of the file, and are not sent.'),
    refused: line.optional().describe('Rows among them that could not be read, and are not sent.'),
    isFinished: z.boolean('true or false').optional().describe('Whether these are the last rows.'),
  })
  .meta({ examples: [{ after: 0, through: 2, events: example }] });

export const checkedRows = z.strictObject({ events }).meta({ examples: [{ events: example }] });
