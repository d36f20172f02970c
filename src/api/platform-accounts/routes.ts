import { z } from 'zod';
import { linkParameter } from '../account-links/parameters.ts';
import { finishedLinkResponse, linkResponse, startedLinkResponse } from '../account-links/schemas.ts';
import { defineRoutes, type RouteDefinitions } from '../http/define-routes.ts';
import { connection, site } from '../http/parameters.ts';
import { doneResponse } from '../http/schema-parts.ts';
import { paidClicksResponse } from './click-schemas.ts';
import { lateChangeResponse, lateInput, lateResponse } from './late-schemas.ts';
import { appInput, chosenAccount, chosenTag, destination, goalEvents, signInInput } from './parameters.ts';
import {
  adAccountsResponse,
  connectionAccountResponse,
  goalsResponse,
  madeGoalsResponse,
  platformsResponse,
  tagsResponse,
} from './schemas.ts';

const ofLink = z.strictObject({ site, link: linkParameter });
const ofConnection = z.strictObject({ site, connection });
const ofPlatform = z.strictObject({ destination });

/** The routes that connect an account of a platform by a sign-in, choose its tag, and check its goals. */
export const platformAccountRoutes = defineRoutes({
  'GET /api/account-platforms': {
    group: 'Connections',
    right: 'account',
    summary: 'List the platforms whose accounts can be connected',
    response: platformsResponse,
  },
  'PUT /api/account-platforms/:destination/app': {
    group: 'Connections',
    right: 'gateway-owner',
    summary: 'Store the app with which the gateway signs people in',
    detail: 'Its secrets are stored encrypted. Grants of another client id end with their next refresh.',
    params: ofPlatform,
    body: appInput,
    response: doneResponse,
    errors: ['file-made', 'secrets-key-unusable'],
  },
  'DELETE /api/account-platforms/:destination/app': {
    group: 'Connections',
    right: 'gateway-owner',
    summary: 'Remove the app',
    params: ofPlatform,
    response: doneResponse,
    errors: ['file-made'],
  },
  'POST /api/sites/:site/account-sign-ins': {
    group: 'Connections',
    right: 'owner',
    summary: 'Begin a sign-in at a platform',
    detail:
      'Available in the dashboard only: the attempt belongs to the session, and the platform redirects to the dashboard. It is stored encrypted, so any gateway can finish it.',
    params: z.strictObject({ site }),
    body: signInInput,
    response: startedLinkResponse,
    errors: ['no-such-site', 'dashboard-only', 'redirect-insecure', 'rate-limited', 'secrets-key-unusable', 'platform-refused'],
  },
  'GET /api/sites/:site/account-links/:link/accounts': {
    group: 'Connections',
    right: 'owner',
    summary: 'List the accounts of the person who signed in',
    params: ofLink,
    response: adAccountsResponse,
    errors: ['no-such-site', 'no-such-link', 'platform-refused'],
  },
  'POST /api/sites/:site/account-links/:link/tags': {
    group: 'Connections',
    right: 'owner',
    summary: 'List the browser tags of an account',
    params: ofLink,
    body: chosenAccount,
    response: tagsResponse,
    errors: ['no-such-site', 'no-such-link', 'platform-refused'],
  },
  'POST /api/sites/:site/account-links/:link/tag': {
    group: 'Connections',
    right: 'owner',
    summary: 'Choose the account and its tag',
    detail: "Fetches the tag's token into the link. Save the connection with `link` to keep it.",
    params: ofLink,
    body: chosenTag,
    response: linkResponse,
    errors: ['no-such-site', 'no-such-link', 'platform-refused', 'secrets-key-unusable'],
  },
  'POST /api/sites/:site/account-links/:link/account': {
    group: 'Connections',
    right: 'owner',
    summary: 'Use an account for the goals of a connection alone',
    detail: 'Changes no setting, so it is possible for a connection of the config file too. Ends the link.',
    params: ofLink,
    body: chosenAccount,
    response: finishedLinkResponse,
    errors: ['no-such-site', 'no-such-link', 'no-such-connection', 'platform-refused'],
  },
  'GET /api/sites/:site/connections/:connection/account': {
    group: 'Connections',
    right: 'viewer',
    summary: 'Get the account that a connection uses',
    params: ofConnection,
    response: connectionAccountResponse,
    errors: ['no-such-site'],
  },
  'DELETE /api/sites/:site/connections/:connection/account': {
    group: 'Connections',
    right: 'owner',
    summary: 'Disconnect the account',
    detail: 'Deletes its tokens. The settings of the connection stay, so it goes on sending.',
    params: ofConnection,
    response: doneResponse,
    errors: ['no-such-site', 'not-connected'],
  },
  'GET /api/sites/:site/connections/:connection/goals': {
    group: 'Connections',
    right: 'viewer',
    summary: 'Get the last check of the goals',
    detail: 'Goals are checked each day, and after a change of the connection.',
    params: ofConnection,
    response: goalsResponse,
    errors: ['no-such-site', 'not-connected'],
  },
  'POST /api/sites/:site/connections/:connection/goals/check': {
    group: 'Connections',
    right: 'editor',
    summary: 'Check the goals now',
    params: ofConnection,
    response: goalsResponse,
    errors: ['no-such-site', 'not-connected', 'rate-limited'],
  },
  'POST /api/sites/:site/connections/:connection/goals': {
    group: 'Connections',
    right: 'owner',
    summary: 'Make goals for events that none counts',
    detail: 'A goal cannot be deleted at the platform. An event that a goal counts by now gets none.',
    params: ofConnection,
    body: goalEvents,
    response: madeGoalsResponse,
    errors: ['no-such-site', 'not-connected', 'platform-refused', 'rate-limited'],
  },
  'GET /api/sites/:site/connections/:connection/late-purchases': {
    group: 'Connections',
    right: 'viewer',
    summary: 'Get the state of the late purchases of a connection',
    params: ofConnection,
    response: lateResponse,
    errors: ['no-such-site', 'not-connected'],
  },
  'PUT /api/sites/:site/connections/:connection/late-purchases': {
    group: 'Connections',
    right: 'owner',
    summary: 'Turn late purchases on or off',
    detail:
      'Turning them on takes the goal of the account that has Convey’s name, or makes it. A goal cannot be deleted at the platform. The setting of a connection of the config file does not change.',
    params: ofConnection,
    body: lateInput,
    response: lateChangeResponse,
    errors: [
      'no-such-site',
      'not-connected',
      'platform-refused',
      'rate-limited',
      'file-made',
      'changed-meanwhile',
      'not-applied',
      'secrets-key-unusable',
      'parameter-invalid',
    ],
  },
  'GET /api/sites/:site/paid-clicks': {
    group: 'Connections',
    right: 'viewer',
    summary: 'Get the paid clicks of the connected accounts beside the captured ones',
    detail: 'Clicks are compared each day. The list has the connections whose platform has such a report.',
    params: z.strictObject({ site }),
    response: paidClicksResponse,
    errors: ['no-such-site'],
  },
  'POST /api/sites/:site/connections/:connection/paid-clicks/check': {
    group: 'Connections',
    right: 'editor',
    summary: 'Compare the paid clicks now',
    detail: 'Requests the report, or reads a requested one. Convey asks every two minutes until the platform has made it.',
    params: ofConnection,
    response: doneResponse,
    errors: ['no-such-site', 'not-connected', 'rate-limited'],
  },
} as const satisfies RouteDefinitions);
