import { z } from 'zod';
import { type CaptureSettings, captureModes, ga4EventNames, maxMappings } from '../event/capture-settings.ts';
import { consentCategories, consentToolChoices } from '../event/consent-tool-names.ts';
import { normalizeEventName } from '../event/event-names.ts';
import { checkEmbeds, leadMembers } from './lead-schema.ts';
import { linksSchema } from './links-schema.ts';
import { pagesSchema } from './pages-schema.ts';

const layerRule = 'Must be the name of a global variable, such as `dataLayer`.';
const layer = z.string(layerRule).regex(/^[A-Za-z_$][\w$]{0,63}$/, layerRule);

const layersRule = 'Must be the name of a global variable, or a list of 1 to 4.';

const pathRule = 'Must be up to 6 names with dots between them, such as `basket.total`.';
const path = z.string(pathRule).regex(/^[^.:|\s]{1,64}(?:\.[^.:|\s]{1,64}){0,5}$/, pathRule);
const nameRule = 'Must be a name, such as `sku`.';
const itemName = z.string(nameRule).regex(/^[^.:|\s]{1,64}$/, nameRule);
const asRule =
  'Must be a name of 1 to 100 letters, digits and `_`, such as `Purchase`, and no refund: only the shop refunds an order.';

const itemFields = z.strictObject({
  id: itemName.exactOptional(),
  name: itemName.exactOptional(),
  price: itemName.exactOptional(),
  quantity: itemName.exactOptional(),
  discount: itemName.exactOptional(),
  brand: itemName.exactOptional(),
  category: itemName.exactOptional(),
  variant: itemName.exactOptional(),
});

/** An event of the page's own, and where its fields are. */
const mapping = z.strictObject({
  as: z.string(asRule).transform((text, context) => {
    const name = normalizeEventName(text);
    if (name === undefined || /^(Refund|OrderCancelled)$/.test(name)) context.addIssue({ code: 'custom', message: asRule });
    return name ?? z.NEVER;
  }),
  value: path.exactOptional(),
  currency: path.exactOptional(),
  orderId: path.exactOptional(),
  tax: path.exactOptional(),
  shipping: path.exactOptional(),
  coupon: path.exactOptional(),
  searchTerm: path.exactOptional(),
  customerType: path.exactOptional(),
  items: path.exactOptional(),
  item: itemFields.exactOptional(),
});

const dataLayer = z.strictObject({
  mode: z
    .enum(captureModes, `Must be one of ${captureModes.join(', ')}.`)
    .default('off')
    .describe(
      '`on` reports the events, `preview` [shows](../guides/data-layer.md#preview) what pages write, and reports nothing, `off` reads nothing.',
    ),
  layer: z
    .union([layer, z.array(layer).min(1, layersRule).max(4, layersRule)], layersRule)
    .default('dataLayer')
    .describe('The name of the global variable, or a list of up to 4.'),
  events: z
    .array(z.enum(ga4EventNames, `Must be among ${ga4EventNames.join(', ')}.`), 'Must be a list of names of GA4.')
    .max(ga4EventNames.length, `Must have at most ${ga4EventNames.length} names.`)
    .exactOptional()
    .describe(
      "GA4's names of the events that are reported. Default: those of the [guide](../guides/data-layer.md). `purchase` is left out where the shop reports its orders itself, unless `purchases` is `confirmed`.",
    ),
  map: z
    .record(z.string().regex(/^\S{1,100}$/, 'Must be the name of an event, without spaces.'), mapping)
    .refine((map) => Object.keys(map).length <= maxMappings, `Must have at most ${maxMappings} entries.`)
    .default({})
    .describe('Up to 16 other events by name: `as`, and the path of each field.'),
});

const categoryRule = 'Must be 1 to 64 letters, digits, spaces, `_`, `.`, `:` or `-`.';
const categoryTools = Object.keys(consentCategories);

/** The members about the consent tool. */
const consentFields = {
  consentTool: z
    .enum(consentToolChoices, `Must be one of ${consentToolChoices.join(', ')}.`)
    .exactOptional()
    .describe(
      'The [consent tool](../guides/consent.md#consent-tools) that the pixel reads beside the common ones: its name, or `auto`. Default: none.',
    ),
  consentCategory: z
    .string(categoryRule)
    .regex(/^[\w .:-]{1,64}$/, categoryRule)
    .exactOptional()
    .describe(
      "The tool's name of the category for advertising, if it is not the [usual one](../guides/consent.md#consent-tools).",
    ),
};

/** What the pixel reads of a page beside calls of `convey`. All is off without it. */
export const captureSchema = z
  .strictObject({
    dataLayer: dataLayer.prefault({}).describe('Events that the page writes for Google: see [no code](../guides/data-layer.md).'),
    ...leadMembers,
    pages: pagesSchema.exactOptional(),
    links: linksSchema.exactOptional(),
    ...consentFields,
  })
  .superRefine(checkEmbeds)
  .refine(
    ({ consentTool, consentCategory }) =>
      consentCategory === undefined || (consentTool !== undefined && categoryTools.includes(consentTool)),
    {
      path: ['consentCategory'],
      message: `Must be absent, unless \`consentTool\` is one of ${categoryTools.join(', ')}.`,
    },
  );

export function toCaptureSettings({
  dataLayer: { layer, ...settings },
  ...others
}: z.output<typeof captureSchema>): CaptureSettings {
  return { ...others, dataLayer: { ...settings, layer: [layer].flat() } };
}
