import { z } from 'zod';
import { isStandardEventName, listAliases, standardEventNames } from '../../event/event-names.ts';
import { tagModes } from '../../event/site.ts';
import type { TagDefinition, TagSurroundings } from '../kit/browser-tag.ts';
import { createVendorUrlSchema, webUrlSchema } from '../kit/tag-url.ts';
import { dataTypes, isStandardType, knownCustomNames } from './event-names.ts';
import { toName } from './map.ts';
import { settings } from './settings.ts';
import type { OpenaiTagEvent, OpenaiTagSettings } from './tag-settings.ts';

const pixelIdRule = 'Must be the pixel ID: letters, digits, `_` or `-`, at most 128.';

/** The URL of the script, the only one that the dashboard accepts. */
const vendorScript = 'https://bzrcdn.openai.com/sdk/oaiq.min.js';

function createSchema(script: z.ZodURL) {
  const usesTag = z.object({ mode: z.enum(['attach', 'load']) });

  return z
    .strictObject({
      mode: z.enum(tagModes, 'Must be `off`, `attach` or `load`.').default('off'),
      pixelId: z
        .string(pixelIdRule)
        .regex(/^[\w-]{1,128}$/, pixelIdRule)
        .optional()
        .meta({ title: 'Pixel ID', description: 'ID of the pixel. It equals the pixel ID of the connection.' }),
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

/** The OpenAI pixel. @source https://developers.openai.com/ads/measurement-pixel (2026-09-11) */
export const tag: TagDefinition<typeof file> = {
  label: 'OpenAI pixel',
  settings: { file, dashboard },
  // OpenAI names no vendor of the TCF. To store, to select ads by a profile, and to measure them are the purposes that it needs (an assumption).
  tcf: { vendors: [], purposes: [1, 4, 7] },
  createDriverSettings,
};

function createDriverSettings(
  { mode, pixelId: id, script }: z.output<typeof file>,
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
