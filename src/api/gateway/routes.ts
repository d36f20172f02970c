import { z } from 'zod';
import { emptyBody } from '../http/parameters.ts';
import type { RouteDefinitions } from '../http/route.ts';
import { backupResponse, documentResponse, referenceResponse, statusResponse } from './schemas.ts';

/** The routes of the gateway itself: status, backup and the API reference. */
export const gatewayRoutes = {
  'GET /api/status': {
    group: 'Gateway',
    right: 'account',
    summary: 'Get the state of the gateway, its sites and their connections',
    params: z.strictObject({}),
    body: emptyBody,
    response: statusResponse,
    errors: [],
  },
  'POST /api/backup': {
    group: 'Gateway',
    right: 'gateway-owner',
    summary: 'Create a backup of all data while the gateway runs',
    detail:
      'Returns a tar file with `state.db`, `log.db` and their checksums. The download starts when the files are copied and checked. The backup does not contain the key that encrypts secrets.',
    params: z.strictObject({}),
    body: emptyBody,
    response: backupResponse,
    mediaType: 'application/x-tar',
    socketOnly: true,
    errors: ['backup-running', 'backup-no-room', 'backup-elsewhere', 'socket-only'],
  },
  'GET /api/openapi.json': {
    group: 'This reference',
    right: 'account',
    summary: 'Get the OpenAPI document',
    params: z.strictObject({}),
    body: emptyBody,
    response: documentResponse,
    errors: [],
  },
  'GET /api': {
    group: 'This reference',
    right: 'account',
    summary: 'Get this page',
    params: z.strictObject({}),
    body: emptyBody,
    response: referenceResponse,
    mediaType: 'text/html',
    errors: [],
  },
} as const satisfies RouteDefinitions;
