import { z } from 'zod';
import { nodeRoles } from '../event/node-role.ts';
import { fileSchema } from './schema.ts';
import { connectionSchema, secretKey, siteSchema } from './site-schema.ts';

/** Returns a schema that reads any value. A value that is not an object becomes an empty one. */
const outline = <S extends z.ZodObject>(schema: S) => schema.catch(() => schema.parse({}));

const connectionOutline = outline(
  z.object({
    id: connectionSchema.shape.id.catch(''),
    destination: connectionSchema.shape.destination.catch(''),
    enabled: connectionSchema.shape.enabled.catch(true),
    settings: connectionSchema.shape.settings.catch({}),
    rules: connectionSchema.shape.rules.catch([]),
  }),
);
const siteOutline = outline(
  z.object({
    id: siteSchema.shape.id.catch(''),
    writeKey: siteSchema.shape.writeKey.catch(''),
    secretKeys: z.array(secretKey.catch('')).catch([]),
    connections: z.array(connectionOutline).catch([]),
    tags: z.record(z.string(), z.unknown()).catch({}),
    uet: z.unknown().optional(),
  }),
);

/**
 * The parts of the file for rules that `fileSchema` cannot express. Parsing never fails: an invalid value becomes an empty one, so that it
 * hides no other problem.
 */
export const lenientFileSchema = outline(
  z.object({
    dataDir: fileSchema.shape.dataDir.catch('.'),
    store: fileSchema.shape.store.catch(undefined),
    roles: fileSchema.shape.roles.catch([...nodeRoles]),
    durability: fileSchema.shape.durability.catch('checked'),
    spool: fileSchema.shape.spool.catch(undefined),
    allowPrivateDestinations: fileSchema.shape.allowPrivateDestinations.catch(false),
    endpoints: fileSchema.shape.endpoints.catch({}),
    sites: z.array(siteOutline).catch([]),
    alerts: z.unknown().optional(),
  }),
);
