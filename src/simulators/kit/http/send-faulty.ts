import { setTimeout as sleep } from 'node:timers/promises';
import type { HttpBindings } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { type Reply, sendTruncated, toHttpResponse } from './reply.ts';

/** Fault modes of the connection. `hang` and `reset` process nothing; the others process the request. */
export const connectionFaults = ['hang', 'reset', '200-then-drop', 'truncated', 'slow'] as const;

/** Returns whether a fault prevents a request from being processed. */
export const isSilentFault = (mode: string): boolean => mode === 'hang' || mode === 'reset';

/** How much of the response is sent. */
export type Answered = 'whole' | 'part' | 'none';

export function toAnswered(mode: string): Answered {
  if (isSilentFault(mode) || mode === '200-then-drop') return 'none';
  return mode === 'truncated' ? 'part' : 'whole';
}

interface SendOptions {
  readonly slowMs: number;
  /** Aborted when the simulator closes. */
  readonly closing: AbortSignal;
}

/** Sends a response as the fault's mode requires. `answer` is undefined for `hang` and `reset`. */
export async function sendFaulty(
  { incoming, outgoing }: HttpBindings,
  mode: string,
  answer: Reply | undefined,
  { slowMs, closing }: SendOptions,
): Promise<Response> {
  if (mode === 'reset') incoming.socket.resetAndDestroy();
  if (mode === '200-then-drop') incoming.socket.destroy();
  if (answer === undefined || incoming.socket.destroyed) return RESPONSE_ALREADY_SENT;
  if (mode === 'slow') await sleep(slowMs, undefined, { signal: closing });
  if (mode === 'truncated') {
    sendTruncated(outgoing, answer);
    return RESPONSE_ALREADY_SENT;
  }
  return toHttpResponse(answer);
}
