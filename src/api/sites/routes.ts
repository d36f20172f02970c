import { z } from 'zod';
import { defineRoutes, type RouteDefinitions } from '../http/define-routes.ts';
import { connection, site } from '../http/parameters.ts';
import { doneResponse } from '../http/schema-parts.ts';
import { checklistResponse } from './checklist/schemas.ts';
import { doctorResponse } from './consent-doctor-schemas.ts';
import { destinationsResponse } from './destination-schemas.ts';
import { pageSessionResponse, seenEventsResponse } from './page-session-schemas.ts';
import {
  changedSite,
  distrustedKeyId,
  doctorPage,
  keyId,
  newKey,
  newSite,
  newWebhookSecret,
  putConnection,
  simulatedDestination,
  triedConnection,
  webhookSecretId,
} from './parameters.ts';
import { newKeyResponse, rotatedResponse, siteResponse, sitesResponse, triedResponse } from './schemas.ts';

/** Errors of a valid change. */
const changeErrors = ['not-applied', 'secrets-key-unusable'] as const;

/** The routes of sites and their settings. */
export const siteRoutes = defineRoutes({
  'GET /api/destinations': {
    group: 'Sites',
    right: 'account',
    summary: 'List the supported platforms with the schema of their settings',
    response: destinationsResponse,
  },
  'GET /api/sites': {
    group: 'Sites',
    right: 'account',
    summary: 'List all sites with their settings and connections',
    response: sitesResponse,
  },
  'POST /api/sites': {
    group: 'Sites',
    right: 'gateway-owner',
    summary: 'Create a site',
    detail: 'The site gets a write key and accepts events immediately.',
    body: newSite,
    response: siteResponse,
    errors: ['site-exists', ...changeErrors],
  },
  'GET /api/sites/:site': {
    group: 'Sites',
    right: 'viewer',
    summary: 'Get a site with its settings and connections',
    params: z.strictObject({ site }),
    response: siteResponse,
    errors: ['no-such-site'],
  },
  'PATCH /api/sites/:site': {
    group: 'Sites',
    right: 'editor',
    summary: 'Change the settings of a site',
    params: z.strictObject({ site }),
    body: changedSite,
    response: siteResponse,
    errors: ['no-such-site', 'file-made', 'changed-meanwhile', ...changeErrors],
  },
  'DELETE /api/sites/:site': {
    group: 'Sites',
    right: 'owner',
    summary: 'Delete a site and its connections',
    detail:
      'Its keys become invalid, and no more events are sent. Stored events are removed when they reach their retention age.',
    params: z.strictObject({ site }),
    response: doneResponse,
    errors: ['no-such-site', 'file-made', ...changeErrors],
  },
  'POST /api/sites/:site/keys': {
    group: 'Sites',
    right: 'editor',
    summary: 'Create a key',
    params: z.strictObject({ site }),
    body: newKey,
    response: newKeyResponse,
    errors: ['no-such-site', 'file-made', 'too-many-keys', 'parameter-invalid', ...changeErrors],
  },
  'DELETE /api/sites/:site/keys/:key': {
    group: 'Sites',
    right: 'editor',
    summary: 'Delete a secret key, a key of a Segment SDK, or an old write key',
    params: z.strictObject({ site, key: keyId }),
    response: doneResponse,
    errors: ['no-such-site', 'no-such-key', 'file-made', ...changeErrors],
  },
  'POST /api/sites/:site/keys/:key/trust': {
    group: 'Sites',
    right: 'owner',
    summary: 'Trust a secret key again that a page has used',
    detail:
      'Also for keys of the config file. The next request of a page with the key ends the trust again, so remove it from the page, or replace it.',
    params: z.strictObject({ site, key: distrustedKeyId }),
    response: siteResponse,
    errors: ['no-such-site', 'no-such-key', ...changeErrors],
  },
  'POST /api/sites/:site/webhook-secrets': {
    group: 'Sites',
    right: 'editor',
    summary: 'Add a webhook secret',
    detail:
      'The secret is encrypted before it is stored, and no response contains it. A site accepts several secrets at once, so that you can add a new one before the shop uses it.',
    params: z.strictObject({ site }),
    body: newWebhookSecret,
    response: siteResponse,
    errors: ['no-such-site', 'file-made', 'too-many-keys', ...changeErrors],
  },
  'DELETE /api/sites/:site/webhook-secrets/:secret': {
    group: 'Sites',
    right: 'editor',
    summary: 'Delete a webhook secret',
    detail: 'Webhooks that are signed with it are rejected from then on.',
    params: z.strictObject({ site, secret: webhookSecretId }),
    response: siteResponse,
    errors: ['no-such-site', 'no-such-key', 'file-made', ...changeErrors],
  },
  'POST /api/sites/:site/page-sessions': {
    group: 'Sites',
    right: 'editor',
    summary: 'Open a session of a page, which shows an overlay there',
    detail:
      'Open a page of the shop with the token as `convey_debug` in its address within 30 minutes. The token works in the first tab that uses it, for an hour. The page shows what the pixel does, and with `capture.dataLayer.mode` `preview` the route of seen events lists what the page writes. Browsers keep the pixel for five minutes, so a page may show the overlay that much later.',
    params: z.strictObject({ site }),
    response: pageSessionResponse,
    errors: ['no-such-site'],
  },
  'GET /api/sites/:site/seen-events': {
    group: 'Sites',
    right: 'viewer',
    summary: 'List the events that pages wrote during a session, of the last hour',
    detail: 'Each has its name and the names of its fields, and no value.',
    params: z.strictObject({ site }),
    response: seenEventsResponse,
    errors: ['no-such-site'],
  },
  'PUT /api/sites/:site/connections/:connection': {
    group: 'Sites',
    right: 'editor',
    summary: 'Create a connection, or change its settings',
    detail:
      'The change takes effect immediately. A new connection starts with the next event. Secrets are encrypted before they are stored. The setting `endpoint` is available only in the config file.',
    params: z.strictObject({ site, connection }),
    body: putConnection,
    response: siteResponse,
    errors: ['no-such-site', 'no-such-link', 'file-made', 'changed-meanwhile', ...changeErrors],
  },
  'DELETE /api/sites/:site/connections/:connection': {
    group: 'Sites',
    right: 'editor',
    summary: 'Delete a connection',
    detail: 'Events that it has not delivered are not delivered.',
    params: z.strictObject({ site, connection }),
    response: siteResponse,
    errors: ['no-such-site', 'no-such-connection', 'file-made', ...changeErrors],
  },
  'POST /api/sites/:site/simulator': {
    group: 'Sites',
    right: 'owner',
    summary: 'Connect a site to a simulator in the gateway',
    detail:
      "Starts a simulator of the platform on this machine, and creates the connection `<destination>-simulator`. The simulator's page shows which events would count. No event leaves the machine. Only loopback reaches the simulator, which runs until the gateway stops, and again at the same address after each start while the connection exists.",
    params: z.strictObject({ site }),
    body: simulatedDestination,
    response: siteResponse,
    errors: ['no-such-site', ...changeErrors],
  },
  'POST /api/sites/:site/try-connection': {
    group: 'Sites',
    right: 'editor',
    summary: 'Test settings before saving them',
    detail: 'Asks the platform whether it accepts the credential. No event is sent, and nothing is stored.',
    params: z.strictObject({ site }),
    body: triedConnection,
    response: triedResponse,
    errors: ['no-such-site', 'no-such-link', 'rate-limited'],
  },
  'GET /api/sites/:site/checklist': {
    group: 'Sites',
    right: 'viewer',
    summary: 'Get the setup checklist of a site',
    params: z.strictObject({ site }),
    response: checklistResponse,
    errors: ['no-such-site'],
  },
  'POST /api/sites/:site/doctor': {
    group: 'Sites',
    right: 'editor',
    summary: 'Run the consent doctor',
    detail: 'Examines the consent that browsers reported. If `page` is set, it also fetches and examines that page.',
    params: z.strictObject({ site }),
    body: doctorPage,
    response: doctorResponse,
    errors: ['no-such-site', 'page-unreadable'],
  },
  'POST /api/secrets/rotate': {
    group: 'Sites',
    right: 'gateway-owner',
    summary: 'Encrypt all stored secrets with a new key',
    detail:
      'Runs without a restart of any connection. If the key comes from the environment, the current key replaces the one in `CONVEY_SECRETS_KEY_OLD`.',
    response: rotatedResponse,
    errors: ['secrets-key-given', 'not-applied', 'secrets-key-unusable'],
  },
} as const satisfies RouteDefinitions);
