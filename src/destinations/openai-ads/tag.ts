import { z } from 'zod';
import { isStandardEventName, listAliases, standardEventNames } from '../../event/event-names.ts';
import { createTagSchema, type TagDefinition, type TagSurroundings } from '../kit/browser-tag.ts';
import { dataTypes, isStandardType, knownCustomNames } from './event-names.ts';
import { toName } from './map.ts';
import { settings } from './settings.ts';
import type { OpenaiTagEvent, OpenaiTagSettings } from './tag-settings.ts';

const pixelIdRule = 'Must be the pixel ID: letters, digits, `_` or `-`, at most 128.';

const schemas = createTagSchema({
  id: 'pixelId',
  idValue: 'the ID of your pixel',
  create: (url) => ({
    pixelId: z
      .string(pixelIdRule)
      .regex(/^[\w-]{1,128}$/, pixelIdRule)
      .optional()
      .meta({ title: 'Pixel ID', description: 'ID of the pixel. It equals the pixel ID of the connection.' }),
    script: url(['https://bzrcdn.openai.com/sdk/oaiq.min.js']),
  }),
});

/** The OpenAI pixel. @source https://developers.openai.com/ads/measurement-pixel (2026-09-11) */
export const tag: TagDefinition<typeof schemas.file> = {
  label: 'OpenAI pixel',
  settings: schemas,
  // OpenAI names no vendor of the TCF. To store, to select ads by a profile, and to measure them are the purposes that it needs (an assumption).
  tcf: { vendors: [], purposes: [1, 4, 7] },
  createDriverSettings,
};

function createDriverSettings(
  { mode, pixelId: id, script }: z.output<typeof schemas.file>,
  { connections, defaultCurrency: currency }: TagSurroundings,
): OpenaiTagSettings | undefined {
  if (mode === 'off' || id === undefined) return undefined;
  const ofPixel = connections.find(({ settings: { pixelId } }) => pixelId === id);
  const { itemId = '{id}', itemAmount, eventNames = {} } = settings.safeParse(ofPixel?.settings).data ?? {};
  return {
    mode,
    pixelId: id,
    script,
    events: listEvents(eventNames),
    itemId,
    ...(itemAmount === 'line' && { isLine: true }),
    ...(currency !== undefined && { currency }),
  };
}

/** Returns OpenAI's names of the events, by Convey's names and aliases in lower case. */
function listEvents(eventNames: Readonly<Record<string, string>>): Readonly<Record<string, OpenaiTagEvent>> {
  const others = [...Object.keys(knownCustomNames), ...Object.keys(eventNames).filter((name) => !isStandardEventName(name))];
  const names = [
    ...standardEventNames.flatMap((canonical) => listAliases(canonical).map((alias) => [alias, canonical] as const)),
    ...others.map((name) => [name, name] as const),
  ];
  return Object.fromEntries(
    names.flatMap(([alias, canonical]) => {
      const { type, custom_event_name: custom } = toName(canonical, { eventNames }) ?? {};
      if (type === undefined) return [];
      const data = isStandardType(type) ? dataTypes[type] : 'custom';
      return [[alias, { type, data, ...(custom !== undefined && { custom }) }] as const];
    }),
  );
}
