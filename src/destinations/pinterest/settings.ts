import { z } from 'zod';
import {
  endpointSetting,
  eventNamesSetting,
  eventsSetting,
  itemIdSetting,
  numericIdSetting,
  tokenSetting,
} from '../kit/settings.ts';
import { eventNamePattern, maxLengths } from './payload.ts';

/** The platform's own endpoint. */
export const standardEndpoint = 'https://api.pinterest.com';

const adAccountIdRule =
  'Must be the ad account ID: up to 18 digits, not starting with 0. Copy it from Ads Manager; it is not the tag ID.';
const tokenRule =
  'Must be a conversion access token, without spaces. In Ads Manager: Conversions > Conversions API > Generate new token.';
const testModeRule = 'Must be `off` or `on`.';
const pageViewsRule = 'Must be `auto`, `always` or `never`.';
const viewContentRule = 'Must be `page_visit` or `view_content`.';
const productPagesRule = 'Must be `page-view` or `view-content`.';
const customEventsRule = 'Must be `own-name` or `custom`.';
const dataProcessingRule = 'Must be `off` or `california`.';
const tagVisitorRule = 'Must be `off` or `external-id`.';
const eventNamesRule = 'Must have one of Pinterest\'s event names for each event: {"SignUp": "lead"}.';
const eventNameRule = `Must be 1 to ${maxLengths.eventName} lower-case letters, digits or \`_\`, like Pinterest's own names: add_to_cart.`;

/** The operator's settings for one connection to Pinterest. Parsing a parsed value again changes nothing. */
export const settings = z.lazy(() =>
  z.strictObject(
    {
      adAccountId: numericIdSetting(adAccountIdRule, 18).meta({
        title: 'Ad account ID',
        description:
          'Number of the ad account that receives the events, up to 18 digits. It is in the URL of Ads Manager. The tag ID is another number, which only the browser tag uses.',
      }),
      token: tokenSetting(tokenRule).meta({
        title: 'Conversion access token',
        description:
          'Allows Convey to send events to this ad account. In the config file, refer to an environment variable that contains it.',
        secret: true,
      }),
      endpoint: endpointSetting({ platform: 'Pinterest', service: 'the Pinterest API' }, standardEndpoint),
      testMode: z.enum(['off', 'on'], testModeRule).prefault('off').meta({
        title: 'Test mode',
        description:
          '`on`: Pinterest checks the events like others and records none of them. Set it back to `off` after testing.',
      }),
      pageViews: z.enum(['auto', 'always', 'never'], pageViewsRule).prefault('auto').meta({
        title: 'Page views',
        description:
          "Pinterest can merge page views only if the Pinterest tag reports them with Convey's event ID. `auto` sends a page view unless the page's own code reported it to the tag. `always` sends all, `never` sends none.",
      }),
      viewContent: z.enum(['page_visit', 'view_content'], viewContentRule).prefault('page_visit').meta({
        title: 'Product views',
        description:
          "Pinterest's event for `ViewContent`. `page_visit` with the product is used for product retargeting. The Pinterest tag must use the same name.",
      }),
      productPages: z.enum(['page-view', 'view-content'], productPagesRule).prefault('page-view').meta({
        title: 'Product pages',
        description:
          'Set it to `view-content` if your product pages report both `PageView` and `ViewContent`. The page view of a product page is then skipped, because both would be a `page_visit`. `page-view` skips none.',
      }),
      customEvents: z.enum(['own-name', 'custom'], customEventsRule).prefault('own-name').meta({
        title: 'Custom events',
        description:
          "Pinterest's name for events of your own. `own-name` sends the name in lower case, for audiences. `custom` sends them all as `custom`, which Pinterest also reports.",
      }),
      limitedDataProcessing: z.enum(['off', 'california'], dataProcessingRule).prefault('off').meta({
        title: 'Limited Data Processing',
        description:
          'Privacy law of California. `california` marks every event of this connection with Limited Data Processing and with California as its place. It does not replace consent.',
      }),
      tagVisitor: z.enum(['off', 'external-id'], tagVisitorRule).prefault('off').meta({
        title: "The tag's visitor",
        description:
          "`external-id` also sends the hash of the tag's cookie `_pin_unauth` as an external ID, as Pinterest's own extension for Magento does. `off` sends your customer IDs only.",
      }),
      events: eventsSetting('Pinterest'),
      eventNames: eventNamesSetting({ rule: eventNamesRule, nameRule: eventNameRule, maxLength: maxLengths.eventName })
        .refine((names) => Object.values(names).every((name) => eventNamePattern.test(name)), eventNameRule)
        .meta({
          title: 'Event names',
          description:
            "Event names that replace Pinterest's standard ones. The Pinterest tag must use the same names, otherwise Pinterest counts events twice.",
        }),
      itemId: itemIdSetting('Pinterest catalogue'),
    },
    {
      error: (issue) =>
        issue.code === 'invalid_type' ? 'Must be an object with at least `adAccountId` and `token`.' : undefined,
    },
  ),
);

export type Settings = z.output<typeof settings>;
