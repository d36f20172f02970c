import { z } from 'zod';
import { connectionId, count, listSchema, namedSchema, next, siteId, time } from '../http/schema-parts.ts';

const sequence = count.describe('Number of the entry in the chain. Without gaps.');
const hash = z.string().describe('SHA-256 over the hash of the entry before it, the number and the entry, hexadecimal.');

const activityRow = namedSchema(
  'ActivityRow',
  z
    .object({
      seq: sequence,
      at: time,
      kind: z.string().meta({ description: 'Kind of the change.', examples: ['connection-paused'] }),
      subject: z.string().exactOptional().describe('Subject of the kind, as in the filter of the dashboard.'),
      text: z.string().meta({ description: 'The change in plain words.', examples: ['Paused the connection'] }),
      actor: z.string().meta({
        description: 'Id of the account, `cli` (the command line), `gateway` or `file` (the config file).',
        examples: ['cli'],
      }),
      actorName: z
        .string()
        .exactOptional()
        .describe('Present name of the account. Only for owners of all sites, and absent once the account is removed.'),
      site: siteId.exactOptional(),
      connection: connectionId.exactOptional(),
      changed: listSchema(z.string()).exactOptional().describe('Paths of the changed settings, without their values.'),
      hash,
    })
    .describe('One recorded change.'),
);
export type ActivityRow = z.output<typeof activityRow>;

export const activityResponse = namedSchema(
  'Activity',
  z.object({ rows: listSchema(activityRow), next }).describe('Recorded changes, the newest first.'),
);

const place = z.object({ seq: sequence, at: time });

export const chainReportResponse = namedSchema(
  'ActivityReport',
  z
    .object({
      ok: z
        .boolean()
        .describe('Whether no entry is missing or changed, and the checkpoint is signed with a key of this gateway.'),
      entries: count,
      firstAt: time.exactOptional(),
      lastAt: time.exactOptional(),
      head: z.object({ seq: sequence, hash }).describe('The newest entry. Compare it with the one in a digest.'),
      checkpoint: place
        .extend({ signature: z.enum(['valid', 'invalid', 'key-missing']) })
        .exactOptional()
        .describe('Replaces the entries that are older than 400 days.'),
      gaps: listSchema(z.object({ from: sequence, to: sequence })).describe('Numbers of missing entries.'),
      restores: listSchema(place).describe('Restored backups.'),
      moves: listSchema(place).describe('Moves to PostgreSQL.'),
      broken: z
        .object({
          seq: sequence,
          reason: z
            .enum(['gap', 'hash', 'columns'])
            .describe('`gap`: entries before it are missing. `hash`: it was changed. `columns`: its columns were changed.'),
        })
        .exactOptional()
        .describe('The first entry that does not continue the chain.'),
    })
    .describe('Result of a verification.'),
);

export const activityExport = z.string().describe('One entry a line, as JSON, the oldest first.');
