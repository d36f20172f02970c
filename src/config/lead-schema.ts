import { z } from 'zod';
import { contactModes, embedNames } from '../event/lead-settings.ts';

/** The members of `capture` that report leads. */
export const leadMembers = {
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
