import { z } from 'zod';
import { contactModes } from '../../event/lead-settings.ts';
import { createChoice } from '../http/parameters.ts';

/** The members of `capture` that report leads, as a response has them. */
export const leadViews = {
  contact: z.enum(contactModes).exactOptional().describe('`on`: clicks on `tel:` and `mailto:` links are events. Absent: `off`.'),
};

/** The members of `capture` that report leads, as a request changes them. */
export const leadChanges = {
  contact: createChoice(contactModes).nullable().optional().describe('`null` switches it off.'),
};
