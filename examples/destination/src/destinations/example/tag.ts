import { z } from 'zod';
import { createTagSchema, type TagDefinition } from '../kit/browser-tag.ts';
import { withParameters } from '../kit/tag-url.ts';
import type { ExampleTagSettings } from './tag-settings.ts';

const tagIdRule = 'Must be the tag ID: 1 to 20 letters or digits. Copy it from Account > Tag.';

const schemas = createTagSchema({
  id: 'tagId',
  idValue: 'the ID of the tag on the page',
  create: (url) => ({
    tagId: z
      .string(tagIdRule)
      .regex(/^[A-Za-z0-9]{1,20}$/, tagIdRule)
      .optional()
      .meta({ title: 'Tag ID', description: 'ID of the Example tag.' }),
    script: url(['https://tag.ads.example/example.js']),
  }),
});

/** The browser tag of Example Ads. */
export const tag: TagDefinition<typeof schemas.file> = {
  label: 'Example tag',
  settings: schemas,
  // @source https://ads.example/docs/consent (2026-11-24)
  tcf: { vendors: [], purposes: [1, 7] },
  createDriverSettings: ({ mode, tagId, script }): ExampleTagSettings | undefined =>
    mode === 'off' || tagId === undefined ? undefined : { mode, script: withParameters(script, { id: tagId }) },
};
