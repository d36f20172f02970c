import { z } from 'zod';
import { defineRoutes, type RouteDefinitions } from '../http/define-routes.ts';
import { site } from '../http/parameters.ts';
import { hookPreviewResponse, hooksResponse } from './schemas.ts';

const text = z.string('text');
const hook = text.meta({ description: "The hook's id, unique within its site." });
const secretId = text.meta({ description: "The secret's id." });
/** The schema of the config file validates the values, so that an issue has the same field and rule as there. */
const signature = z.record(text, z.unknown(), 'an object with `scheme`');
const events = z.array(z.record(text, z.unknown(), 'an object'), 'a list of events');

const changeErrors = ['no-such-site', 'file-made', 'not-applied', 'secrets-key-unusable'] as const;
const maxBodyKib = 160;

/** The routes of a site's hooks. */
export const hookRoutes = defineRoutes({
  'GET /api/sites/:site/hooks': {
    group: 'Sites',
    right: 'viewer',
    summary: 'Get the hooks of a site, and the services that a hook can have',
    params: z.strictObject({ site }),
    response: hooksResponse,
    errors: ['no-such-site'],
  },
  'PUT /api/sites/:site/hooks/:hook': {
    group: 'Sites',
    right: 'editor',
    summary: 'Create a hook, or change it',
    detail: 'A secret is encrypted before it is stored, and no response contains it. Earlier secrets stay valid.',
    params: z.strictObject({ site, hook }),
    maxBodyKib,
    body: z.strictObject({
      revision: text.optional().describe('The revision that you read. The change is rejected if the site has changed since.'),
      source: text.describe('The service, or `custom`.'),
      signature: signature.optional().describe('Required for `custom`.'),
      events: events.optional().describe('Required for `custom`. Absent: the mapping that Convey has for the service.'),
      stripe: z.record(text, z.unknown(), 'an object').optional().describe('The settings of a hook of Stripe.'),
      secret: text.optional().describe('Another secret with which requests may be signed: at most four.'),
    }),
    response: hooksResponse,
    errors: ['changed-meanwhile', 'too-many-keys', ...changeErrors],
  },
  'DELETE /api/sites/:site/hooks/:hook': {
    group: 'Sites',
    right: 'editor',
    summary: 'Delete a hook with its secrets',
    detail: 'Its requests are rejected from then on.',
    params: z.strictObject({ site, hook }),
    response: hooksResponse,
    errors: ['no-such-hook', ...changeErrors],
  },
  'DELETE /api/sites/:site/hooks/:hook/secrets/:secret': {
    group: 'Sites',
    right: 'editor',
    summary: 'Delete a secret of a hook',
    params: z.strictObject({ site, hook, secret: secretId }),
    response: hooksResponse,
    errors: ['no-such-key', ...changeErrors],
  },
  'POST /api/sites/:site/hooks/:hook/preview': {
    group: 'Sites',
    right: 'editor',
    summary: 'Show the event that a request makes, without storing it',
    detail:
      "Uses the last request that came while a preview was asked for, or `body`. The gateway keeps a request's body in memory alone: for 15 minutes after the last preview, and for an hour at most. Several gateways do not share it.",
    params: z.strictObject({ site, hook }),
    maxBodyKib: 256,
    body: z.strictObject({
      source: text.optional().describe('Of a hook that is not saved yet.'),
      events: events.optional().describe('The mapping to try, in place of the stored one.'),
      body: z.record(text, z.unknown(), 'a JSON object').optional().describe('A body to try, in place of the last request.'),
    }),
    response: hookPreviewResponse,
    errors: ['no-such-site', 'no-such-hook'],
  },
} as const satisfies RouteDefinitions);
