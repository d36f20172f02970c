import { z } from 'zod';
import { boundedText } from '../http/parameters.ts';

/** Schemas of the bodies that select a person, or the profiles of visitors. */

const key = z.string().max(1_024).optional();

/** One key of a person. The handler checks that exactly one is set, so that no error message contains the value. */
export const person = z
  .strictObject({
    email: key.describe('E-mail address, or its SHA-256.'),
    phone: key.describe("Phone number, or its SHA-256. A national number requires the site's `defaultCountry`."),
    anonymousId: key.describe('Visitor id: includes everyone who used that browser.'),
    externalId: key.describe("The shop's customer id, or its SHA-256."),
    eventId: key.describe('Id of an event of the person.'),
    orderId: key.describe('Id of an order of the person.'),
    dryRun: z.boolean().optional().describe('Report what would be erased, and erase nothing.'),
  })
  .meta({ examples: [{ email: 'jane@shop.example', dryRun: true }] });
export type ErasureRequest = z.output<typeof person>;

export const exportedPerson = person.omit({ dryRun: true }).meta({ examples: [{ email: 'jane@shop.example' }] });
export type ExportRequest = z.output<typeof exportedPerson>;

const sizeRule = 'a number of bytes';

/** Selects the profiles to drop: one visitor's, or all that are too large. */
export const droppedProfiles = z
  .strictObject({
    anonymousId: boundedText("a visitor's id, at most 128 characters", 128)
      .optional()
      .describe('Drop the profile of this visitor.'),
    largerThan: z
      .int(sizeRule)
      .min(0, sizeRule)
      .optional()
      .describe('Drop every profile that is larger than this number of bytes.'),
    dryRun: z.boolean().optional().describe('Count the profiles that would be dropped, and drop nothing.'),
  })
  .refine(({ anonymousId, largerThan }) => (anonymousId === undefined) !== (largerThan === undefined), {
    path: ['anonymousId'],
    error: 'given if `largerThan` is not, and only then',
  })
  .meta({ examples: [{ largerThan: 65_536, dryRun: true }] });

export const exportId = z
  .string()
  .regex(/^[0-9a-f]{16}$/)
  .meta({ description: 'Id of the file.' });
