import { z } from 'zod';
import { contactModes, embedNames, formModes, personFields } from '../../event/lead-settings.ts';
import { createChoice } from '../http/parameters.ts';
import { listSchema } from '../http/schema-parts.ts';

/** The members of `capture` that report leads, as a response has them. */
export const leadViews = {
  forms: listSchema(
    z.object({
      mode: z
        .enum(formModes)
        .describe('`on` reports the form, `preview` lists its fields while a session is open, `off` does neither.'),
      selector: z.string().meta({ description: 'The CSS selector of the form.', examples: ['#contact'] }),
      event: z.string().meta({ description: 'The name of its event.', examples: ['Lead'] }),
      fields: z.partialRecord(z.enum(personFields), z.string()).describe('The selectors of fields.'),
      success: z
        .object({
          url: z.string().exactOptional().describe('The address of the page after it, from the path on.'),
          selector: z.string().exactOptional().describe('Selects an element that appears.'),
          embed: z.enum(embedNames).exactOptional().describe('A service whose signal is the success.'),
        })
        .exactOptional()
        .describe('The sign that the form was accepted. Absent: each submit counts.'),
    }),
  )
    .exactOptional()
    .describe("The shop's own forms whose submits are events."),
  embeds: listSchema(z.enum(embedNames)).exactOptional().describe('Services whose completed forms are leads.'),
  contact: z.enum(contactModes).exactOptional().describe('`on`: clicks on `tel:` and `mailto:` links are events. Absent: `off`.'),
};

/** The members of `capture` that report leads, as a request changes them. */
export const leadChanges = {
  forms: z
    .array(z.record(z.string(), z.unknown()), 'a list of forms')
    .nullable()
    .optional()
    .describe('Replaces the list. `null` removes it.'),
  embeds: z.array(z.string('text'), 'a list of services').nullable().optional().describe('`null` removes the list.'),
  contact: createChoice(contactModes).nullable().optional().describe('`null` switches it off.'),
};
