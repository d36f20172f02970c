import { z } from 'zod';
import { normalizeEventName } from '../../event/event-names.ts';
import { renameLookupKey } from './event-names.ts';
import { isItemIdTemplate } from './item-id.ts';

const tagIdRule = 'Must be the UET tag id: 1 to 20 digits, not starting with 0. Copy it from Conversions > UET tag.';
const tokenRule =
  'Must be the token of this UET tag, without spaces. In Microsoft Advertising: UET tag > edit > Set up tagging > Use Conversions API > Copy token.';
const endpointRule =
  "Must be an http or https URL without credentials, query or fragment. Leave it out to use Microsoft's endpoint.";
const pageLoadsRule = 'Must be `auto`, `always` or `never`.';
const whenDeniedRule = 'Must be `skip` or `send-denied`.';
const eventNamesRule = 'Must be an object from event names to the names of your goals: {"Lead": "contact_form"}.';
const eventsRule = 'Must be `all`, or a list of event names: ["Purchase", "Lead"].';
const itemIdRule =
  'Must be 1 to 100 characters with at least one of {id}, {sku}, {productId} and {variantId}, and no other braces. Write it like shopify_US_{productId}_{variantId}.';
const customerIdRule =
  'Must be the customer id: 1 to 20 digits, not starting with 0. Copy the number after `cid=` in the URL of a Microsoft Advertising page.';
const noEventName = 'Must be an event name: a letter, then up to 99 letters, digits or `_`. Correct the name.';
const eventNameRule = 'Must be 1 to 100 characters: the action that your event goal compares with.';

/** The operator's settings for one connection to Microsoft Advertising. Parsing a parsed value again changes nothing. */
export const settings = z.strictObject(
  {
    tagId: numericId(tagIdRule).meta({
      title: 'UET tag ID',
      description:
        'Number of the UET tag that receives the events. Use the tag on your pages, so that Microsoft can merge the reports of the browser and of Convey.',
    }),
    token: z
      .string(tokenRule)
      .regex(/^[\x21-\x7e]+$/, tokenRule)
      .meta({
        title: 'Conversions API token',
        description:
          'Allows Convey to send events to this tag. It belongs to the tag, not to your account. In the config file, refer to an environment variable that contains it.',
        secret: true,
      }),
    endpoint: z
      .string(endpointRule)
      .refine(isEndpoint, endpointRule)
      .transform((url) => url.replace(/\/+$/, ''))
      .prefault('https://capi.uet.microsoft.com')
      .meta({
        title: 'Endpoint',
        description: 'Base URL of the Conversions API. Change it only to test Convey with the simulator.',
        fileOnly: true,
      }),
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
    events: z
      .union([z.literal('all'), z.array(z.string())], eventsRule)
      .transform((given, context) => {
        if (given === 'all') return given;
        if (given.length === 0) {
          const message = 'Must name at least one event. Add one, or set `enabled` of the connection to false.';
          context.addIssue({ code: 'custom', message });
        }
        const names = given.map((name, index) => {
          const canonical = normalizeEventName(name);
          if (canonical === undefined) context.addIssue({ code: 'custom', path: [index], message: noEventName });
          return canonical === undefined ? '' : renameLookupKey(canonical);
        });
        return [...new Set(names)];
      })
      .prefault('all')
      .meta({
        title: 'Events to send',
        description:
          'Events for Microsoft: `all`, or a list of names such as `["Purchase", "Lead"]`. Other events stay in Convey and are shown as skipped.',
      }),
    eventNames: z
      .record(z.string(), z.string(eventNameRule).trim().min(1, eventNameRule).max(100, eventNameRule), eventNamesRule)
      .transform((given, context) => {
        const names = new Map<string, string>();
        for (const [key, name] of Object.entries(given)) {
          const canonical = normalizeEventName(key);
          if (canonical === undefined) {
            context.addIssue({ code: 'custom', path: [key], message: noEventName });
          } else if (names.has(renameLookupKey(canonical))) {
            context.addIssue({
              code: 'custom',
              path: [key],
              message: 'Repeats an event by an alias or in another case. Remove one of them.',
            });
          } else names.set(renameLookupKey(canonical), name);
        }
        return Object.fromEntries(names);
      })
      .prefault({})
      .meta({
        title: 'Event names',
        description:
          'Event names that replace the standard ones and equal the action of your event goals. The browser tag must use the same names, otherwise Microsoft counts events twice.',
      }),
    itemId: z.string(itemIdRule).trim().max(100, itemIdRule).refine(isItemIdTemplate, itemIdRule).prefault('{id}').meta({
      title: 'Item IDs',
      description:
        "Format of the item ids in your Merchant Center feed, for example `shopify_US_{productId}_{variantId}`. The fields `{id}`, `{sku}`, `{productId}` and `{variantId}` are replaced by the item's values. If the item lacks one of them, its plain `{id}` is sent.",
    }),
    customerId: numericId(customerIdRule).exactOptional().meta({
      title: 'Customer ID',
      description:
        'Number of your Microsoft Advertising customer (manager account), for remarketing lists. ID Sync needs it. It is the number after `cid=` in the URL of Microsoft Advertising pages, not the tag ID or an account number.',
    }),
  },
  { error: (issue) => (issue.code === 'invalid_type' ? 'Must be an object with at least `tagId` and `token`.' : undefined) },
);

export type Settings = z.output<typeof settings>;

/** Accepts digits, also as a JSON number. */
function numericId(rule: string) {
  return z.preprocess(
    (given) => (typeof given === 'number' ? String(given) : given),
    z.string(rule).regex(/^[1-9]\d{0,19}$/, rule),
  );
}

function isEndpoint(text: string): boolean {
  if (/\s/.test(text) || !URL.canParse(text)) return false;
  const url = new URL(text);
  return /^https?:$/.test(url.protocol) && `${url.username}${url.password}` === '' && !/[?#]/.test(text);
}
