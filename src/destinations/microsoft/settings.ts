import { z } from 'zod';
import {
  endpointSetting,
  eventNamesSetting,
  eventsSetting,
  itemIdSetting,
  numericIdSetting,
  tokenSetting,
} from '../kit/settings.ts';

/** The platform's own endpoint. */
export const standardEndpoint = 'https://capi.uet.microsoft.com';

const tagIdRule = 'Must be the UET tag id: 1 to 20 digits, not starting with 0. Copy it from Conversions > UET tag.';
const tokenRule =
  'Must be the token of this UET tag, without spaces. In Microsoft Advertising: UET tag > edit > Set up tagging > Use Conversions API > Copy token.';
const pageLoadsRule = 'Must be `auto`, `always` or `never`.';
const whenDeniedRule = 'Must be `skip` or `send-denied`.';
const eventNamesRule = 'Must have the name of a goal for each event: {"Lead": "contact_form"}.';
const latePurchasesRule = 'Must be `off` or `on`.';
const customerIdRule =
  'Must be the customer id: 1 to 20 digits, not starting with 0. Copy the number after `cid=` in the URL of a Microsoft Advertising page.';
const adjustGoalsRule =
  'Must be the names of up to 20 goals, each of 1 to 100 characters: ["Purchase"]. Copy them from Conversions > Conversion goals.';
const adjustAfterRule = 'Must be a number of hours from 1 to 720.';
const eventNameRule = 'Must be 1 to 100 characters: the action that your event goal compares with.';

/** The operator's settings for one connection to Microsoft Advertising. Parsing a parsed value again changes nothing. */
export const settings = z.lazy(() =>
  z.strictObject(
    {
      tagId: numericIdSetting(tagIdRule).meta({
        title: 'UET tag ID',
        description:
          'Number of the UET tag that receives the events. Use the tag on your pages, so that Microsoft can merge the reports of the browser and of Convey.',
      }),
      token: tokenSetting(tokenRule).meta({
        title: 'Conversions API token',
        description:
          'Allows Convey to send events to this tag. It belongs to the tag, not to your account. In the config file, refer to an environment variable that contains it.',
        secret: true,
      }),
      endpoint: endpointSetting({ platform: 'Microsoft', service: 'the Conversions API' }, standardEndpoint),
      pageLoads: z.enum(['auto', 'always', 'never'], pageLoadsRule).prefault('auto').meta({
        title: 'Page views',
        description:
          'Microsoft cannot merge page views of the browser tag and of Convey. `auto` sends a page view unless the browser tag ran on the page. `always` sends all, `never` sends none.',
      }),
      whenDenied: z.enum(['skip', 'send-denied'], whenDeniedRule).prefault('skip').meta({
        title: 'Denied events',
        description:
          '`skip` sends nothing. `send-denied` sends the event marked as denied, with a one-time id and without personal data. Microsoft does not use it for advertising.',
      }),
      events: eventsSetting('Microsoft'),
      eventNames: eventNamesSetting({ rule: eventNamesRule, nameRule: eventNameRule, maxLength: 100 }).meta({
        title: 'Event names',
        description:
          'Event names that replace the standard ones and equal the action of your event goals. The browser tag must use the same names, otherwise Microsoft counts events twice.',
      }),
      itemId: itemIdSetting('Merchant Center feed'),
      latePurchases: z.enum(['off', 'on'], latePurchasesRule).prefault('off').meta({
        title: 'Late purchases',
        description:
          '`on` accepts events that are up to 90 days old, and uploads purchases that the Conversions API cannot take any more as offline conversions. So are their refunds. Needs a connected account.',
      }),
      customerId: numericIdSetting(customerIdRule).exactOptional().meta({
        title: 'Customer ID',
        description:
          'Number of your Microsoft Advertising customer (manager account), for remarketing lists. ID Sync needs it. It is the number after `cid=` in the URL of Microsoft Advertising pages, not the tag ID or an account number.',
      }),
      adjustGoals: z
        .array(z.string(adjustGoalsRule).trim().min(1, adjustGoalsRule).max(100, adjustGoalsRule), adjustGoalsRule)
        .max(20, adjustGoalsRule)
        .transform((names) => [...new Set(names)])
        .prefault([])
        .meta({
          title: 'Goals to adjust',
          offers: 'goals',
          description:
            'Names of the goals that count purchases. Refunds and cancellations of delivered purchases are sent to them through the connected account. None: refunds stay in Convey.',
        }),
      adjustAfterHours: z.number(adjustAfterRule).min(1, adjustAfterRule).max(720, adjustAfterRule).prefault(24).meta({
        title: 'Hours before a refund is sent',
        description: 'Microsoft may need this time after a purchase was delivered until the purchase can be adjusted.',
      }),
    },
    { error: (issue) => (issue.code === 'invalid_type' ? 'Must be an object with at least `tagId` and `token`.' : undefined) },
  ),
);

export type Settings = z.output<typeof settings>;
