import type { BoundDestination, HttpResponse } from '../../destinations/kit/destination.ts';
import type { UnixMs } from '../../event/units.ts';
import type { Logger } from '../../logger.ts';
import type { ConnectionState } from '../../storage/ports/connection-state.ts';
import type { ConsumerId } from '../../storage/ports/consumer-id.ts';
import type { DeliveryCommit } from '../../storage/ports/consumers.ts';
import type { Receipt } from '../../storage/ports/receipts.ts';
import type { Store } from '../../storage/ports/store.ts';
import type { AttemptPlanner } from '../planning/attempt-planner.ts';
import type { AuthorizedSender } from '../sending/authorized-sender.ts';
import { retryAfterMs } from '../sending/backoff.ts';
import { giveUpReceipt, postponeReceipt, type ReceiptContext, settleReceipt } from '../sending/settle-receipt.ts';

export interface ReceiptRunnerDeps {
  readonly consumer: ConsumerId;
  readonly destination: Pick<BoundDestination, 'receipt' | 'limits'>;
  readonly store: Pick<Store, 'findDueReceipt' | 'getNextAskTime' | 'getOutcomes'>;
  readonly sender: Pick<AuthorizedSender, 'send'>;
  readonly planner: Pick<AttemptPlanner, 'planReceipt'>;
  readonly logger: Logger;
  readonly random: () => number;
  readonly now: () => UnixMs;
  readonly state: () => ConnectionState;
  readonly commit: (commit: DeliveryCommit) => Promise<void>;
  /** Called after a verdict has ended a pause. */
  readonly onResume: () => void;
}

/** Asks a platform that gives its verdicts later for the verdicts on the requests of one connection. */
export class ReceiptRunner {
  readonly #o: ReceiptRunnerDeps;
  /** Set after a question: other work is next. */
  #hasAsked = false;

  constructor(deps: ReceiptRunnerDeps) {
    this.#o = deps;
  }

  /** Returns the receipt to ask for now, if there is one and the last step was another one. */
  async findNext(): Promise<Receipt | undefined> {
    const { destination, store, consumer, now } = this.#o;
    const receipt = destination.receipt && !this.#hasAsked ? await store.findDueReceipt(consumer, now()) : undefined;
    this.#hasAsked = receipt !== undefined;
    return receipt;
  }

  /** Returns the time of the next question; infinite if there is none. */
  async getNextTime(): Promise<UnixMs> {
    const { destination, store, consumer } = this.#o;
    return (destination.receipt && (await store.getNextAskTime(consumer))) ?? Number.POSITIVE_INFINITY;
  }

  /** Asks for the verdict, and settles the events or postpones the next question. */
  async ask(receipt: Receipt): Promise<void> {
    const { destination, sender, random, now, state, commit, logger, consumer } = this.#o;
    const { receipt: asking } = destination;
    if (!asking || receipt.ticket === '') return this.#giveUp(receipt);
    const result = await sender.send(
      (token) => asking.encode(receipt.ticket, token),
      (response) => asking.decode(response, receipt.members.length),
    );
    const { verdict, response } = 'verdict' in result ? result : {};
    if (verdict && response && !('still' in verdict) && !('retry' in verdict) && !('blocked' in verdict))
      return this.#settle(receipt, (context) => settleReceipt(verdict, response, context));
    const at = now();
    const askedMs = verdict && 'retry' in verdict ? retryAfterMs(verdict.retryAfter, at, destination.limits.maxAgeMs) : undefined;
    const isAnswered = verdict !== undefined && 'still' in verdict;
    const next = postponeReceipt(receipt, asking, at, random, { isAnswered, ...(askedMs !== undefined && { askedMs }) });
    if (!next) return this.#giveUp(receipt, response);
    const fields = { consumer, attempt: receipt.attempt, asks: next.asks, nextAskAt: next.askAt };
    if (isAnswered) logger.debug(fields, 'verdict not ready');
    else logger.warn({ ...fields, why: explainFailure(result) }, 'verdict could not be asked for');
    await commit({ state: state(), putReceipt: next });
  }

  async #giveUp(receipt: Receipt, response?: HttpResponse): Promise<void> {
    const { logger, consumer } = this.#o;
    logger.warn({ consumer, attempt: receipt.attempt, asks: receipt.asks }, 'no verdict');
    await this.#settle(receipt, (context) => giveUpReceipt(context, response));
  }

  async #settle(receipt: Receipt, settle: (context: ReceiptContext) => DeliveryCommit): Promise<void> {
    const { store, consumer, planner, state, now, commit, logger, onResume } = this.#o;
    const stored = await store.getOutcomes(
      consumer,
      receipt.members.map(({ offset }) => offset),
    );
    const plan = await planner.planReceipt(receipt, stored);
    const wasPaused = state().pause !== null;
    const change = settle({ state: state(), now: now(), receipt, plan, stored });
    await commit(change);
    const { result, status, issues = [] } = change.settle ?? {};
    const fields = { consumer, attempt: receipt.attempt, events: receipt.members.length, result, status, why: issues[0]?.code };
    logger.info(fields, 'verdict settled');
    if (wasPaused && !change.state.pause) onResume();
    else if (!wasPaused && change.state.pause) {
      const { cause, issue } = change.state.pause;
      logger.error({ consumer, cause, why: issue.message }, 'connection paused');
    }
  }
}

function explainFailure(result: Awaited<ReturnType<ReceiptRunnerDeps['sender']['send']>>): string {
  if ('notSent' in result) return result.notSent;
  if ('unknown' in result) return result.unknown;
  const { verdict } = result;
  if ('blocked' in verdict) return verdict.blocked.code;
  return 'retry' in verdict ? verdict.retry : '';
}
