import { z } from 'zod';
import { Faults, faultFields, listModes, signInPage } from '../kit/faults.ts';
import { type EventsResponse, fail } from './events-api/answer.ts';

/** Modes without a response store the events, except `reject`, which refuses a request with one of the named events. */
const modes = [
  ['401', () => fail(401, { message: 'The API key is invalid.' })],
  ['403', () => fail(403, { message: 'The API key may not use this pixel.' })],
  ['404', () => fail(404, { message: 'The pixel was not found.', param: 'pid' })],
  ['413', () => fail(413, { message: 'The request is too large.' })],
  ['429', () => fail(429, { message: 'Too many requests.' })],
  ['500', () => fail(500, { message: 'The server had an error.' })],
  ['400-no-details', () => ({ status: 400, body: null })],
  ['html', signInPage],
  ['error-in-200', () => fail(200, { message: 'The server had an error.' })],
  ['empty'],
  ['short-count'],
  ['reject'],
] as const;

/** A fault of the events endpoint. */
export const faultSchema = z.strictObject({
  ...faultFields,
  mode: z.enum(listModes(modes)),
  /** Limits the fault to this pixel. */
  pixelId: z.string().optional(),
});

export type Fault = z.infer<typeof faultSchema>;

/** Creates the faults of a simulator that begins without one. */
export const createFaults = () =>
  new Faults<Fault, EventsResponse>(faultSchema, { eventId: 'id', getAccount: ({ pixelId }) => pixelId, modes, change });

function change(answer: EventsResponse, { mode }: Fault): EventsResponse {
  const { body } = answer;
  if (mode === 'empty' && answer.status === 200) return { ...answer, body: null };
  if (mode !== 'short-count' || typeof body !== 'object' || body === null || !('accepted_events' in body)) return answer;
  return { ...answer, body: { accepted_events: Math.max(0, body.accepted_events - 1) } };
}
