import { z } from 'zod';
import { addRetryAfter, createRejectionTest, Faults, faultFields } from '../kit/faults.ts';
import type { Fields } from '../kit/fields.ts';
import { connectionFaults } from '../kit/http/send-faulty.ts';
import {
  type ApiReply,
  disabledApi,
  failure,
  htmlPage,
  refuse,
  refusedToken,
  usedUpQuota,
  type Violation,
  wrongScope,
} from './api/google-error.ts';

const modes = [
  'ok',
  '401',
  '403',
  'scope',
  '404',
  '409',
  '413',
  '429',
  'daily-quota',
  '500',
  '503',
  '400-no-details',
  'html',
  'first-only',
  'reject',
  'no-request-id',
  'refuse-later',
  'processing',
  'forget',
  'status-503',
  'token-500',
  'token-429',
  'token-html',
  'token-revoked',
  'token-short',
  'token-slow',
  ...connectionFaults,
] as const;

/**
 * A fault. Those that begin with `token-` are of the token server; `processing`, `forget` and `status-503` of `requestStatus:retrieve`; the others
 * of `events:ingest`. `first-only`, `reject`, `no-request-id` and `refuse-later` let the endpoint process the request.
 */
export const faultSchema = z.strictObject({
  ...faultFields,
  mode: z.enum(modes),
  /** For `reject`: whether the response names the rejected events. Default: `full`. For `reject` and `refuse-later`, `eventIds` are transaction ids. */
  details: z.enum(['full', 'none']).optional(),
  /** For `reject` and `refuse-later`: Google's reason. Default: `INVALID_EVENT`. */
  reason: z
    .string()
    .regex(/^[A-Z][A-Z0-9_]{0,127}$/)
    .optional(),
});

export type Fault = z.infer<typeof faultSchema>;

/** Creates the faults of a simulator that begins without one. */
export const createFaults = (): Faults<Fault> =>
  new Faults(faultSchema, { eventId: 'transactionId', getAccount: () => undefined });

export type FaultTarget = 'token' | 'status' | 'ingest';

/** Returns the endpoint that a fault affects. */
export function getTarget({ mode }: Fault): FaultTarget {
  if (mode.startsWith('token-')) return 'token';
  return mode === 'processing' || mode === 'forget' || mode === 'status-503' ? 'status' : 'ingest';
}

/** Returns the violation with which `reject` refuses an event. Without details it names no event. */
export function createRejection(fault: Fault | undefined): (event: Fields, position: number) => Violation | undefined {
  const isRejected = createRejectionTest(fault);
  const reason = fault?.reason ?? 'INVALID_EVENT';
  const isNamed = fault?.details !== 'none';
  return ({ transactionId }, position) => {
    if (!isRejected(transactionId)) return undefined;
    return {
      field: isNamed ? `events.events[${position}]` : 'events',
      description: "The simulator's fault `reject` refuses the event on purpose. Retry the event after the fault ends.",
      reason,
    };
  };
}

/** Returns the reason with which `refuse-later` refuses an event in the verdict. */
export function createLateRefusal(fault: Fault | undefined): (event: Fields) => string | undefined {
  const ids = fault?.mode === 'refuse-later' ? fault.eventIds : [];
  const isAffected = (id: unknown) => ids === undefined || ids.some((one) => one === id);
  return ({ transactionId }) => (isAffected(transactionId) ? (fault?.reason ?? 'INVALID_EVENT') : undefined);
}

/** Returns the response that replaces that of `events:ingest`; undefined if the endpoint still processes the request. */
export function faultResponse(fault: Fault, requestId: string): ApiReply | undefined {
  const reply = replacement(fault, requestId);
  return reply && addRetryAfter(reply, fault);
}

function replacement({ mode }: Fault, requestId: string): ApiReply | undefined {
  switch (mode) {
    case '401':
      return refusedToken();
    case '403':
      return disabledApi();
    case 'scope':
      return wrongScope();
    case '404':
      return failure(404, 'NOT_FOUND');
    case '409':
      return failure(409, 'ABORTED');
    case '413':
      return htmlPage(413, 'Error 413 (Request Entity Too Large)');
    case '429':
      return usedUpQuota('IngestionRequestsPerMinutePerProject');
    case 'daily-quota':
      return usedUpQuota('IngestionRequestsPerDayPerProject');
    case '500':
      return failure(500, 'INTERNAL');
    case '503':
      return failure(503, 'UNAVAILABLE');
    case '400-no-details':
      return refuse([], requestId);
    case 'html':
      return htmlPage(502, 'Error 502 (Server Error)');
    default:
      return undefined;
  }
}
