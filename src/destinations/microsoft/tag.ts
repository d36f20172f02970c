import { z } from 'zod';
import type { Connection } from '../../event/site.ts';
import { createNumberIdSchema, createTagSchema, type TagDefinition, type TagSurroundings } from '../kit/browser-tag.ts';
import { omitEmpty } from '../kit/mapping/omit-empty.ts';
import { withParameters } from '../kit/tag-url.ts';
import { pageTag } from './page-tag.ts';
import type { MicrosoftTagSettings, UetTagSettings } from './tag-settings.ts';
import { createTagVocabulary } from './tag-vocabulary.ts';

/**
 * URLs that the dashboard may set, the default first. `c.bing.com` has no script: it answers with redirects to other hosts.
 * @source https://learn.microsoft.com/en-us/advertising/msa-help/hlp_ba_conc_uetv2csp (2026-06)
 */
const vendorUrls = {
  script: ['https://bat.bing.com/bat.js', 'https://bat.bing.net/bat.js'],
  idSync: ['https://c.bing.com/c.gif', 'https://bat.bing.com/c.gif', 'https://bat.bing.net/c.gif'],
} as const;

const queueRule = 'Must be the name of a variable of the page, such as `uetq`, and not that of a member of every object.';

const schemas = createTagSchema({
  id: 'tagId',
  idValue: 'the id of your UET tag',
  create: (url) => ({
    tagId: createNumberIdSchema(
      /^[1-9]\d{0,19}$/,
      'Must be the UET tag id: digits, not starting with 0.',
      'Must be the UET tag id: digits.',
    )
      .optional()
      .meta({ title: 'UET tag ID', description: 'Number of the tag. It equals the tag ID of the Microsoft connection.' }),
    script: url(vendorUrls.script, {
      title: 'Script URL',
      description:
        'Used if the pixel loads the tag: `bat.js` on bat.bing.com or bat.bing.net. Another URL needs the config file.',
    }),
    queue: z
      .string(queueRule)
      .regex(/^[A-Za-z_$][\w$]{0,63}$/, queueRule)
      .refine((name) => !(name in Object.prototype), queueRule)
      .default('uetq')
      .meta({ title: 'Variable name', description: 'The global variable of the tag, usually uetq.' }),
    idSync: url(vendorUrls.idSync, {
      title: 'ID Sync URL',
      description:
        'Used if a connection has a customer ID: `c.gif` on c.bing.com, bat.bing.com or bat.bing.net. Another URL needs the config file.',
    }),
  }),
});

type TagConfig = z.output<typeof schemas.file>;

/** The UET tag, and ID Sync. */
export const tag: TagDefinition<typeof schemas.file> = {
  label: 'UET tag',
  settings: schemas,
  // Conversions need these purposes. @source https://learn.microsoft.com/en-us/advertising/msa-help/hlp_ba_conc_uet_tcf (2026-06)
  tcf: { vendors: [1126], purposes: [1, 7, 9, 10] },
  page: pageTag,
  createDriverSettings,
};

function createDriverSettings(
  config: TagConfig,
  { connections, defaultCurrency }: TagSurroundings,
): MicrosoftTagSettings | undefined {
  const ofTag = connections.find(({ settings }) => settings.tagId === config.tagId);
  const tag = createTagSettings(config, ofTag, defaultCurrency);
  const idSync = createIdSyncUrl(config.idSync, ofTag, connections);
  return tag || idSync ? omitEmpty({ tag, idSync }) : undefined;
}

function createTagSettings(
  { mode, tagId, script, queue }: TagConfig,
  ofTag: Connection | undefined,
  currency: string | undefined,
): UetTagSettings | undefined {
  if (mode === 'off' || tagId === undefined) return undefined;
  const vocabulary = createTagVocabulary(ofTag?.settings);
  return { mode, tagId, script, queue, ...vocabulary, ...(currency !== undefined && { currency }) };
}

/**
 * Returns the URL of ID Sync with the customer id of the connection to the tag, else of another connection.
 * @source https://learn.microsoft.com/en-us/advertising/guides/uet-conversion-api-integration (2026-08-04)
 */
function createIdSyncUrl(idSync: string, ofTag: Connection | undefined, connections: readonly Connection[]): string | undefined {
  const synced = [ofTag, ...connections].find((one) => one?.enabled && one.settings.customerId !== undefined);
  if (!synced) return undefined;
  return withParameters(idSync, { Red3: `BACID_${synced.settings.customerId}` });
}
