import { z } from 'zod';
import { badGateway, Faults, faultFields, listModes, payloadTooLarge } from '../kit/faults.ts';
import { badToken, type EventsResponse, failure, invalidParameter, missingPermission } from './events-api/graph-error.ts';
import type { Settings } from './settings.ts';

/** Subcodes that senders saw together with a code. */
const throttleSubcodes = new Map([
  [17, 2_446_079],
  [613, 1_487_742],
]);

function throttle(traceId: string, { code = 17 }: { readonly code?: number | undefined }): EventsResponse {
  const error_subcode = throttleSubcodes.get(code);
  const message = `(#${code}) ${code === 4 ? 'Application request limit reached' : 'User request limit reached'}`;
  return failure(400, { message, code, ...(error_subcode === undefined ? {} : { error_subcode }) }, traceId);
}

const replyFailure = (status: number, error: Parameters<typeof failure>[1]) => (traceId: string) =>
  failure(status, error, traceId);

/** Modes without a response process the events. `reject` rejects the named events as validation does. */
const modes = [
  ['401', badToken],
  ['403', replyFailure(403, { message: '(#10) Application does not have permission for this action', code: 10 })],
  ['404', replyFailure(404, { message: '(#803) Some of the aliases you requested do not exist', code: 803 })],
  ['413', payloadTooLarge],
  ['429', () => ({ status: 429, body: null })],
  ['500', replyFailure(500, { message: 'An unknown error occurred', code: 1 })],
  ['400-no-details', invalidParameter],
  ['html', badGateway],
  ['permission', missingPermission],
  ['throttle', throttle],
  ['transient', replyFailure(500, { message: 'Service temporarily unavailable', code: 2, is_transient: true })],
  ['short-count'],
  ['reject'],
  ['french'],
  ['version-warning'],
] as const;

/** A fault of the events endpoint. */
export const faultSchema = z.strictObject({
  ...faultFields,
  mode: z.enum(listModes(modes)),
  /** For `reject`: whether the response names the first rejected event. Default: `full`. */
  details: z.enum(['full', 'none']).optional(),
  /** Limits the fault to this dataset. */
  datasetId: z.string().optional(),
  /** For `throttle`: the error code. Default: 17. */
  code: z.literal([4, 17, 32, 341, 613, 80_000, 80_004, 80_014]).optional(),
  /** For `throttle`: minutes until access returns, in the usage header. */
  minutes: z.int().min(0).max(10_080).optional(),
});

export type Fault = z.infer<typeof faultSchema>;

/** Creates the faults of a simulator that begins without one. */
export const createFaults = () =>
  new Faults<Fault, EventsResponse, string>(faultSchema, {
    eventId: 'event_id',
    getAccount: ({ datasetId }) => datasetId,
    modes,
    change,
  });

/** Returns the minutes until access returns that the usage header reports; 0 unless the request is throttled. */
export const throttledMinutes = (fault: Fault | undefined, { throttleMinutes }: Settings): number =>
  fault?.mode === 'throttle' ? (fault.minutes ?? throttleMinutes) : 0;

const versionWarning = 'The call has been auto-upgraded to a newer version as the version of this call has been deprecated.';

function change(answer: EventsResponse, { mode }: Fault): EventsResponse {
  if (mode === 'version-warning')
    return { ...answer, headers: { ...answer.headers, 'x-ad-api-version-warning': versionWarning } };
  const { body } = answer;
  if (mode !== 'short-count' || typeof body !== 'object' || body?.events_received === undefined) return answer;
  return { ...answer, body: { ...body, events_received: Math.max(0, body.events_received - 1) } };
}
