import { z } from 'zod';
import { tagModes } from '../../event/site.ts';
import type { TagDefinition } from '../kit/browser-tag.ts';
import { createVendorUrlSchema, webUrlSchema } from '../kit/tag-url.ts';
import type { ExampleTagSettings } from './tag-settings.ts';

/** The URL of the script, the only one that the dashboard accepts. */
const vendorScript = 'https://tag.ads.example/example.js';

const createSchema = (script: z.ZodURL) =>
  z.strictObject({
    mode: z.enum(tagModes, 'Must be `off`, `attach` or `load`.').default('off'),
    script: script.default(vendorScript).meta({
      title: 'Script URL',
      description: 'Used if the pixel loads the tag. Another URL needs the config file.',
    }),
  });

const file = createSchema(webUrlSchema);

/** The browser tag of Example Ads. */
export const tag: TagDefinition<typeof file> = {
  label: 'Example tag',
  settings: { file, dashboard: createSchema(createVendorUrlSchema([vendorScript])) },
  // @source https://ads.example/docs/consent (2026-11-24)
  tcf: { vendors: [], purposes: [1, 7] },
  createDriverSettings: ({ mode, script }): ExampleTagSettings | undefined => (mode === 'off' ? undefined : { mode, script }),
};
