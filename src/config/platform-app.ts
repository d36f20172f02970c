import { z } from 'zod';
import { endpointUrlSchema } from './endpoint-url.ts';

const appRule = 'Must be the value that the platform shows, without spaces.';
const appText = z.string(appRule).regex(/^[\x21-\x7e]{1,1000}$/, appRule);
const appTogether = 'Must have both `clientId` and `developerToken`, or neither. `google` needs both.';
/** The app with which the gateway signs operators in at a platform. */
export const platformAppSchema = z
  .strictObject({
    clientId: appText.optional().describe('Client id of your app registration.'),
    clientSecret: appText.optional().describe('Client secret. If unset, the app is a public client.'),
    developerToken: appText.optional().describe('Developer token.'),
    google: z
      .strictObject({
        clientId: appText.describe('Client id of your OAuth client at Google.'),
        clientSecret: appText.describe('Its client secret.'),
      })
      .optional()
      .describe('Your client for people who sign in with Google.'),
    endpoint: endpointUrlSchema.optional().describe('URL of a simulator that replaces all addresses of the platform.'),
  })
  .refine(
    ({ clientId, developerToken, google }) =>
      (clientId === undefined) === (developerToken === undefined) && (google === undefined || clientId !== undefined),
    appTogether,
  );
