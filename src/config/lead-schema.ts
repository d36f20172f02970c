import { z } from 'zod';
import { contactModes } from '../event/lead-settings.ts';

/** The members of `capture` that report leads. */
export const leadMembers = {
  contact: z
    .enum(contactModes, `Must be one of ${contactModes.join(', ')}.`)
    .exactOptional()
    .describe(
      '`on`: a click on a `tel:` or `mailto:` link is an event [`Contact`](../guides/leads.md#calls-and-e-mails). Default: `off`.',
    ),
};
