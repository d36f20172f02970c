import { z } from 'zod';
import { listSchema, namedSchema } from '../http/schema-parts.ts';

export const failure = z
  .object({
    code: z.string().meta({ examples: ['106 UserIsNotAuthorized'] }),
    message: z.string(),
    trackingId: z.string().exactOptional().describe("The id that the platform's support asks for."),
  })
  .describe('The reason why the platform gave no result, with what to do.');

export const platformsResponse = listSchema(
  namedSchema(
    'AccountPlatform',
    z
      .object({
        destination: z.string().meta({ description: 'The platform.', examples: ['acme'] }),
        label: z.string().meta({ description: 'Text of a button.', examples: ['Connect Acme'] }),
        description: z.string(),
        guide: z.string().describe('Page of the documentation.'),
        identityProviders: listSchema(z.string()).describe('The services with which people sign in, the usual one first.'),
        provides: listSchema(z.string()).describe('Secret settings that the choice of a tag provides.'),
        app: z
          .object({
            source: z
              .enum(['file', 'dashboard', 'unreadable', 'none'])
              .describe(
                'The place of the app. One of the config file replaces the dashboard’s. `unreadable`: the key of its secrets is missing.',
              ),
            clientId: z.string().exactOptional(),
            isPublic: z.boolean().exactOptional().describe('Whether it has no client secret.'),
            google: z
              .object({ clientId: z.string() })
              .exactOptional()
              .describe('The client for people who sign in with Google. Absent: none.'),
          })
          .describe('The app with which the gateway signs people in. The API never returns its secrets.'),
      })
      .describe('A platform whose accounts can be connected.'),
  ),
);
export type AccountPlatformView = z.output<typeof platformsResponse>[number];

const account = { customerId: z.string(), accountId: z.string() };

export const adAccountsResponse = listSchema(
  namedSchema(
    'AdAccount',
    z
      .object({
        ...account,
        name: z.string(),
        number: z.string().describe("The number on the platform's pages."),
        status: z.string(),
        currency: z.string(),
        isReadOnly: z.boolean().describe('Whether the person who signed in may only read.'),
      })
      .describe('An account that can be chosen.'),
  ),
);

export const tagsResponse = listSchema(
  namedSchema(
    'PlatformTag',
    z
      .object({
        tagId: z.string(),
        name: z.string(),
        status: z
          .enum(['active', 'inactive', 'unverified'])
          .exactOptional()
          .describe('`unverified`: the platform never received it. `inactive`: not for a day.'),
        isShared: z.boolean().describe('Whether another customer owns it.'),
      })
      .describe('A browser tag that can be chosen.'),
  ),
);

const connectedAccount = namedSchema(
  'ConnectedAccount',
  z
    .object({
      destination: z.string(),
      label: z.string(),
      userName: z.string().describe('The person who signed in, masked if it is an e-mail address.'),
      identityProvider: z.string(),
      ...z.object(account).partial().shape,
      connectedAt: z.number(),
      ended: z
        .object({ code: z.string(), message: z.string(), since: z.number() })
        .exactOptional()
        .describe('Why the platform ended the access, and what to do.'),
      uploads: z
        .object({
          waiting: z.number(),
          sent: z.number().describe('Rows that the platform took.'),
          refused: z.number().describe('Rows that the platform refused.'),
          pause: z
            .object({ ...failure.shape, since: z.number(), until: z.number().exactOptional() })
            .exactOptional()
            .describe('Why nothing is sent. `until`: the next call; absent until somebody acts.'),
        })
        .exactOptional()
        .describe('Refunds, one row for each goal, and late purchases that are sent with the access. Absent if there are none.'),
    })
    .describe('The account that a connection uses.'),
);
export type ConnectedAccountView = z.output<typeof connectedAccount>;

export const connectionAccountResponse = namedSchema(
  'ConnectionAccount',
  z.object({ account: connectedAccount.exactOptional().describe('Absent if no account is connected.') }),
);

const finding = z.object({ code: z.string().meta({ examples: ['none'] }), message: z.string() });

const goals = {
  checkedAt: z.number().exactOptional().describe('The time of the last check with a result. Absent before the first.'),
  failure: failure.exactOptional().describe('The reason why a later check had no result.'),
  events: listSchema(
    z.object({
      event: z.string().meta({ examples: ['Purchase'] }),
      name: z.string().describe('The name at the platform.'),
      delivered: z.number().describe('Events that the platform accepted in the seven days before the check.'),
      countedBy: listSchema(z.string()).describe('Names of the goals.'),
      isUncounted: z.boolean().describe('Whether no goal counts it.'),
      isSuggested: z.boolean().describe('Whether a goal is usual.'),
      findings: listSchema(finding).describe('Problems, with what to do.'),
    }),
  ),
  findings: listSchema(finding).describe('Problems of the account.'),
  leftOut: z.number().describe('Names of further sent events, which are not checked.'),
  isPartial: z.boolean().describe('Whether only the newest events were counted.'),
};

export const goalsResponse = namedSchema(
  'ConnectionGoals',
  z.object(goals).describe('Whether the goals of the account count the events of a connection.'),
);
export type ConnectionGoalsView = z.output<typeof goalsResponse>;

export const madeGoalsResponse = namedSchema(
  'MadeGoals',
  z
    .object({
      made: listSchema(z.object({ event: z.string(), failure: failure.exactOptional() })).describe('The requested goals.'),
      ...goals,
    })
    .describe('The goals that were made, and the check after it.'),
);
