import { z } from 'zod';
import { badGateway, createPage, Faults, faultFields, listModes, payloadTooLarge } from '../kit/faults.ts';
import { codes, createAnswer, type EventsResponse } from './events-api/answer.ts';
import { refusePermission, refuseToken } from './events-api/events-endpoint.ts';

const refuseRate = (requestId: string, status: number) =>
  createAnswer(codes.tooManyRequests, 'Too many requests. Please retry in some time.', requestId, { status });
const failSystem = (requestId: string, status: number) => createAnswer(codes.systemError, 'System error', requestId, { status });

interface StatusOption {
  readonly status?: number | undefined;
}

/** `reject` rejects the named events as validation does. Modes without a response process the events. */
const modes = [
  ['401', (requestId: string) => refuseToken(requestId, 401)],
  ['403', () => createPage(403, 'Forbidden', 'Request blocked')],
  ['404', () => ({ status: 404, body: null })],
  ['413', payloadTooLarge],
  ['429', (requestId: string) => refuseRate(requestId, 429)],
  ['500', (requestId: string) => failSystem(requestId, 500)],
  ['html', badGateway],
  ['revoked', (requestId: string) => refuseToken(requestId, 200)],
  ['permission', (requestId: string) => refusePermission('C4ABCDEF0123456789AB', requestId)],
  ['throttle', (requestId: string, { status = 200 }: StatusOption) => refuseRate(requestId, status)],
  ['system-error', (requestId: string, { status = 200 }: StatusOption) => failSystem(requestId, status)],
  ['no-code'],
  ['partial'],
  ['reject'],
] as const;

/** A fault of the events endpoint. */
export const faultSchema = z.strictObject({
  ...faultFields,
  mode: z.enum(listModes(modes)),
  /** For `reject`: whether the answer names the first rejected event. Default: `full`. */
  details: z.enum(['full', 'none']).optional(),
  /** Limits the fault to this pixel. */
  pixelCode: z.string().optional(),
  /** For `throttle` and `system-error`: the status of the answer. Default: 200. */
  status: z.literal([200, 401, 429, 500]).optional(),
});

export type Fault = z.infer<typeof faultSchema>;

/** Creates the faults of a simulator that begins without one. */
export const createFaults = () =>
  new Faults<Fault, EventsResponse, string>(faultSchema, {
    eventId: 'event_id',
    getAccount: ({ pixelCode }) => pixelCode,
    modes,
    change,
  });

function change(answer: EventsResponse, { mode }: Fault): EventsResponse {
  const { body } = answer;
  if (typeof body !== 'object' || body === null || body.code !== codes.ok) return answer;
  if (mode === 'partial') return { ...answer, body: { ...body, code: codes.partial, message: 'Partial success' } };
  // A proxy replaced the body. The events were received.
  return mode === 'no-code' ? { ...answer, body: '' } : answer;
}
