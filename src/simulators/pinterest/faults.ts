import { z } from 'zod';
import { badGateway, Faults, faultFields, listModes, payloadTooLarge, signInPage } from '../kit/faults.ts';
import {
  badToken,
  type EventsResponse,
  failure,
  missingScope,
  notPermitted,
  rampedDown,
  toPartial,
  unknownAccount,
} from './events-api/responses.ts';
import type { Settings } from './settings.ts';

const refuseRate = () => failure(429, 8, 'You have exceeded your rate limit. Try again later.');

/** Modes without a response process the events. `422` and `422-no-list` only change a response that has a refusal. */
const modes = [
  [
    '400',
    ({ refusalCode }: Settings) =>
      failure(400, refusalCode, "Invalid request: Additional properties are not allowed ('x' was unexpected)"),
  ],
  ['401', badToken],
  ['401-scope', missingScope],
  ['403', notPermitted],
  ['404', unknownAccount],
  ['413', payloadTooLarge],
  [
    '429',
    ({ callsPerMinute, throttleSeconds }: Settings) => ({
      ...refuseRate(),
      headers: {
        'x-ratelimit-limit': String(callsPerMinute),
        'x-ratelimit-remaining': '0',
        'x-ratelimit-reset': String(throttleSeconds),
      },
    }),
  ],
  ['429-no-headers', refuseRate],
  ['500', () => failure(500, -1, 'Something went wrong on our end. Sorry about that.')],
  ['503', rampedDown],
  ['html', badGateway],
  ['html-200', signInPage],
  ['422'],
  ['422-no-list'],
  ['fewer-entries'],
  ['no-entries'],
  ['reject'],
] as const;

/** A fault of the events endpoint. */
export const faultSchema = z.strictObject({
  ...faultFields,
  mode: z.enum(listModes(modes)),
  /** Limits the fault to this ad account. */
  adAccountId: z.string().optional(),
});

export type Fault = z.infer<typeof faultSchema>;

/** Creates the faults of a simulator that begins without one. */
export const createFaults = () =>
  new Faults<Fault, EventsResponse, Settings>(faultSchema, {
    eventId: 'event_id',
    getAccount: ({ adAccountId }) => adAccountId,
    modes,
    change,
  });

function change(answer: EventsResponse, { mode }: Fault): EventsResponse {
  if (mode === '422' || mode === '422-no-list') return toPartial(answer, mode === '422');
  const { body } = answer;
  if (typeof body !== 'object' || body === null || !('num_events_received' in body)) return answer;
  const { events = [], ...counts } = body;
  if (mode === 'no-entries') return { ...answer, body: counts };
  return mode === 'fewer-entries' ? { ...answer, body: { ...counts, events: events.slice(0, -1) } } : answer;
}
