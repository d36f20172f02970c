import { z } from 'zod';
import { type Connection, tagModes } from '../../event/site.ts';
import type { TagDefinition, TagSurroundings } from '../kit/browser-tag.ts';
import { omitEmpty } from '../kit/mapping/omit-empty.ts';
import { createVendorUrlSchema, webUrlSchema, withParameters } from '../kit/tag-url.ts';
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

function createSchema(script: z.ZodURL, idSync: z.ZodURL) {
  const tagId = z
    .union([z.string(), z.int()], 'Must be the UET tag id: digits.')
    .transform(String)
    .pipe(z.string().regex(/^[1-9]\d{0,19}$/, 'Must be the UET tag id: digits, not starting with 0.'));
  const queue = z
    .string(queueRule)
    .regex(/^[A-Za-z_$][\w$]{0,63}$/, queueRule)
    .refine((name) => !(name in Object.prototype), queueRule);
  const usesTag = z.object({ mode: z.enum(['attach', 'load']) });

  return z
    .strictObject({
      mode: z.enum(tagModes, 'Must be `off`, `attach` or `load`.').default('off'),
      tagId: tagId.optional().meta({
        title: 'UET tag ID',
        description: 'Number of the tag. It equals the tag ID of the Microsoft connection.',
      }),
      script: script.default(vendorUrls.script[0]).meta({
        title: 'Script URL',
        description:
          'Used if the pixel loads the tag: `bat.js` on bat.bing.com or bat.bing.net. Another URL needs the config file.',
      }),
      queue: queue.default('uetq').meta({
        title: 'Variable name',
        description: 'The global variable of the tag, usually uetq.',
      }),
      idSync: idSync.default(vendorUrls.idSync[0]).meta({
        title: 'ID Sync URL',
        description:
          'Used if a connection has a customer ID: `c.gif` on c.bing.com, bat.bing.com or bat.bing.net. Another URL needs the config file.',
      }),
    })
    .refine((uet) => uet.tagId !== undefined, {
      path: ['tagId'],
      error: 'Is missing. Unless `mode` is `off`, set it to the id of the tag on the page.',
      when: ({ value }) => usesTag.safeParse(value).success, // Runs although another member is invalid.
    });
}

const file = z.lazy(() => createSchema(webUrlSchema, webUrlSchema));
const dashboard = z.lazy(() => createSchema(createVendorUrlSchema(vendorUrls.script), createVendorUrlSchema(vendorUrls.idSync)));

type TagConfig = z.output<typeof file>;

/** The UET tag, and ID Sync. */
export const tag: TagDefinition<typeof file> = {
  label: 'UET tag',
  settings: { file, dashboard },
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
