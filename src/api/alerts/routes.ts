import { z } from 'zod';
import { defineRoutes, type RouteDefinitions } from '../http/define-routes.ts';
import { connection, site } from '../http/parameters.ts';
import { doneResponse } from '../http/schema-parts.ts';
import { changedAlerts, channelId, newMute } from './parameters.ts';
import { alertsResponse, channelTypesResponse, testedChannelResponse } from './schemas.ts';

/** The routes of alerts, their channels and rules. */
export const alertRoutes = defineRoutes({
  'GET /api/alerts': {
    group: 'Alerts',
    right: 'account',
    summary: 'List the open alerts, the newest messages and the settings',
    response: alertsResponse,
  },
  'GET /api/alerts/channel-types': {
    group: 'Alerts',
    right: 'account',
    summary: 'List the types of channels with the schema of their settings',
    response: channelTypesResponse,
  },
  'PUT /api/alerts/settings': {
    group: 'Alerts',
    right: 'gateway-owner',
    summary: 'Replace the channels, rules, digest and quiet hours',
    body: changedAlerts,
    response: alertsResponse,
    errors: ['file-made', 'changed-meanwhile', 'secrets-key-unusable'],
  },
  'POST /api/alerts/channels/:channel/test': {
    group: 'Alerts',
    right: 'gateway-owner',
    summary: 'Send a test message to a channel',
    params: z.strictObject({ channel: channelId }),
    response: testedChannelResponse,
    errors: ['no-such-channel'],
  },
  'PUT /api/sites/:site/connections/:connection/mute': {
    group: 'Alerts',
    right: 'editor',
    summary: 'Mute the alerts of a connection',
    detail:
      'Its open alerts end without a message. An alert whose condition still holds begins again when the connection is unmuted.',
    params: z.strictObject({ site, connection }),
    body: newMute,
    response: doneResponse,
    errors: ['no-such-site', 'no-such-connection'],
  },
  'DELETE /api/sites/:site/connections/:connection/mute': {
    group: 'Alerts',
    right: 'editor',
    summary: 'Unmute the alerts of a connection',
    params: z.strictObject({ site, connection }),
    response: doneResponse,
    errors: ['no-such-site'],
  },
} as const satisfies RouteDefinitions);
