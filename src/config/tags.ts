import { z } from 'zod';
import { destinations } from '../destinations/destinations.ts';
import { tag as uetTag } from '../destinations/microsoft/tag.ts';
import type { TagConfig } from '../event/site.ts';

/** The rules of `sites[].tags`: each destination with a browser tag has a member with the tag's own schema. */

const tags = destinations.flatMap(({ id, tag }) => (tag ? [{ id, tag }] : []));

/** Returns the schemas of one writer by destination id. */
function listSchemas(writer: 'file' | 'dashboard'): Readonly<Record<string, z.ZodType<TagConfig>>> {
  return Object.fromEntries(tags.map(({ id, tag }) => [id, tag.settings[writer]]));
}

/** Schemas of `sites[].tags` in the config file and in the dashboard. A member that is absent has the tag's defaults. */
export const tagSchemas = { file: createTagsSchema('file'), dashboard: z.lazy(() => createTagsSchema('dashboard')) };

function createTagsSchema(writer: 'file' | 'dashboard') {
  const members = Object.entries(listSchemas(writer)).map(([id, schema]) => [id, schema.prefault({})] as const);
  return z.strictObject(Object.fromEntries(members), 'Must be an object with the settings of each browser tag.').prefault({});
}

/** The earlier name of `tags.microsoft`, which stays accepted. */
export const uetAlias = uetTag.settings.file;
export const uetRepeatsTag = 'Is another name of `tags.microsoft`, and both are set. Remove one of them.';
