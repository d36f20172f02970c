import { z } from 'zod';

/** Schemas of parameters and bodies. A message is a rule that completes "must be". */

const text = z.string('text');
/** Longer than any code of a platform, so that a longer text is none. */
const maxCodeLength = 4_096;
const answer = text.max(maxCodeLength, 'text of at most 4,096 characters');

export const linkParameter = z.string().meta({ description: 'Id of the link.' });

export const startedLink = z
  .strictObject({
    connection: text.optional().describe('The connection whose account to replace. Its stored secrets complete the settings.'),
    destination: text.describe('The platform.'),
    settings: z.record(text, z.unknown(), 'an object').describe('The settings entered so far.'),
    link: text.optional().describe('An earlier attempt, whose secrets complete the settings.'),
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
