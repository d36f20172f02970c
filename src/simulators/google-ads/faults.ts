import { z } from 'zod';
import { createPage, createRejectionTest, Faults, faultFields, listModes } from '../kit/faults.ts';
import type { Fields } from '../kit/fields.ts';
import {
  disabledApi,
  failure,
  refuse,
  refusedToken,
  tooLarge,
  usedUpQuota,
  type Violation,
  wrongScope,
} from './api/google-error.ts';
import type { IngestAnswer } from './api/ingest.ts';

/** Modes of `events:ingest` without a response let it process the request. The token server and `requestStatus:retrieve` read their own. */
const modes = [
  ['401', refusedToken],
  ['403', disabledApi],
  ['scope', wrongScope],
  ['404', () => failure(404, 'NOT_FOUND')],
  ['409', () => failure(409, 'ABORTED')],
  ['413', tooLarge],
  ['429', () => usedUpQuota('IngestionRequestsPerMinutePerProject')],
  ['daily-quota', () => usedUpQuota('IngestionRequestsPerDayPerProject')],
  ['500', () => failure(500, 'INTERNAL')],
  ['503', () => failure(503, 'UNAVAILABLE')],
  ['400-no-details', (requestId: string) => refuse([], requestId)],
  ['html', () => createPage(502, 'Error 502 (Server Error)')],
  ['first-only'],
  ['reject'],
  ['no-request-id'],
  ['refuse-later'],
  ['processing'],
  ['forget'],
  ['status-503'],
  ['token-500'],
  ['token-429'],
  ['token-html'],
  ['token-revoked'],
  ['token-short'],
  ['token-slow'],
] as const;

/**
 * A fault. Those that begin with `token-` are of the token server; `processing`, `forget` and `status-503` of `requestStatus:retrieve`; the others
 * of `events:ingest`.
 */
export const faultSchema = z.strictObject({
  ...faultFields,
  mode: z.enum(listModes(modes)),
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
export const createFaults = () =>
  new Faults<Fault, IngestAnswer, string>(faultSchema, {
    eventId: 'transactionId',
    modes,
    change: (answer, { mode }) => (mode === 'no-request-id' && answer.stored ? { ...answer, body: {} } : answer),
  });

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
