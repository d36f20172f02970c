import { z } from 'zod';
import { endpointSetting, eventNamesSetting, eventsSetting, itemIdSetting, tokenSetting } from '../kit/settings.ts';
import { maxLengths, patterns } from './payload.ts';

/** The platform's own endpoint. */
export const standardEndpoint = 'https://business-api.tiktok.com';

const pixelCodeRule =
  'Must be the pixel code, such as C4ABCDEF0123456789AB: letters and digits. Copy it from Events Manager > your pixel > Settings.';
const tokenRule =
  'Must be an access token of the Events API, without spaces. In Events Manager: your pixel > Settings > Events API > Generate access token.';
const testEventCodeRule =
  'Must be the code of the Test Events tab: letters, digits, `_` or `-`, at most 50. Remove the setting after testing.';
const browserTagRule = 'Must be `on` or `off`.';
const pageViewsRule = 'Must be `auto`, `always` or `never`.';
const limitedDataUseRule = 'Must be `off` or `us-states`.';
const contentTypeRule = 'Must be `product` or `product_group`.';
const eventNamesRule = 'Must have one of TikTok\'s event names for each event: {"Lead": "Contact"}.';
const eventNameRule = `Must be 1 to ${maxLengths.eventName} characters without control characters, which is the longest name that Convey sends to TikTok.`;

/** The operator's settings for one connection to TikTok. Parsing a parsed value again changes nothing. */
export const settings = z.lazy(() =>
  z.strictObject(
    {
      pixelCode: z.string(pixelCodeRule).trim().regex(patterns.pixelCode, pixelCodeRule).meta({
        title: 'Pixel code',
        description:
          'Code of the pixel that receives the events. Use this pixel on your pages, so that TikTok can merge the reports of the browser and of Convey.',
      }),
      token: tokenSetting(tokenRule).meta({
        title: 'Access token',
        description:
          'Allows Convey to send events to this pixel. In the config file, refer to an environment variable that contains it.',
        secret: true,
      }),
      endpoint: endpointSetting({ platform: 'TikTok', service: 'the Business API' }, standardEndpoint),
      testEventCode: z.string(testEventCodeRule).trim().regex(patterns.testEventCode, testEventCodeRule).exactOptional().meta({
        title: 'Test event code',
        description:
          'Code of Events Manager > Test Events, such as `TEST12345`. TikTok then shows the events there, and Convey leaves the connection out of the accuracy. Remove it after testing.',
      }),
      browserTag: z.enum(['on', 'off'], browserTagRule).prefault('on').meta({
        title: 'TikTok Pixel on the pages',
        description:
          'Whether TikTok receives the same events from its pixel. `on`: events expire after 47 hours, because TikTok counts a later copy again. `off`: events expire after seven days less an hour.',
      }),
      pageViews: z.enum(['auto', 'always', 'never'], pageViewsRule).prefault('never').meta({
        title: 'Page views',
        description:
          'The TikTok Pixel reports page views without an event ID, so TikTok would count those of Convey again. `never` sends none. `auto` sends a page view unless the TikTok Pixel ran on the page. `always` sends all: use it only on pages without the TikTok Pixel.',
      }),
      limitedDataUse: z.enum(['off', 'us-states'], limitedDataUseRule).prefault('off').meta({
        title: 'Limited Data Use',
        description:
          'Privacy laws of US states. `us-states` sends every event with `limited_data_use`, which TikTok applies by the place of the shopper. It does not replace consent.',
      }),
      events: eventsSetting('TikTok'),
      eventNames: eventNamesSetting({ rule: eventNamesRule, nameRule: eventNameRule, maxLength: maxLengths.eventName })
        .refine((names) => Object.values(names).every((name) => patterns.eventName.test(name)), eventNameRule)
        .meta({
          title: 'Event names',
          description:
            "Event names that replace TikTok's standard ones. The TikTok Pixel must use the same names, otherwise TikTok counts events twice.",
        }),
      itemId: itemIdSetting('TikTok catalogue'),
      contentType: z.enum(['product', 'product_group'], contentTypeRule).prefault('product').meta({
        title: 'Content type',
        description:
          'Meaning of the item ids: `product` if they are the SKU ids of the catalogue, `product_group` if they are the ids of groups.',
      }),
    },
    {
      error: (issue) => (issue.code === 'invalid_type' ? 'Must be an object with at least `pixelCode` and `token`.' : undefined),
    },
  ),
);

export type Settings = z.output<typeof settings>;
