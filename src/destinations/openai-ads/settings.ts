import { z } from 'zod';
import { endpointSetting, eventNamesSetting, eventsSetting, itemIdSetting, tokenSetting } from '../kit/settings.ts';
import { customNamePattern, reservedNames } from './event-names.ts';
import { maxLengths } from './payload.ts';

const pixelIdRule =
  'Must be the pixel ID: letters, digits, `_` or `-`, at most 128. Copy it from Ads Manager > Conversions > your pixel.';
const keyRule =
  'Must be a Conversions API key, without spaces. Create one in Ads Manager > Conversions; a key of the OpenAI platform or of the Advertiser API does not work.';
const modeRule = 'Must be `live` or `validate`.';
const itemAmountRule = 'Must be `piece` or `line`.';
const userFieldsRule = 'Must be `lists` or `single`.';
const eventNamesRule = 'Must have one of OpenAI\'s event names for each event: {"Subscribe": "subscription_created"}.';
const eventNameRule =
  'Must be an event of OpenAI for websites, or a custom name. A custom name has 1 to 64 letters, digits, `_` or `-`, with a letter or digit at both ends.';

/** The operator's settings for one connection to ChatGPT ads. Parsing a parsed value again changes nothing. */
export const settings = z.lazy(() =>
  z.strictObject(
    {
      pixelId: z
        .string(pixelIdRule)
        .trim()
        .regex(/^[\w-]{1,128}$/, pixelIdRule)
        .meta({
          title: 'Pixel ID',
          description:
            'Pixel that receives the events. Use the same pixel on your pages, so that OpenAI can merge the reports of the browser and of Convey.',
        }),
      token: tokenSetting(keyRule).meta({
        title: 'Conversions API key',
        description:
          'Allows Convey to send events to this pixel. In the config file, refer to an environment variable that contains it.',
        secret: true,
      }),
      endpoint: endpointSetting({ platform: 'OpenAI', service: 'the Conversions API' }, 'https://bzr.openai.com'),
      mode: z.enum(['live', 'validate'], modeRule).prefault('live').meta({
        title: 'Mode',
        description:
          'In the mode `validate`, OpenAI checks the events and stores none of them. Set it back to `live` after testing.',
      }),
      events: eventsSetting('ChatGPT ads'),
      eventNames: eventNamesSetting({ rule: eventNamesRule, nameRule: eventNameRule, maxLength: maxLengths.eventName })
        .refine(
          (names) =>
            Object.values(names).every((name) => customNamePattern.test(name) && !reservedNames.includes(name.toLowerCase())),
          eventNameRule,
        )
        .meta({
          title: 'Event names',
          description:
            "Event names that replace OpenAI's standard ones. The OpenAI pixel must use the same names, otherwise OpenAI counts events twice.",
        }),
      itemId: itemIdSetting('product feed'),
      itemAmount: z.enum(['piece', 'line'], itemAmountRule).prefault('piece').meta({
        title: 'Amount of an item',
        description:
          "Meaning of an item's amount: `piece` is the price of one piece, `line` the price of all its pieces. OpenAI does not document which it expects.",
      }),
      userFields: z.enum(['lists', 'single'], userFieldsRule).prefault('lists').meta({
        title: 'User fields',
        description:
          "Form of the person's values. `lists` is the documented form, such as `emails_sha256`. `single` is the older one, such as `email_sha256`. Change it only if OpenAI refuses the lists.",
        fileOnly: true,
      }),
    },
    { error: (issue) => (issue.code === 'invalid_type' ? 'Must be an object with at least `pixelId` and `token`.' : undefined) },
  ),
);

export type Settings = z.output<typeof settings>;
