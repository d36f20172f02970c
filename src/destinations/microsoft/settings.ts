import { z } from 'zod';
import { canonicalName } from '../../event/names.ts';
import { renameKey } from './names.ts';

const tagIdRule = 'Must be the UET tag id: 1 to 20 digits, not starting with 0. Copy it from Conversions > UET tag.';
const tokenRule =
  'Must be the token of this UET tag, without spaces. In Microsoft Advertising: UET tag > edit > Set up tagging > Use Conversions API > Copy token.';
const endpointRule =
  "Must be an http or https address without credentials, query or fragment. Leave it out to use Microsoft's own.";
const pageLoadsRule = 'Must be `auto`, `always` or `never`.';
const whenDeniedRule = 'Must be `skip` or `send-denied`.';
const eventNamesRule = 'Must be an object from event names to the names that your goals use: {"Lead": "contact_form"}.';
const eventNameRule = 'Must be 1 to 100 characters: the action that your event goal compares with.';

/** What the operator provides for one connection to Microsoft Advertising. Parsing its own result changes nothing. */
export const settings = z.strictObject(
  {
    tagId: z
      .preprocess(
        (given) => (typeof given === 'number' ? String(given) : given),
        z.string(tagIdRule).regex(/^[1-9]\d{0,19}$/, tagIdRule),
      )
      .meta({
        title: 'UET tag ID',
        description:
          'The number of the UET tag that receives the events. Use the tag that is on your pages, so that Microsoft can merge what the browser and Convey report.',
      }),
    token: z
      .string(tokenRule)
      .regex(/^[\x21-\x7e]+$/, tokenRule)
      .meta({
        title: 'Conversions API token',
        description:
          'Lets Convey send events to this one tag. It belongs to the tag, not to your account. Keep it in an environment variable and name that one here.',
        secret: true,
      }),
    endpoint: z
      .string(endpointRule)
      .refine(isEndpoint, endpointRule)
      .transform((url) => url.replace(/\/+$/, ''))
      .prefault('https://capi.uet.microsoft.com')
      .meta({
        title: 'Endpoint',
        description: 'Where the events go. Change it only to try Convey against the simulator.',
      }),
    pageLoads: z.enum(['auto', 'always', 'never'], pageLoadsRule).prefault('auto').meta({
      title: 'Page views',
      description:
        'Microsoft cannot merge a page view of the browser tag with one of Convey. `auto` sends a page view unless the browser tag ran on the page, `always` sends every one, `never` sends none.',
    }),
    whenDenied: z.enum(['skip', 'send-denied'], whenDeniedRule).prefault('skip').meta({
      title: 'When consent is denied',
      description:
        '`skip` sends nothing. `send-denied` sends the event marked as denied, under an id made for it alone and without anything about the person; Microsoft does not use it for advertising.',
    }),
    eventNames: z
      .record(z.string(), z.string(eventNameRule).trim().min(1, eventNameRule).max(100, eventNameRule), eventNamesRule)
      .transform((given, context) => {
        const names = new Map<string, string>();
        for (const [key, name] of Object.entries(given)) {
          const canonical = canonicalName(key);
          if (canonical === undefined) {
            context.addIssue({
              code: 'custom',
              path: [key],
              message: 'Is no event name: a letter, then up to 99 letters, digits or `_`. Correct the name.',
            });
          } else if (names.has(renameKey(canonical))) {
            context.addIssue({
              code: 'custom',
              path: [key],
              message: 'Names an event that is named already, by an alias or in another case. Remove one of them.',
            });
          } else names.set(renameKey(canonical), name);
        }
        return Object.fromEntries(names);
      })
      .prefault({})
      .meta({
        title: 'Event names',
        description:
          'Names that differ from the standard ones, so that they equal the action of your event goals. Your browser tag must use the same name, else Microsoft counts twice.',
      }),
  },
  { error: (issue) => (issue.code === 'invalid_type' ? 'Must be an object with at least `tagId` and `token`.' : undefined) },
);

export type Settings = z.output<typeof settings>;

function isEndpoint(text: string): boolean {
  if (/\s/.test(text) || !URL.canParse(text)) return false;
  const url = new URL(text);
  return /^https?:$/.test(url.protocol) && `${url.username}${url.password}` === '' && !/[?#]/.test(text);
}
