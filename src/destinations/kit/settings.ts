import { z } from 'zod';
import { normalizeEventName } from '../../event/event-names.ts';
import { renameLookupKey } from './mapping/event-names.ts';
import { isItemIdTemplate } from './mapping/item-id.ts';

const noEventName = 'Must be an event name: a letter, then up to 99 letters, digits or `_`. Correct the name.';
const eventsRule = 'Must be `all`, or a list of event names: ["Purchase", "Lead"].';
const itemIdRule =
  'Must be 1 to 100 characters with at least one of {id}, {sku}, {productId} and {variantId}, and no other braces. Write it like shopify_US_{productId}_{variantId}.';

/** The setting `token`: the platform's credential, sent in a header. */
export function tokenSetting(rule: string) {
  return z.string(rule).regex(/^[\x21-\x7e]+$/, rule);
}

interface EndpointWords {
  readonly platform: string;
  readonly title?: string;
  /** The part of the platform that the endpoint serves: `the Graph API`. */
  readonly service: string;
}

/** The setting `endpoint`: scheme, host and port in place of the platform's own. Only the config file may have it. */
export function endpointSetting({ platform, title = 'Endpoint', service }: EndpointWords, standard: string) {
  const rule = `Must be an http or https URL without credentials, query or fragment. Leave it out to use ${platform}'s endpoint.`;
  return z
    .string(rule)
    .refine(isEndpoint, rule)
    .transform((url) => url.replace(/\/+$/, ''))
    .prefault(standard)
    .meta({
      title,
      description: `Base URL of ${service}. Change it only to test Convey with the simulator.`,
      fileOnly: true,
    });
}

function isEndpoint(text: string): boolean {
  if (/\s/.test(text) || !URL.canParse(text)) return false;
  const url = new URL(text);
  return /^https?:$/.test(url.protocol) && `${url.username}${url.password}` === '' && !/[?#]/.test(text);
}

/** An id of digits that does not begin with 0, also as a JSON number. */
export function numericIdSetting(rule: string, maxDigits = 20, minDigits = 1) {
  return z.preprocess(
    (input) => (typeof input === 'number' ? String(input) : input),
    z.string(rule).regex(new RegExp(`^[1-9]\\d{${minDigits - 1},${maxDigits - 1}}$`), rule),
  );
}

/** The setting `events`: `all`, or the events to send. Parsed to lookup keys. */
export function eventsSetting(platform: string) {
  return z
    .union([z.literal('all'), z.array(z.string())], eventsRule)
    .transform((value, context) => {
      if (value === 'all') return value;
      if (value.length === 0) {
        const message = 'Must name at least one event. Add one, or set `enabled` of the connection to false.';
        context.addIssue({ code: 'custom', message });
      }
      const names = value.map((name, index) => {
        const canonical = normalizeEventName(name);
        if (canonical === undefined) context.addIssue({ code: 'custom', path: [index], message: noEventName });
        return canonical === undefined ? '' : renameLookupKey(canonical);
      });
      return [...new Set(names)];
    })
    .prefault('all')
    .meta({
      title: 'Events to send',
      description: `Events for ${platform}: \`all\`, or a list of names such as \`["Purchase", "Lead"]\`. Other events stay in Convey and are shown as skipped.`,
    });
}

/** The setting `eventNames`: the platform's names by event. Parsed to names by lookup key. */
export function eventNamesSetting(rules: { readonly rule: string; readonly nameRule: string; readonly maxLength: number }) {
  const { rule, nameRule, maxLength } = rules;
  return z
    .record(z.string(), z.string(nameRule).trim().min(1, nameRule).max(maxLength, nameRule), rule)
    .transform((raw, context) => {
      const names = new Map<string, string>();
      for (const [key, name] of Object.entries(raw)) {
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
    .prefault({});
}

/** The setting `itemId`: the template of an item's id in the platform's product feed. */
export function itemIdSetting(feed: string) {
  return z
    .string(itemIdRule)
    .trim()
    .max(100, itemIdRule)
    .refine(isItemIdTemplate, itemIdRule)
    .prefault('{id}')
    .meta({
      title: 'Item IDs',
      description: `Format of the item ids in your ${feed}, for example \`shopify_US_{productId}_{variantId}\`. The fields \`{id}\`, \`{sku}\`, \`{productId}\` and \`{variantId}\` are replaced by the item's values. If the item lacks one of them, its plain \`{id}\` is sent.`,
    });
}
