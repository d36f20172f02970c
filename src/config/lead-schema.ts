import { z } from 'zod';
import { isAdjustmentName, normalizeEventName } from '../event/event-names.ts';
import { contactModes, embedNames, formModes, maxForms, personFields } from '../event/lead-settings.ts';

const selectorRule = 'Must be a CSS selector of up to 200 characters, such as `#contact`.';
const selector = z.string(selectorRule).regex(/^(?=.*\S)[^\p{Cc}]{1,200}$/u, selectorRule);

const eventRule = 'Must be a name of 1 to 100 letters, digits and `_`, such as `Lead`, and neither a purchase nor a page view.';
const event = z.string(eventRule).transform((text, context) => {
  const name = normalizeEventName(text);
  if (name === undefined || isAdjustmentName(name) || name === 'Purchase' || name === 'PageView')
    context.addIssue({ code: 'custom', message: eventRule });
  return name ?? z.NEVER;
});

const urlRule = 'Must be an address from the path on, such as `/thanks` or `/*/thanks`, with up to three `*`.';
const url = z.string(urlRule).regex(/^\/(?!.*(?:\*.*){4})[^\s]{0,199}$/, urlRule);

const successRule = 'Must have one of `url`, `selector` and `embed`.';
const success = z
  .strictObject(
    {
      url: url.exactOptional().describe('The address of the page after it, from the path on. `*` is any text.'),
      selector: selector.exactOptional().describe('Selects an element that appears.'),
      embed: z
        .enum(embedNames, `Must be among ${embedNames.join(', ')}.`)
        .exactOptional()
        .describe('A service of `embeds`.'),
    },
    successRule,
  )
  .refine((members) => Object.keys(members).length === 1, successRule);

/** A form whose submit is an event. */
const form = z.strictObject({
  mode: z
    .enum(formModes, `Must be one of ${formModes.join(', ')}.`)
    .default('on')
    .describe(
      '`on` reports the form, `preview` [shows](../guides/leads.md#preview) which of its fields would be read, `off` does neither.',
    ),
  selector: selector.describe('Selects the form, such as `#contact`.'),
  event: event.default('Lead').describe('The name of the event. Default: `Lead`.'),
  fields: z
    .partialRecord(z.enum(personFields), selector)
    .default({})
    .describe(
      'The selectors of `email`, `phone`, `firstName`, `lastName`, `street`, `city`, `state`, `zip` and `country`. Default: by `autocomplete`.',
    ),
  success: success
    .exactOptional()
    .describe('The [sign of success](../guides/leads.md#success): `url`, `selector` or `embed`. Default: each submit counts.'),
});

/** The members of `capture` that report leads. */
export const leadMembers = {
  forms: z
    .array(form, 'Must be a list of forms.')
    .max(maxForms, `Must have at most ${maxForms} forms.`)
    .exactOptional()
    .describe("Up to 16 of the shop's own [forms](../guides/leads.md#forms) whose submits are events."),
  embeds: z
    .array(z.enum(embedNames, `Must be among ${embedNames.join(', ')}.`), 'Must be a list of names of services.')
    .max(embedNames.length, `Must have at most ${embedNames.length} names.`)
    .exactOptional()
    .describe(
      `Services whose [completed forms](../guides/leads.md#forms-of-other-services) are leads: ${embedNames.map((name) => `\`${name}\``).join(', ')}.`,
    ),
  contact: z
    .enum(contactModes, `Must be one of ${contactModes.join(', ')}.`)
    .exactOptional()
    .describe(
      '`on`: a click on a `tel:` or `mailto:` link is an event [`Contact`](../guides/leads.md#calls-and-e-mails). Default: `off`.',
    ),
};

interface WrittenLeads {
  readonly forms?: readonly { readonly success?: { readonly embed?: string } }[];
  readonly embeds?: readonly string[];
}

/** Refuses a form that waits for the signal of a service which is not read. */
export function checkEmbeds({ forms = [], embeds = [] }: WrittenLeads, context: z.RefinementCtx): void {
  forms.forEach(({ success: sign }, at) => {
    if (sign?.embed !== undefined && !embeds.includes(sign.embed))
      context.addIssue({ code: 'custom', path: ['forms', at, 'success', 'embed'], message: 'Must be among `embeds`.' });
  });
}
