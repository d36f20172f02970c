import { z } from 'zod';
import { createPage, Faults, faultFields, listModes, signInPage } from '../kit/faults.ts';
import { connectionFaults } from '../kit/http/send-faulty.ts';
import { type ErrorCode, errorCodes } from './campaign-management/api-error.ts';
import type { AnswerBody, EventsResponse } from './events-api/responses.ts';
import {
  createForbiddenResponse,
  createUnauthorizedResponse,
  emptyResponse,
  tooManyRequests,
  validationError,
} from './events-api/responses.ts';
import type { Settings } from './settings.ts';

interface FaultedRequest {
  readonly settings: Settings;
  readonly traceId: string;
}

/**
 * `reject` rejects the named events as validation does, and `reject-200` names them in a 200. The other modes without a response process the
 * events and change the response.
 */
const modes = [
  ['401', ({ traceId }: FaultedRequest) => createUnauthorizedResponse(401, traceId)],
  ['403', ({ traceId }: FaultedRequest) => createForbiddenResponse(traceId)],
  ['404', () => emptyResponse(404)],
  ['413', () => emptyResponse(413)],
  ['429', ({ settings, traceId }: FaultedRequest) => tooManyRequests(traceId, String(settings.retryAfterSeconds))],
  ['500', () => emptyResponse(500)],
  ['short-count'],
  ['400-no-details', () => validationError()],
  ['html', () => createPage(503, 'Service unavailable')],
  ['reject'],
  ['reject-200'],
  ['error-200', ({ traceId }: FaultedRequest) => ({ ...createForbiddenResponse(traceId), status: 200 })],
  ['warnings-200'],
  ['count-spelling'],
  ['no-count'],
  ['other-json'],
  ['empty-object'],
  ['empty'],
  ['204'],
  ['text', () => ({ ...emptyResponse(200, { 'content-type': 'text/plain' }), body: 'OK' })],
  ['html-200', signInPage],
  ['api-error'],
  ['api-reject'],
  ['call-rate'],
  ['expired-token'],
  ['keys-off'],
  ['guide-key'],
  ['adjustments-off'],
  ['offline-off'],
  ['silent-name'],
  ['bidding-pilot-off'],
  ['token-dead'],
  ['token-500'],
  ['token-html'],
] as const;

/** Modes of the Campaign Management, Customer Management and Reporting APIs. */
const apiModes = [
  'api-error',
  'api-reject',
  'call-rate',
  'expired-token',
  'keys-off',
  'guide-key',
  'adjustments-off',
  'offline-off',
  'silent-name',
  'bidding-pilot-off',
];

/** Modes of the events endpoint that the advertising API has too. */
const sharedModes: readonly string[] = [...connectionFaults, '500', 'html', 'html-200'];

const isErrorCode = (code: number): code is ErrorCode => Object.hasOwn(errorCodes, code);

/** A fault of the events endpoint, of the advertising API, or, with `token-`, of its token server. */
export const faultSchema = z.strictObject({
  ...faultFields,
  mode: z.enum(listModes(modes)),
  /** For `reject`: whether the response names the rejected events. Default: `full`. */
  details: z.enum(['full', 'none']).optional(),
  /** Limits the fault to this tag. */
  tagId: z.string().optional(),
  /** Directs a fault of the connection, `500`, `html` or `html-200` at the advertising API. */
  target: z.enum(['events', 'api']).optional(),
  /** For `api-error` and `api-reject`: Microsoft's number of the error. */
  code: z.custom<ErrorCode>((value) => typeof value === 'number' && isErrorCode(value), 'must be a known code').optional(),
  /** For `call-rate` and `api-error`: the HTTP status, in place of the usual one. */
  status: z.int().min(400).max(599).optional(),
  /** For `call-rate`: the calls that are allowed in 60 seconds. Default: 0. */
  calls: z.int().min(0).max(10_000).optional(),
});

export type Fault = z.infer<typeof faultSchema>;

/** Creates the faults of a simulator that begins without one. */
export const createFaults = () =>
  new Faults<Fault, EventsResponse, FaultedRequest>(faultSchema, {
    eventId: 'eventId',
    getAccount: ({ tagId }) => tagId,
    modes,
    change,
  });

export type MicrosoftFaults = ReturnType<typeof createFaults>;

type FaultTarget = 'events' | 'api' | 'token';

/** Returns the endpoint that a fault affects. */
function getTarget({ mode, target }: Fault): FaultTarget {
  if (mode.startsWith('token-')) return 'token';
  return apiModes.includes(mode) || (target === 'api' && sharedModes.includes(mode)) ? 'api' : 'events';
}

/** Returns the current fault if it affects this endpoint, and counts the request. */
export function consumeFault(
  faults: MicrosoftFaults,
  target: FaultTarget,
  request: { readonly account: string; readonly events: readonly unknown[] | undefined } = { account: '', events: undefined },
): Fault | undefined {
  return getTarget(faults.current()) === target ? faults.consume(request) : undefined;
}

/** Returns the body of a success without the documented count; undefined for any other mode, and for a refusal that keeps its form. */
function createUncounted(mode: Fault['mode'], { eventsReceived, traceId }: AnswerBody): AnswerBody | null | undefined {
  const trace = traceId === undefined ? {} : { traceId };
  switch (mode) {
    case 'count-spelling':
      return eventsReceived === undefined ? undefined : { EventsReceived: String(eventsReceived), ...trace };
    case 'no-count':
      return eventsReceived === undefined ? undefined : trace;
    case 'warnings-200':
      return eventsReceived === undefined
        ? undefined
        : { error: { code: 'ValidationWarning', message: '', details: [sampleWarning] }, ...trace };
    case 'other-json':
      return { status: 'ok' };
    case 'empty-object':
      return {};
    case 'empty':
    case '204':
      return null;
    default:
      return undefined;
  }
}

const sampleWarning = {
  index: 0,
  propertyName: 'data[0].referrerUrl',
  errorMessage: "'referrerUrl' must be a valid URL.",
  errorCode: 'InvalidUrl',
  isWarning: true,
};

/** Returns the fault as the check of event ids sees it: `reject-200` rejects as `reject` does. */
export function toRejection(fault: Fault | undefined): Fault | undefined {
  return fault?.mode === 'reject-200' ? { ...fault, mode: 'reject' } : fault;
}

function change(answer: EventsResponse, fault: Fault): EventsResponse {
  const { body } = answer;
  if (typeof body !== 'object' || body === null) return answer;
  if (fault.mode === 'short-count' && body.eventsReceived !== undefined) {
    return { ...answer, body: { ...body, eventsReceived: Math.max(0, body.eventsReceived - 1) } };
  }
  const uncounted = createUncounted(fault.mode, body);
  if (uncounted !== undefined) return { ...answer, status: fault.mode === '204' ? 204 : 200, body: uncounted };
  if (fault.mode === 'reject-200' && body.error?.details !== undefined) return { ...answer, status: 200 };
  // Only a response of validation names rejected events.
  if (
    fault.mode === 'reject' &&
    fault.details === 'none' &&
    (body.eventsReceived !== undefined || body.error?.details !== undefined)
  ) {
    return validationError();
  }
  return answer;
}
