import { z } from 'zod';
import { connection, nothing, site } from '../http/parameters.ts';
import type { RouteDefinitions } from '../http/route.ts';
import { doneResponse } from '../http/schema-parts.ts';
import {
  changedSite,
  doctorPage,
  keyId,
  newKey,
  newSite,
  newWebhookSecret,
  putConnection,
  triedConnection,
  webhookSecretId,
} from './parameters.ts';
import {
  checklistResponse,
  destinationsResponse,
  doctorResponse,
  newKeyResponse,
  rotatedResponse,
  siteResponse,
  sitesResponse,
  triedResponse,
} from './schemas.ts';

/** What goes wrong with a change that is right. */
const unusual = ['not-applied', 'secrets-key-unusable'] as const;

/** What can be asked and changed of sites and their settings. */
export const siteRoutes = {
  'GET /api/destinations': {
    group: 'Sites',
    summary: 'The platforms that events can go to, with the schema of their settings',
    params: z.strictObject({}),
    body: nothing,
    response: destinationsResponse,
    errors: [],
  },
  'GET /api/sites': {
    group: 'Sites',
    summary: 'Every site with its settings and its connections',
    params: z.strictObject({}),
    body: nothing,
    response: sitesResponse,
    errors: [],
  },
  'POST /api/sites': {
    group: 'Sites',
    summary: 'Make a site',
    detail: 'It takes events at once. A write key is made for it.',
    params: z.strictObject({}),
    body: newSite,
    response: siteResponse,
    errors: ['site-exists', ...unusual],
  },
  'GET /api/sites/:site': {
    group: 'Sites',
    summary: 'One site with its settings and its connections',
    params: z.strictObject({ site }),
    body: nothing,
    response: siteResponse,
    errors: ['no-such-site'],
  },
  'PATCH /api/sites/:site': {
    group: 'Sites',
    summary: 'Change what a site is set to',
    params: z.strictObject({ site }),
    body: changedSite,
    response: siteResponse,
    errors: ['no-such-site', 'file-made', 'changed-meanwhile', ...unusual],
  },
  'DELETE /api/sites/:site': {
    group: 'Sites',
    summary: 'Remove a site and its connections',
    detail: 'Its keys are refused from then on, and nothing more is sent. What is kept of its events goes by age.',
    params: z.strictObject({ site }),
    body: nothing,
    response: doneResponse,
    errors: ['no-such-site', 'file-made', ...unusual],
  },
  'POST /api/sites/:site/keys': {
    group: 'Sites',
    summary: 'Make a key',
    params: z.strictObject({ site }),
    body: newKey,
    response: newKeyResponse,
    errors: ['no-such-site', 'file-made', 'too-many-keys', ...unusual],
  },
  'DELETE /api/sites/:site/keys/:key': {
    group: 'Sites',
    summary: 'Remove a secret key, or an old write key',
    params: z.strictObject({ site, key: keyId }),
    body: nothing,
    response: doneResponse,
    errors: ['no-such-site', 'no-such-key', 'file-made', ...unusual],
  },
  'POST /api/sites/:site/webhook-secrets': {
    group: 'Sites',
    summary: "Take on what the shop's webhooks are signed with",
    detail:
      'It is encrypted before it is kept, and never told again. Two are taken at once, so that a new one can be entered before the shop signs with it.',
    params: z.strictObject({ site }),
    body: newWebhookSecret,
    response: siteResponse,
    errors: ['no-such-site', 'file-made', 'too-many-keys', ...unusual],
  },
  'DELETE /api/sites/:site/webhook-secrets/:secret': {
    group: 'Sites',
    summary: "Remove one of the secrets of the shop's webhooks",
    detail: 'What is signed with it is refused from then on.',
    params: z.strictObject({ site, secret: webhookSecretId }),
    body: nothing,
    response: siteResponse,
    errors: ['no-such-site', 'no-such-key', 'file-made', ...unusual],
  },
  'PUT /api/sites/:site/connections/:connection': {
    group: 'Sites',
    summary: 'Make a connection, or change what it is set to',
    detail:
      'It sends from then on; a new one begins with what comes next. A secret is encrypted before it is kept. Where the events go (`endpoint`) is said in the config file alone.',
    params: z.strictObject({ site, connection }),
    body: putConnection,
    response: siteResponse,
    errors: ['no-such-site', 'file-made', 'changed-meanwhile', ...unusual],
  },
  'DELETE /api/sites/:site/connections/:connection': {
    group: 'Sites',
    summary: 'Remove a connection',
    detail: 'What it did not deliver is not delivered.',
    params: z.strictObject({ site, connection }),
    body: nothing,
    response: siteResponse,
    errors: ['no-such-site', 'no-such-connection', 'file-made', ...unusual],
  },
  'POST /api/sites/:site/try-connection': {
    group: 'Sites',
    summary: 'Try settings before they are kept',
    detail: 'The platform is asked whether it accepts the credential. No event is sent, and nothing is kept.',
    params: z.strictObject({ site }),
    body: triedConnection,
    response: triedResponse,
    errors: ['no-such-site', 'rate-limited'],
  },
  'GET /api/sites/:site/checklist': {
    group: 'Sites',
    summary: 'What was observed of a site, and what is missing',
    params: z.strictObject({ site }),
    body: nothing,
    response: checklistResponse,
    errors: ['no-such-site'],
  },
  'POST /api/sites/:site/doctor': {
    group: 'Sites',
    summary: 'Why few events of browsers are sent: ask the consent doctor',
    detail: 'Looks at what browsers said of consent and, where `page` is given, at the text of that page, which is fetched.',
    params: z.strictObject({ site }),
    body: doctorPage,
    response: doctorResponse,
    errors: ['no-such-site', 'page-unreadable'],
  },
  'POST /api/secrets/rotate': {
    group: 'Sites',
    summary: 'Encrypt the secrets of all connections and webhooks under another key',
    detail:
      'While all runs; no secret is told, and no connection starts anew. Where the key comes from the environment, the one that stands there now takes the place of the one in `CONVEY_SECRETS_KEY_OLD`.',
    params: z.strictObject({}),
    body: nothing,
    response: rotatedResponse,
    errors: ['secrets-key-given', 'not-applied', 'secrets-key-unusable'],
  },
} as const satisfies RouteDefinitions;
