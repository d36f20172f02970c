import { z } from 'zod';
import { contactModes, embedNames } from '../../event/lead-settings.ts';
import { createChoice } from '../http/parameters.ts';
import { listSchema } from '../http/schema-parts.ts';

/** The members of `capture` that report leads, as a response has them. */
export const leadViews = {
  embeds: listSchema(z.enum(embedNames)).exactOptional().describe('Services whose completed forms are leads.'),
  contact: z.enum(contactModes).exactOptional().describe('`on`: clicks on `tel:` and `mailto:` links are events. Absent: `off`.'),
};

/** The members of `capture` that report leads, as a request changes them. */
export const leadChanges = {
  embeds: z.array(z.string('text'), 'a list of services').nullable().optional().describe('`null` removes the list.'),
  contact: createChoice(contactModes).nullable().optional().describe('`null` switches it off.'),
};
