import type { z } from 'zod';
import { isStandardEventName, listAliases, standardEventNames } from '../../event/event-names.ts';
import { createNumberIdSchema, createTagSchema, type TagDefinition, type TagSurroundings } from '../kit/browser-tag.ts';
import { categoryViewName, isRenamed, nameByLetters, toEventName, toLetters } from './event-names.ts';
import { settings } from './settings.ts';
import type { PinterestTagSettings } from './tag-settings.ts';

const tagIdRule =
  'Must be the tag ID: 13 digits, not starting with 0. Copy it from Ads Manager > Conversions; it is not the ad account ID.';

const schemas = createTagSchema({
  id: 'tagId',
  idValue: 'the ID of your tag',
  create: (url) => ({
    tagId: createNumberIdSchema(/^[1-9]\d{12}$/, tagIdRule)
      .optional()
      .meta({
        title: 'Tag ID',
        description: 'Number of the Pinterest tag, 13 digits. It is another number than the ad account ID.',
      }),
    script: url(['https://s.pinimg.com/ct/core.js']),
  }),
});

/** The Pinterest tag. */
export const tag: TagDefinition<typeof schemas.file> = {
  label: 'Pinterest tag',
  settings: schemas,
  // Pinterest is no vendor of the TCF. To store, to select ads by a profile, and to measure them are the purposes that it needs (an assumption).
  tcf: { vendors: [], purposes: [1, 4, 7] },
  createDriverSettings,
};

function createDriverSettings(
  { mode, tagId: id, script }: z.output<typeof schemas.file>,
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
