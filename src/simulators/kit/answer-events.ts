import type { Context } from 'hono';
import type { AnyFault, Faults } from './faults.ts';
import { getList } from './fields.ts';
import type { Body } from './http/read-body.ts';
import type { Reply } from './http/reply.ts';
import type { Env } from './http/routes.ts';
import { isSilentFault, sendFaulty, toAnswered } from './http/send-faulty.ts';
import type { ReceivedRequest } from './journal-store.ts';
import type { CommonSettings } from './settings.ts';

interface EventsRequest<F extends AnyFault, A extends Reply> {
  /** The platform's id of the account, tag or dataset. */
  readonly account: string;
  readonly body: Body;
  /** The member of the body that has the events. */
  readonly list: string;
  /** Returns the platform's answer under the fault. Not called for a fault that prevents the request from being processed. */
  answer(fault: F | undefined): A;
  /** Adds the request to the journal. `answer` is undefined if no response was intended. */
  record(received: ReceivedRequest, answer: A | undefined): void;
}

/** The parts of a simulator that answer a request. */
interface AnswerDeps<F extends AnyFault> {
  readonly faults: Pick<Faults<F>, 'consume'>;
  readonly settings: Pick<CommonSettings, 'slowMs'>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly closing: AbortSignal;
}

/** Answers a request to the events API as the current fault requires, and records it. */
export async function answerEvents<F extends AnyFault, A extends Reply>(
  { env }: Context<Env>,
  { faults, settings, now, closing }: AnswerDeps<F>,
  request: EventsRequest<F, A>,
): Promise<Response> {
  const { account, body, list } = request;
  const json = 'json' in body ? body.json : null;
  const events = getList(json, list);
  const fault = faults.consume({ account, events });
  const mode = fault?.mode ?? 'ok';
  const answer = isSilentFault(mode) ? undefined : request.answer(fault);
  const answered = toAnswered(mode);
  request.record({ now: now(), body: json, bodyBytes: body.bytes, fault: mode, answered, sent: events?.length ?? 0 }, answer);
  return sendFaulty(env, mode, answer, { slowMs: settings.slowMs, closing });
}
