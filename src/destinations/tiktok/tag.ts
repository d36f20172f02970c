import { z } from 'zod';
import { isStandardEventName, listAliases, standardEventNames } from '../../event/event-names.ts';
import { createTagSchema, type TagDefinition, type TagSurroundings } from '../kit/browser-tag.ts';
import { mapEventName } from '../kit/mapping/event-names.ts';
import { withParameters } from '../kit/tag-url.ts';
import { standardNames } from './event-names.ts';
import { pageTag } from './page-tag.ts';
import { patterns } from './payload.ts';
import { settings } from './settings.ts';
import type { TiktokTagSettings } from './tag-settings.ts';

const pixelCodeRule = "Must be the pixel code, which equals the connection's: letters and digits, such as C4ABCDEF0123456789AB.";

const schemas = createTagSchema({
  id: 'pixelCode',
  idValue: 'the code of your pixel',
  create: (url) => ({
    pixelCode: z.string(pixelCodeRule).trim().regex(patterns.pixelCode, pixelCodeRule).optional().meta({
      title: 'Pixel code',
      description: 'Code of the TikTok Pixel. It equals the pixel code of the TikTok connection.',
    }),
    script: url(['https://analytics.tiktok.com/i18n/pixel/events.js']),
  }),
});

/** The TikTok Pixel. */
export const tag: TagDefinition<typeof schemas.file> = {
  label: 'TikTok Pixel',
  settings: schemas,
  // No source states a vendor of the TCF. To store, to select ads by a profile, and to measure them are the purposes that TikTok needs (an
  // assumption).
  tcf: { vendors: [], purposes: [1, 4, 7] },
  page: pageTag,
  createDriverSettings,
};

function createDriverSettings(
  { mode, pixelCode, script }: z.output<typeof schemas.file>,
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
