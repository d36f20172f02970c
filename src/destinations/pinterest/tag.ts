import { z } from 'zod';
import { isStandardEventName, listAliases, standardEventNames } from '../../event/event-names.ts';
import { tagModes } from '../../event/site.ts';
import type { TagDefinition, TagSurroundings } from '../kit/browser-tag.ts';
import { createVendorUrlSchema, webUrlSchema } from '../kit/tag-url.ts';
import { categoryViewName, isRenamed, nameByLetters, toEventName, toLetters } from './event-names.ts';
import { settings } from './settings.ts';
import type { PinterestTagSettings } from './tag-settings.ts';

const tagIdRule =
  'Must be the tag ID: 13 digits, not starting with 0. Copy it from Ads Manager > Conversions; it is not the ad account ID.';

/** The URL of the script, the only one that the dashboard accepts. */
const vendorScript = 'https://s.pinimg.com/ct/core.js';

function createSchema(script: z.ZodURL) {
  const tagId = z
    .union([z.string(), z.int()], tagIdRule)
    .transform(String)
    .pipe(z.string().regex(/^[1-9]\d{12}$/, tagIdRule));
  const usesTag = z.object({ mode: z.enum(['attach', 'load']) });

  return z
    .strictObject({
      mode: z.enum(tagModes, 'Must be `off`, `attach` or `load`.').default('off'),
      tagId: tagId.optional().meta({
        title: 'Tag ID',
        description: 'Number of the Pinterest tag, 13 digits. It is another number than the ad account ID.',
      }),
      script: script.default(vendorScript).meta({
        title: 'Script URL',
        description: 'Used if the pixel loads the tag. Another URL needs the config file.',
      }),
    })
    .refine((tag) => tag.tagId !== undefined, {
      path: ['tagId'],
      error: 'Is missing. Unless `mode` is `off`, set it to the ID of the tag on the page.',
      when: ({ value }) => usesTag.safeParse(value).success, // Runs although another member is invalid.
    });
}

const file = z.lazy(() => createSchema(webUrlSchema));
const dashboard = z.lazy(() => createSchema(createVendorUrlSchema([vendorScript])));

/** The Pinterest tag. */
export const tag: TagDefinition<typeof file> = {
  label: 'Pinterest tag',
  settings: { file, dashboard },
  // Pinterest is no vendor of the TCF. To store, to select ads by a profile, and to measure them are the purposes that it needs (an assumption).
  tcf: { vendors: [], purposes: [1, 4, 7] },
  createDriverSettings,
};

function createDriverSettings(
  { mode, tagId: id, script }: z.output<typeof file>,
  { connections, defaultCurrency: currency }: TagSurroundings,
): PinterestTagSettings | undefined {
  if (mode === 'off' || id === undefined) return undefined;
  // A tag has another id than its ad account, so the site's first connection names the events.
  const {
    itemId = '{id}',
    eventNames = {},
    viewContent = 'page_visit',
    customEvents = 'own-name',
    productPages = 'page-view',
    limitedDataProcessing,
  } = settings.safeParse(connections[0]?.settings).data ?? {};
  const names = listNames({ eventNames, viewContent, customEvents });
  return {
    mode,
    tagId: id,
    script,
    names,
    ...(customEvents === 'custom' && { customName: 'custom' }),
    views: listAliases('PageView'),
    ...(!isRenamed('PageView', eventNames) && { categoryView: toLetters(categoryViewName) }),
    ...(productPages === 'view-content' && viewContent === 'page_visit' && { skipsProductPages: true as const }),
    ...(limitedDataProcessing === 'california' && { isLimited: true as const }),
    itemId,
    ...(currency !== undefined && { currency }),
  };
}

/** Returns the tag's names of the events, by Convey's names and aliases in lower case. */
function listNames(naming: Parameters<typeof toEventName>[2]): Readonly<Record<string, string>> {
  const spell = (name: string) => (nameByLetters.get(toLetters(name)) === name ? toLetters(name) : name);
  const others = [...nameByLetters.values()].flatMap((name) => [name, toLetters(name)]);
  const own = standardEventNames.flatMap((name) =>
    listAliases(name).map((alias) => [alias, spell(toEventName(name, undefined, naming))] as const),
  );
  const renamed = Object.entries(naming.eventNames).filter(([name]) => !isStandardEventName(name));
  return Object.fromEntries([
    ...others.map((name) => [name, toLetters(name)] as const),
    ...renamed.map(([name, renamedTo]) => [name, spell(renamedTo)] as const),
    ...own,
  ]);
}
