import { z } from 'zod';
import {
  endpointSetting,
  eventNamesSetting,
  eventsSetting,
  itemIdSetting,
  numericIdSetting,
  tokenSetting,
} from '../kit/settings.ts';
import { mappedCustomFields, maxLengths } from './payload.ts';

/** The platform's own endpoint. */
export const standardEndpoint = 'https://graph.facebook.com';

const datasetIdRule =
  'Must be the dataset ID: 5 to 20 digits, not starting with 0. Copy it from Events Manager > Data sources > your dataset > Settings.';
const tokenRule =
  'Must be an access token of this dataset, without spaces. In Events Manager: your dataset > Settings > Conversions API > Generate access token.';
const apiVersionRule =
  'Must be a version of the Graph API, such as v26.0. Leave it out to use the version that Convey was tested with.';
const testEventCodeRule =
  'Must be the code of the Test events tab: letters, digits, `_` or `-`, at most 50. Remove the setting after testing.';
const pageViewsRule = 'Must be `auto`, `always` or `never`.';
const dataProcessingRule = 'Must be `off` or `us-states`.';
const contentTypeRule = 'Must be `product` or `product_group`.';
const eventNamesRule = 'Must have one of Meta\'s event names for each event: {"Lead": "Contact"}.';
const eventNameRule = `Must be 1 to ${maxLengths.eventName} characters: Meta accepts no longer event name.`;
const propertiesRule = 'Must be a list of keys of `properties`: ["margin", "predicted_ltv"], or a text with commas.';
const propertyRule = 'Must be a key of 1 to 50 letters, digits or `_` that begins with a letter. Correct the key.';
const mappedPropertyRule = 'Must not be a field that Convey fills from `commerce`. Remove it, and send the value in `commerce`.';

/** The operator's settings for one connection to Meta. Parsing a parsed value again changes nothing. */
export const settings = z.lazy(() =>
  z.strictObject(
    {
      datasetId: numericIdSetting(datasetIdRule, 20, 5).meta({
        title: 'Dataset ID',
        description:
          'Number of the dataset that receives the events. It equals the ID of the Meta Pixel. Use this pixel on your pages, so that Meta can merge the reports of the browser and of Convey.',
      }),
      token: tokenSetting(tokenRule).meta({
        title: 'Access token',
        description:
          'Allows Convey to send events to this dataset. In the config file, refer to an environment variable that contains it.',
        secret: true,
      }),
      apiVersion: z
        .string(apiVersionRule)
        .regex(/^v\d{2}\.\d$/, apiVersionRule)
        .prefault('v26.0')
        .meta({
          title: 'API version',
          description:
            'Version of the Graph API in the URL. Change it only if Meta ends this version before you can update Convey.',
          fileOnly: true,
        }),
      endpoint: endpointSetting({ platform: 'Meta', service: 'the Graph API' }, standardEndpoint),
      testEventCode: z
        .string(testEventCodeRule)
        .trim()
        .regex(/^[\w-]{1,50}$/, testEventCodeRule)
        .exactOptional()
        .meta({
          title: 'Test event code',
          description:
            'Code of Events Manager > Test events, such as `TEST12345`. Events are also shown there, and still count for your ads. Remove it after testing.',
        }),
      pageViews: z.enum(['auto', 'always', 'never'], pageViewsRule).prefault('auto').meta({
        title: 'Page views',
        description:
          "Meta can merge page views only if the Meta Pixel reports them with Convey's event ID. `auto` sends a page view unless the Meta Pixel ran on the page. `always` sends all, `never` sends none.",
      }),
      dataProcessing: z.enum(['off', 'us-states'], dataProcessingRule).prefault('off').meta({
        title: 'Limited Data Use',
        description:
          'Privacy laws of US states. `off` sends no data processing options. `us-states` sends every event with Limited Data Use, which Meta applies by the place of the shopper. It does not replace consent.',
      }),
      events: eventsSetting('Meta'),
      eventNames: eventNamesSetting({ rule: eventNamesRule, nameRule: eventNameRule, maxLength: maxLengths.eventName }).meta({
        title: 'Event names',
        description:
          "Event names that replace Meta's standard ones. The Meta Pixel must use the same names, otherwise Meta counts events twice.",
      }),
      itemId: itemIdSetting('Meta catalogue'),
      contentType: z.enum(['product', 'product_group'], contentTypeRule).prefault('product').meta({
        title: 'Content type',
        description:
          'Meaning of the item ids. `product`: ids of single products or variants in the catalogue. `product_group`: ids of groups.',
      }),
      properties: z
        .preprocess(
          splitText,
          z
            .array(z.string(propertyRule).regex(/^[A-Za-z]\w{0,49}$/, propertyRule), propertiesRule)
            .refine((keys) => !keys.some((key) => mappedCustomFields.some((field) => field === key)), mappedPropertyRule)
            .transform((keys) => [...new Set(keys)]),
        )
        .prefault([])
        .meta({
          title: 'Properties to send',
          description:
            'Keys of `properties` that are sent to Meta as custom data, such as `margin, predicted_ltv`. Others stay in Convey. Never name a key that holds personal data.',
        }),
    },
    {
      error: (issue) => (issue.code === 'invalid_type' ? 'Must be an object with at least `datasetId` and `token`.' : undefined),
    },
  ),
);

export type Settings = z.output<typeof settings>;

/** Splits the text of a form's field at its commas. */
function splitText(input: unknown): unknown {
  if (typeof input !== 'string') return input;
  return input
    .split(',')
    .map((key) => key.trim())
    .filter((key) => key !== '');
}
