import { z } from 'zod';
import { normalizeEventName } from '../../event/event-names.ts';
import { renameLookupKey } from '../kit/mapping/event-names.ts';

/**
 * - `website`: the Google tag reports the conversion too. Its action has the type “Website”, and the transaction id is that of the tag.
 * - `import`: only Convey reports it. Its action has the type “Website (Import from clicks)”.
 * @source https://developers.google.com/data-manager/api/devguides/events/send (2026-08-18)
 */
export const conversionKinds = ['website', 'import'] as const;
export type ConversionKind = (typeof conversionKinds)[number];

/** A conversion action of Google Ads. */
export interface Conversion {
  /** The number of the action: `ctId` in the address of its page. */
  readonly action: string;
  readonly kind: ConversionKind;
}

const conversionsRule =
  'Must bind at least one event to the number of a conversion action: {"Purchase": "987654321 website"}. The number is `ctId` in the address of the action\'s page.';
const conversionRule =
  'Must be the number of a conversion action, such as 987654321, with the kind `website` or `import`. A label such as AW-1/abc is not the number.';
const eventNameRule = 'Must be an event name: a letter, then up to 99 letters, digits or `_`. Correct the name.';
const repeatedRule = 'Repeats an event by an alias or in another case. Remove one of them.';

const actionPattern = /^[1-9]\d{0,18}$/;
/** The address of an action's page in Google Ads, as it is copied from the browser. */
const actionAddress = /^https:\/\/ads\.google\.com\/\S*[?&]ctId=(\d+)\S*/;
const textPattern = /^([1-9]\d{0,18})(?: +(website|import))?$/;

const listRule = 'Must be a list of objects with `event`, `actionId` and `kind`, or an object of texts by event.';

/** A conversion as an entry of a list. */
const entry = z.lazy(() =>
  z.strictObject(
    {
      event: z.string(eventNameRule),
      actionId: z.union([z.string(), z.int()], conversionRule),
      kind: z.enum(conversionKinds, 'Must be `website` or `import`.').default('website'),
    },
    listRule,
  ),
);

/** The setting `conversions`, by event or as a list. Parsed to texts by the lookup key of the event. */
export function conversionsSetting() {
  /** A conversion as a text, or as an object. Parsed to the text. */
  const conversion = z.union(
    [
      z
        .string()
        .trim()
        .overwrite((text) => text.replace(actionAddress, '$1'))
        .regex(textPattern)
        .transform((text) => {
          const [, action = '', kind = 'website'] = textPattern.exec(text) ?? [];
          return `${action} ${kind}`;
        }),
      z
        .int()
        .positive()
        .transform((action) => `${action} website`),
      z
        .strictObject({
          action: z.union([z.string().regex(actionPattern), z.int().positive()]),
          kind: z.enum(conversionKinds).default('website'),
        })
        .transform(({ action, kind }) => `${action} ${kind}`),
    ],
    conversionRule,
  );
  return z.preprocess(readList, z.record(z.string(), conversion, conversionsRule).transform(bindEvents));
}

/** Returns a list by event. Each problem is reported at its entry. */
function readList(given: unknown, context: z.core.$RefinementCtx): unknown {
  if (!Array.isArray(given)) return given;
  const { data, error } = z.array(entry).safeParse(given);
  if (error) {
    for (const { path, message } of error.issues) context.addIssue({ code: 'custom', path, message });
    return z.NEVER;
  }
  const found = new Map<string, string>();
  for (const [index, { event, actionId, kind }] of data.entries()) {
    if (found.has(event)) context.addIssue({ code: 'custom', path: [index, 'event'], message: repeatedRule });
    found.set(event, `${actionId} ${kind}`);
  }
  return Object.fromEntries(found);
}

function bindEvents(given: Readonly<Record<string, string>>, context: z.core.$RefinementCtx): Readonly<Record<string, string>> {
  const found = new Map<string, string>();
  for (const [name, text] of Object.entries(given)) {
    const canonical = normalizeEventName(name);
    const key = canonical === undefined ? undefined : renameLookupKey(canonical);
    if (key === undefined || found.has(key)) {
      const message = key === undefined ? eventNameRule : repeatedRule;
      context.addIssue({ code: 'custom', path: [name], message });
    } else found.set(key, text);
  }
  if (Object.keys(given).length === 0) context.addIssue({ code: 'custom', message: conversionsRule });
  return Object.fromEntries(found);
}

type Conversions = z.output<ReturnType<typeof conversionsSetting>>;

/** Returns the conversion that an event is bound to, if any. */
export function findConversion(eventName: string, conversions: Conversions): Conversion | undefined {
  const key = renameLookupKey(eventName);
  return Object.hasOwn(conversions, key) ? parseConversion(conversions[key]) : undefined;
}

/** Returns each bound action once. */
export function listActions(conversions: Conversions): readonly string[] {
  return [...new Set(Object.values(conversions).flatMap((text) => parseConversion(text)?.action ?? []))];
}

function parseConversion(text = ''): Conversion | undefined {
  const [, action, kind = 'website'] = textPattern.exec(text) ?? [];
  return action === undefined ? undefined : { action, kind: kind === 'import' ? 'import' : 'website' };
}
