import { defineRoutes, type RouteDefinitions } from '../http/define-routes.ts';
import { backupResponse, documentResponse, referenceResponse, statusResponse } from './schemas.ts';

/** The routes of the gateway itself: status, backup and the API reference. */
export const gatewayRoutes = defineRoutes({
  'GET /api/status': {
    group: 'Gateway',
    right: 'account',
    summary: 'Get the state of the gateway, its sites and their connections',
    response: statusResponse,
  },
  'POST /api/backup': {
    group: 'Gateway',
    right: 'gateway-owner',
    summary: 'Create a backup of all data while the gateway runs',
    detail:
      'Returns a tar file with `state.db`, `log.db` and their checksums. The download starts when the files are copied and checked. The backup does not contain the key that encrypts secrets.',
    response: backupResponse,
    mediaType: 'application/x-tar',
    socketOnly: true,
    errors: ['backup-running', 'backup-no-room', 'backup-elsewhere', 'socket-only'],
  },
  'GET /api/openapi.json': {
    group: 'This reference',
    right: 'account',
    summary: 'Get the OpenAPI document',
    response: documentResponse,
  },
  'GET /api': {
    group: 'This reference',
    right: 'account',
    summary: 'Get this page',
    response: referenceResponse,
    mediaType: 'text/html',
  },
} as const satisfies RouteDefinitions);
