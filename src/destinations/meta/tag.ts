import { z } from 'zod';
import { isStandardEventName, listAliases, standardEventNames } from '../../event/event-names.ts';
import { tagModes } from '../../event/site.ts';
import type { TagDefinition, TagSurroundings } from '../kit/browser-tag.ts';
import { mapEventName } from '../kit/mapping/event-names.ts';
import { createVendorUrlSchema, webUrlSchema } from '../kit/tag-url.ts';
import { partsByEvent } from './custom-data.ts';
import { standardNames } from './event-names.ts';
import { pageTag } from './page-tag.ts';
import { settings } from './settings.ts';
import type { MetaTagEvent, MetaTagSettings } from './tag-settings.ts';

const pixelIdRule = 'Must be the pixel ID, which equals the dataset ID: 5 to 20 digits, not starting with 0.';

/** The URL of the script, the only one that the dashboard accepts. */
const vendorScript = 'https://connect.facebook.net/en_US/fbevents.js';

function createSchema(script: z.ZodURL) {
  const pixelId = z
    .union([z.string(), z.int()], pixelIdRule)
    .transform(String)
    .pipe(z.string().regex(/^[1-9]\d{4,19}$/, pixelIdRule));
  const usesTag = z.object({ mode: z.enum(['attach', 'load']) });

  return z
    .strictObject({
      mode: z.enum(tagModes, 'Must be `off`, `attach` or `load`.').default('off'),
      pixelId: pixelId.optional().meta({
        title: 'Pixel ID',
        description: 'Number of the Meta Pixel. It equals the dataset ID of the Meta connection.',
      }),
      script: script.default(vendorScript).meta({
        title: 'Script URL',
        description: 'Used if the pixel loads the tag. Another URL needs the config file.',
      }),
    })
    .refine((tag) => tag.pixelId !== undefined, {
      path: ['pixelId'],
      error: 'Is missing. Unless `mode` is `off`, set it to the ID of the pixel on the page.',
      when: ({ value }) => usesTag.safeParse(value).success, // Runs although another member is invalid.
    });
}

const file = z.lazy(() => createSchema(webUrlSchema));
const dashboard = z.lazy(() => createSchema(createVendorUrlSchema([vendorScript])));

/** The Meta Pixel. */
export const tag: TagDefinition<typeof file> = {
  label: 'Meta Pixel',
  settings: { file, dashboard },
  // Meta is no vendor of the TCF. To store, to select ads by a profile, and to measure them are the purposes that it needs (an assumption).
  tcf: { vendors: [], purposes: [1, 4, 7] },
  page: pageTag,
  createDriverSettings,
};

/** Meta's standard names, also those without an event of Convey. @source https://developers.facebook.com/docs/meta-pixel/reference (2026-09-12) */
const standard = [
  ...Object.values(standardNames),
  'AddPaymentInfo',
  'AddToWishlist',
  'Contact',
  'CustomizeProduct',
  'Donate',
  'FindLocation',
  'Schedule',
  'StartTrial',
  'SubmitApplication',
  'Subscribe',
];

function createDriverSettings(
  { mode, pixelId: id, script }: z.output<typeof file>,
  { connections, defaultCurrency: currency }: TagSurroundings,
): MetaTagSettings | undefined {
  if (mode === 'off' || id === undefined) return undefined;
  const ofPixel = connections.find(({ settings: { datasetId } }) => datasetId === id);
  const {
    itemId = '{id}',
    contentType = 'product',
    eventNames = {},
    dataProcessing,
  } = settings.safeParse(ofPixel?.settings).data ?? {};
  return {
    mode,
    pixelId: id,
    script,
    events: listEvents(eventNames),
    standard,
    itemId,
    contentType,
    ...(dataProcessing === 'us-states' && { isLimited: true }),
    ...(currency !== undefined && { currency }),
  };
}

/** Returns the names and parts of the events, by Convey's names and aliases in lower case. */
function listEvents(eventNames: Readonly<Record<string, string>>): Readonly<Record<string, MetaTagEvent>> {
  const own = standardEventNames.flatMap((canonical) => {
    const event = { name: mapEventName(canonical, eventNames, standardNames) ?? canonical, parts: partsByEvent[canonical] };
    return listAliases(canonical).map((alias) => [alias, event] as const);
  });
  const renamed = Object.entries(eventNames).filter(([name]) => !isStandardEventName(name));
  return Object.fromEntries([...own, ...renamed.map(([name, renamedTo]) => [name, { name: renamedTo }] as const)]);
}
