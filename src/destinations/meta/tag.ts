import type { z } from 'zod';
import { isStandardEventName, listAliases, standardEventNames } from '../../event/event-names.ts';
import { createNumberIdSchema, createTagSchema, type TagDefinition, type TagSurroundings } from '../kit/browser-tag.ts';
import { mapEventName } from '../kit/mapping/event-names.ts';
import { partsByEvent } from './custom-data.ts';
import { standardNames } from './event-names.ts';
import { pageTag } from './page-tag.ts';
import { settings } from './settings.ts';
import type { MetaTagEvent, MetaTagSettings } from './tag-settings.ts';

const pixelIdRule = 'Must be the pixel ID, which equals the dataset ID: 5 to 20 digits, not starting with 0.';

const schemas = createTagSchema({
  id: 'pixelId',
  idValue: 'the ID of your pixel',
  create: (url) => ({
    pixelId: createNumberIdSchema(/^[1-9]\d{4,19}$/, pixelIdRule)
      .optional()
      .meta({
        title: 'Pixel ID',
        description: 'Number of the Meta Pixel. It equals the dataset ID of the Meta connection.',
      }),
    script: url(['https://connect.facebook.net/en_US/fbevents.js']),
  }),
});

/** The Meta Pixel. */
export const tag: TagDefinition<typeof schemas.file> = {
  label: 'Meta Pixel',
  settings: schemas,
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
  { mode, pixelId: id, script }: z.output<typeof schemas.file>,
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
