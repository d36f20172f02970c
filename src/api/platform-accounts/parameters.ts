import { z } from 'zod';
import { linkDraft } from '../account-links/parameters.ts';

/** Schemas of parameters and bodies. A message is a rule that completes "must be". */

const text = (rule: string, longest: number) => z.string(rule).trim().min(1, rule).max(longest, rule);
const token = (rule: string) => text(rule, 1_000).regex(/^[\x21-\x7e]+$/, rule);
const id = z.string('a number').regex(/^\d{1,20}$/, 'a number of at most 20 digits');

export const destination = z.string().meta({ description: 'The platform.' });

export const appInput = z
  .strictObject({
    clientId: token('the client id of your app registration').describe('Client id of your app registration.'),
    clientSecret: z
      .union([z.literal(''), token('the client secret')], 'the client secret')
      .optional()
      .describe('Client secret. Empty: a public client. Absent: the stored one.'),
    developerToken: token('the developer token').optional().describe('Developer token. Absent: the stored one.'),
    google: z
      .strictObject({
        clientId: token('the client id of your OAuth client at Google').describe('Client id of your OAuth client at Google.'),
        clientSecret: token("the secret of Google's client").optional().describe('Its secret. Absent: the stored one.'),
      })
      .nullable()
      .optional()
      .describe('The client for people who sign in with Google. Null: none. Absent: the stored one.'),
  })
  .meta({ examples: [{ clientId: 'a-client', clientSecret: 'its-secret', developerToken: 'a-token' }] });

export const signInInput = z
  .strictObject({
    ...linkDraft,
    connection: linkDraft.connection.describe('The connection whose account to connect. Absent for a new one.'),
    identityProvider: text('the name of a sign-in service, at most 40 characters', 40)
      .optional()
      .describe('The service. Absent: the usual one.'),
  })
  .meta({ examples: [{ destination: 'acme', settings: {} }] });

/** An account, by the customer that acts for it. */
const account = { customerId: id.describe('The customer.'), accountId: id.describe('The account of the customer.') };

export const chosenAccount = z.strictObject(account).meta({ examples: [{ customerId: '254610987', accountId: '180000001' }] });

export const chosenTag = z
  .strictObject({ ...account, tagId: id.describe('The tag.') })
  .meta({ examples: [{ customerId: '254610987', accountId: '180000001', tagId: '187012345' }] });

const eventsRule = 'a list of 1 to 100 names of events';
export const goalEvents = z
  .strictObject({ events: z.array(text('the name of an event', 100), eventsRule).min(1, eventsRule).max(100, eventsRule) })
  .meta({ examples: [{ events: ['Purchase'] }] });
