import { z } from 'zod';
import { addRetryAfter, Faults, faultFields } from '../kit/faults.ts';
import type { Reply } from '../kit/http/reply.ts';
import { connectionFaults } from '../kit/http/send-faulty.ts';

const statuses = ['400', '401', '403', '404', '410', '413', '422', '429', '500', '502', '504'] as const;
const modes = ['ok', ...statuses, 'redirect', 'html', ...connectionFaults] as const;

/** A fault of the receiver. Each except the connection faults `200-then-drop`, `truncated` and `slow` stores no message. */
export const faultSchema = z.strictObject({ ...faultFields, mode: z.enum(modes) });

export type Fault = z.infer<typeof faultSchema>;

/** Creates the faults of a simulator that begins without one. */
export const createFaults = (): Faults<Fault> => new Faults(faultSchema, { eventId: 'id', getAccount: () => undefined });

/** Returns the response that replaces the receiver's; undefined if the receiver still processes the message. */
export function replaceResponse(fault: Fault): Reply | undefined {
  const answer = findReplacement(fault.mode);
  return answer && addRetryAfter(answer, fault);
}

function findReplacement(mode: Fault['mode']): Reply | undefined {
  if (/^\d/.test(mode) && mode !== '200-then-drop') return { status: Number(mode), body: { error: `status ${mode}` } };
  if (mode === 'redirect') return { status: 307, headers: { location: '/elsewhere' } };
  if (mode === 'html') return { status: 200, body: '<!doctype html><title>Sign in</title><h1>Sign in</h1>' };
  return undefined;
}
