import { createPage } from '../../kit/faults.ts';
import type { Reply } from '../../kit/http/reply.ts';

/** A field that Google refuses. Errors of the parser have no reason. */
export interface Violation {
  readonly field: string;
  readonly description: string;
  readonly reason?: string;
}

interface GoogleError {
  readonly code: number;
  readonly status: string;
  readonly message: string;
  readonly details?: readonly Readonly<Record<string, unknown>>[];
}

/** A response of the API. The bodies of errors have the shape that was seen live. */
export interface ApiReply extends Reply {
  readonly body: Readonly<Record<string, unknown>> | string | null;
}

const typeUrl = (name: string) => `type.googleapis.com/google.rpc.${name}`;

function createError(error: GoogleError, headers: Readonly<Record<string, string>> = {}): ApiReply {
  return { status: error.code, headers, body: { error } };
}

/** @source https://developers.google.com/data-manager/api/devguides/troubleshooting/errors (2026-08-18) */
export function refuse(violations: readonly Violation[], requestId: string): ApiReply {
  return createError({
    code: 400,
    message: 'There was a problem with the request.',
    status: 'INVALID_ARGUMENT',
    details: [
      {
        '@type': typeUrl('ErrorInfo'),
        reason: 'INVALID_ARGUMENT',
        domain: 'datamanager.googleapis.com',
        metadata: { requestId },
      },
      { '@type': typeUrl('RequestInfo'), requestId },
      ...(violations.length > 0 ? [{ '@type': typeUrl('BadRequest'), fieldViolations: violations }] : []),
    ],
  });
}

/** An error of the parser, which has no `ErrorInfo`. */
export function refuseBody(violations: readonly Violation[]): ApiReply {
  return createError({
    code: 400,
    message: violations.map(({ description }) => description).join('\n'),
    status: 'INVALID_ARGUMENT',
    details: [
      { '@type': typeUrl('BadRequest'), fieldViolations: violations.map(({ field, description }) => ({ field, description })) },
    ],
  });
}

export function refuseReason(code: number, status: string, reason: string, message: string, metadata: object = {}): ApiReply {
  const info = { '@type': typeUrl('ErrorInfo'), reason, domain: 'googleapis.com', metadata };
  return createError({ code, message, status, details: [info] });
}

export const missingToken = (): ApiReply =>
  refuseReason(
    401,
    'UNAUTHENTICATED',
    'CREDENTIALS_MISSING',
    'Request is missing required authentication credential. Expected OAuth 2 access token.',
  );

export const refusedToken = (): ApiReply =>
  createError({
    code: 401,
    message: 'Request had invalid authentication credentials. Expected OAuth 2 access token.',
    status: 'UNAUTHENTICATED',
  });

export const wrongScope = (): ApiReply =>
  refuseReason(403, 'PERMISSION_DENIED', 'ACCESS_TOKEN_SCOPE_INSUFFICIENT', 'Request had insufficient authentication scopes.');

export const disabledApi = (): ApiReply =>
  refuseReason(
    403,
    'PERMISSION_DENIED',
    'SERVICE_DISABLED',
    'Data Manager API has not been used in project 123456789 before or it is disabled.',
  );

export const usedUpQuota = (limit: string): ApiReply =>
  refuseReason(429, 'RESOURCE_EXHAUSTED', 'RATE_LIMIT_EXCEEDED', 'Quota exceeded for quota metric.', { quota_limit: limit });

export const unknownRequestId = (): ApiReply =>
  createError({
    code: 400,
    message: 'There was a problem with the request.',
    status: 'INVALID_ARGUMENT',
    details: [
      {
        '@type': typeUrl('ErrorInfo'),
        reason: 'INVALID_REQUEST_ID',
        domain: 'datamanager.googleapis.com',
        metadata: { requestId: 't-0' },
      },
    ],
  });

export const failure = (code: number, status: string): ApiReply => createError({ code, message: status, status });

export const tooLarge = (): ApiReply => createPage(413, 'Error 413 (Request Entity Too Large)');
