import { z } from 'zod';
import { boundedText } from '../http/parameters.ts';

/** Schemas of parameters and bodies. A message is a rule that completes "must be". */

/** Longer than any code of a platform, so that a longer text is none. */
const maxCodeLength = 4_096;
const answer = z.string('text').max(maxCodeLength, 'text of at most 4,096 characters');

const mostSettings = 50;
const settingsRule = `an object of at most ${mostSettings} settings`;

/** The draft of a connection whose account is connected. */
export const linkDraft = {
  connection: boundedText("a connection's id, at most 63 characters", 63).optional(),
  destination: boundedText("a platform's id, at most 63 characters", 63).describe('The platform.'),
  settings: z
    .record(z.string(), z.unknown(), settingsRule)
    .refine((settings) => Object.keys(settings).length <= mostSettings, settingsRule)
    .describe('The settings entered so far.'),
};

export const linkParameter = z.string().meta({ description: 'Id of the link.' });

export const startedLink = z
  .strictObject({
    ...linkDraft,
    connection: linkDraft.connection.describe(
      'The connection whose account to replace. Its stored secrets complete the settings.',
    ),
    link: boundedText("an attempt's id, at most 100 characters", 100)
      .optional()
      .describe('An earlier attempt, whose secrets complete the settings.'),
  })
  .meta({ examples: [{ destination: 'acme', settings: { clientId: 'a client', clientSecret: 'its secret' } }] });

export const finishedLink = z
  .strictObject({
    state: answer.describe('`state` of the address to which the platform redirected.'),
    code: answer.optional().describe('`code` of that address.'),
    error: answer.optional().describe('`error` of that address.'),
    description: answer.optional().describe('`error_description` of that address. Only its code is used.'),
  })
  .meta({ examples: [{ state: 'a state', code: 'a code' }] });
