import { z } from 'zod';
import { isStandardEventName, listAliases, standardEventNames } from '../../event/event-names.ts';
import { tagModes } from '../../event/site.ts';
import type { TagDefinition, TagSurroundings } from '../kit/browser-tag.ts';
import { mapEventName } from '../kit/mapping/event-names.ts';
import { createVendorUrlSchema, webUrlSchema, withParameters } from '../kit/tag-url.ts';
import { standardNames } from './event-names.ts';
import { pageTag } from './page-tag.ts';
import { patterns } from './payload.ts';
import { settings } from './settings.ts';
import type { TiktokTagSettings } from './tag-settings.ts';

const pixelCodeRule = "Must be the pixel code, which equals the connection's: letters and digits, such as C4ABCDEF0123456789AB.";

/** The URL of the script, the only one that the dashboard accepts. */
const vendorScript = 'https://analytics.tiktok.com/i18n/pixel/events.js';

function createSchema(script: z.ZodURL) {
  const usesTag = z.object({ mode: z.enum(['attach', 'load']) });

  return z
    .strictObject({
      mode: z.enum(tagModes, 'Must be `off`, `attach` or `load`.').default('off'),
      pixelCode: z.string(pixelCodeRule).trim().regex(patterns.pixelCode, pixelCodeRule).optional().meta({
        title: 'Pixel code',
        description: 'Code of the TikTok Pixel. It equals the pixel code of the TikTok connection.',
      }),
      script: script.default(vendorScript).meta({
        title: 'Script URL',
        description: 'Used if the pixel loads the tag. Another URL needs the config file.',
      }),
    })
    .refine((tag) => tag.pixelCode !== undefined, {
      path: ['pixelCode'],
      error: 'Is missing. Unless `mode` is `off`, set it to the code of the pixel on the page.',
      when: ({ value }) => usesTag.safeParse(value).success, // Runs although another member is invalid.
    });
}

const file = z.lazy(() => createSchema(webUrlSchema));
const dashboard = z.lazy(() => createSchema(createVendorUrlSchema([vendorScript])));

/** The TikTok Pixel. */
export const tag: TagDefinition<typeof file> = {
  label: 'TikTok Pixel',
  settings: { file, dashboard },
  // No source states a vendor of the TCF. To store, to select ads by a profile, and to measure them are the purposes that TikTok needs (an
  // assumption).
  tcf: { vendors: [], purposes: [1, 4, 7] },
  page: pageTag,
  createDriverSettings,
};

function createDriverSettings(
  { mode, pixelCode, script }: z.output<typeof file>,
  { connections, defaultCurrency: currency }: TagSurroundings,
): TiktokTagSettings | undefined {
  if (mode === 'off' || pixelCode === undefined) return undefined;
  const ofPixel = connections.find(({ settings: { pixelCode: code } }) => code === pixelCode);
  const {
    itemId = '{id}',
    contentType = 'product',
    eventNames = {},
    limitedDataUse,
  } = settings.safeParse(ofPixel?.settings).data ?? {};
  return {
    mode,
    pixelCode,
    library: script,
    script: withParameters(script, { sdkid: pixelCode, lib: 'ttq' }),
    events: listEvents(eventNames),
    itemId,
    contentType,
    ...(limitedDataUse === 'us-states' && { isLimited: true }),
    ...(currency !== undefined && { currency }),
  };
}

/** Returns TikTok's names of the events, by Convey's names and aliases in lower case. The pixel's own name of a page view is fixed. */
function listEvents(eventNames: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const own = standardEventNames.flatMap((canonical) => {
    const renamed = mapEventName(canonical, eventNames, standardNames) ?? canonical;
    const name = canonical === 'PageView' ? standardNames.PageView : renamed;
    return listAliases(canonical).map((alias) => [alias, name] as const);
  });
  const custom = Object.entries(eventNames).filter(([name]) => !isStandardEventName(name));
  return Object.fromEntries([...own, ...custom]);
}
