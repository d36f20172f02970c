import { z } from 'zod';
import { isStandardEventName, listAliases, normalizeEventName } from '../../event/event-names.ts';
import { createTagSchema, type TagDefinition, type TagSurroundings } from '../kit/browser-tag.ts';
import { withParameters } from '../kit/tag-url.ts';
import type { GoogleAdsTagSettings, TagConversion } from './tag-settings.ts';

const tagIdRule =
  'Must be the tag ID of your Google Ads account: `AW-` and digits. Copy it from Tools > Data manager > Google tag.';
const labelRule = 'Must be the conversion label: the part after the slash in `send_to` of the event snippet, without spaces.';
const eventRule = 'Must be an event name: a letter, then up to 99 letters, digits or `_`. Correct the name.';

/** Creates the schema of the labels by event. A label may be the whole value of `send_to`, as it was copied. */
function createLabelsSchema() {
  const label = z
    .string(labelRule)
    .trim()
    .transform((text) => text.replace(/^AW-\d+\//, ''))
    .pipe(z.string().regex(/^[\w-]{1,100}$/, labelRule));
  return z
    .record(z.string(), label, 'Must have a conversion label for each event: {"Purchase": "AbC-D_efG"}.')
    .check(({ value, issues }) => {
      const seen = new Set<string>();
      for (const name of Object.keys(value)) {
        const canonical = normalizeEventName(name);
        const key = canonical?.toLowerCase() ?? '';
        const message = seen.has(key) ? 'Repeats an event by an alias or in another case. Remove one of them.' : eventRule;
        if (canonical === undefined || seen.has(key)) issues.push({ code: 'custom', input: value, path: [name], message });
        seen.add(key);
      }
    })
    .default({})
    .meta({
      title: 'Conversion labels',
      description:
        'Label of the conversion action of each event: the part after the slash in `send_to` of its event snippet. Other events are not reported.',
      pair: { add: 'Bind an event', value: 'Conversion label', placeholder: 'AbC-D_efG' },
    });
}

const schemas = createTagSchema({
  id: 'tagId',
  idValue: 'the tag ID of your Google Ads account, such as `AW-123456789`',
  create: (url) => ({
    tagId: z
      .string(tagIdRule)
      .trim()
      .regex(/^AW-[1-9]\d{5,14}$/, tagIdRule)
      .optional()
      .meta({ title: 'Tag ID', description: 'ID of the Google tag of your Google Ads account, such as `AW-123456789`.' }),
    labels: createLabelsSchema(),
    script: url(['https://www.googletagmanager.com/gtag/js']),
  }),
});

/** The Google tag, `gtag.js`. */
export const tag: TagDefinition<typeof schemas.file> = {
  label: 'Google tag',
  settings: schemas,
  // Google is vendor 755. To store, to build a profile, to select ads by it, and to measure them are the purposes that it needs (an assumption).
  // @source https://support.google.com/admanager/answer/9805023 (2026-11-27)
  tcf: { vendors: [755], purposes: [1, 3, 4, 7] },
  createDriverSettings,
};

const cartSettings = z.lazy(() => z.object({ merchantId: z.coerce.string().optional(), itemId: z.string().default('{id}') }));

function createDriverSettings(
  { mode, tagId, script, labels: given }: z.output<typeof schemas.file>,
  { connections, defaultCurrency: currency }: TagSurroundings,
): GoogleAdsTagSettings | undefined {
  if (mode === 'off' || tagId === undefined) return undefined;
  const shared = connections.find(({ enabled }) => enabled) ?? connections[0];
  const { merchantId, itemId = '{id}' } = cartSettings.safeParse(shared?.settings ?? {}).data ?? {};
  return {
    mode,
    tagId,
    script: withParameters(script, { id: tagId }),
    conversions: listConversions(given),
    itemId,
    ...(merchantId !== undefined && { merchantId }),
    ...(currency !== undefined && { currency }),
  };
}

/** Returns the conversions by the names and aliases of their events, in lower case. */
function listConversions(given: Readonly<Record<string, string>>): Readonly<Record<string, TagConversion>> {
  const all = Object.entries(given).flatMap(([name, text]) => {
    const canonical = normalizeEventName(name) ?? name;
    const conversion: TagConversion = { label: text, ...(canonical === 'Purchase' && { isPurchase: true }) };
    const names = isStandardEventName(canonical) ? listAliases(canonical) : [canonical.toLowerCase()];
    return names.map((each) => [each, conversion] as const);
  });
  return Object.fromEntries(all);
}
