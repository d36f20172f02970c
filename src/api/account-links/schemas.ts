import { z } from 'zod';
import { connectionId, issues, listSchema, namedSchema, siteId } from '../http/schema-parts.ts';

const linkId = z.string().meta({ description: 'Id of the link.', examples: ['f0Zk8h2Qx1'] });

export const startedLinkResponse = namedSchema(
  'StartedAccountLink',
  z
    .object({
      link: linkId,
      url: z.string().meta({
        description: "The platform's page on which to grant access. Open it in the same browser.",
        examples: ['https://accounts.ads.example/authorize?state=…'],
      }),
    })
    .describe('An attempt to connect an account.'),
);

const target = {
  link: linkId,
  site: siteId,
  destination: z.string().meta({ description: 'The platform.', examples: ['acme'] }),
  connection: connectionId.exactOptional().describe('The connection to change. Absent for a new one.'),
};

export const finishedLinkResponse = namedSchema(
  'FinishedAccountLink',
  z.object(target).describe('The link to whose form the operator returns. `GET` it for the result.'),
);

export const linkResponse = namedSchema(
  'AccountLink',
  z
    .object({
      ...target,
      state: z
        .enum(['waiting', 'signed-in', 'connected', 'failed'])
        .describe(
          '`waiting`: for the platform. `signed-in`: choose the account and its tag. `connected`: access was granted. Save the connection with `link` to keep it.',
        ),
      identityProvider: z.string().exactOptional().describe('The service of the sign-in. Absent if the credential is a setting.'),
      settings: z.record(z.string(), z.unknown()).describe('The settings that were entered before, without secrets.'),
      secrets: listSchema(z.string()).meta({
        description: 'Names of the secret settings that the link holds. The API never returns their values.',
        examples: [['clientSecret', 'refreshToken']],
      }),
      issues: issues.describe('With `failed`: the reason, and what to do.'),
    })
    .describe('The result of connecting an account, until the connection is saved.'),
);
export type AccountLinkView = z.output<typeof linkResponse>;
