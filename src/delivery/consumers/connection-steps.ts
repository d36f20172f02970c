import type { Clock, WakeSignal } from '../../clock/clock.ts';
import type { BoundDestination } from '../../destinations/kit/destination.ts';
import { hourMs, type UnixMs } from '../../event/units.ts';
import type { Offset } from '../../storage/log/event-log.ts';
import type { ConnectionState } from '../../storage/ports/connection-state.ts';
import type { ConsumerId } from '../../storage/ports/consumer-id.ts';
import type { Store } from '../../storage/ports/store.ts';
import { isAttemptConsistent } from '../planning/attempt-planner.ts';
import { Batch } from '../planning/batch.ts';
import type { BatchPlan } from '../planning/batch-plan.ts';
import type { BatchPlanner } from '../planning/batch-planner.ts';
import type { ReplayController } from '../replay/replay.ts';
import { maxProbeIntervalMs } from '../sending/backoff.ts';
import { isBreakerOpen, probeBatchSize } from '../sending/circuit-breaker.ts';
import { isPausedForAnswers } from '../sending/settle-unconfirmed.ts';
import type { AttemptRunner } from './attempt-runner.ts';
import type { CommandQueue } from './command-queue.ts';
import type { CrashRecord } from './crash-record.ts';
import type { LeasedState } from './leased-state.ts';
import type { PauseControl } from './pause-control.ts';
import type { PriorityLane } from './priority-lane.ts';
import type { ReceiptRunner } from './receipt-runner.ts';
import { TurnLimit } from './turn-limit.ts';

export interface ConnectionStepsDeps {
  readonly consumer: ConsumerId;
  readonly destination: BoundDestination;
  readonly store: Store;
  readonly clock: Clock;
  readonly identityCursor: () => Offset;
  readonly wakeSignal: WakeSignal;
  readonly commands: CommandQueue;
  readonly leased: LeasedState;
  readonly crashes: CrashRecord;
  readonly pauses: PauseControl;
  readonly planner: BatchPlanner;
  readonly priority: PriorityLane;
  readonly attempts: AttemptRunner;
  readonly receipts: ReceiptRunner;
  readonly replays: ReplayController;
  /** Returns whether the consumer stops after this step. */
  readonly isStopping: () => boolean;
}

/** The longest sleep of a consumer without work. New work wakes it earlier; the bound limits the delay if a wake-up is ever missed. */
const longestWaitMs = hourMs;
/** Trusted events in the test request of a connection that is paused after too many rejections. */
const pauseTestEvents = 5;
/** The steps of all connections that begin in one turn of the event loop. A small one takes a third of a millisecond. */
const stepsOfTurn = new TurnLimit(32);

/** Chooses the work of each step: a command, a pause, an open attempt, a verdict, a trusted report, a deferred delivery, or the event log. */
export class ConnectionSteps {
  readonly #o: ConnectionStepsDeps;
  /** Set after one batch of many deferred deliveries or of a replay: the event log is next. */
  #isLogNext = false;

  constructor(deps: ConnectionStepsDeps) {
    this.#o = deps;
  }

  /** Does one piece of work, or waits for some. */
  async run(): Promise<void> {
    const { store, consumer, destination } = this.#o;
    await stepsOfTurn.enter();
    await this.#o.leased.keepLease();
    await this.#o.leased.checkClock();
    const command = this.#o.commands.next();
    if (command) {
      // A command that quiesces the consumer waits for its caller.
      this.#o.leased.rest();
      return command();
    }
    const { pause, breaker, wait } = this.#state;
    const now = this.#now();
    const pausedMs = pause ? (pause.probeAt ?? Number.POSITIVE_INFINITY) - now : 0;
    if (pause && pause.cause !== 'schema' && !isPausedForAnswers(pause))
      return pausedMs > 0 ? this.#sleep(pausedMs) : void (await this.#o.pauses.probe());
    if (breaker.notBefore > now) return this.#sleep(breaker.notBefore - now);
    if (wait) return this.#o.pauses.probeWait(wait.until);
    const open = pausedMs > 0 ? undefined : await store.getOpenAttempt(consumer);
    if (open && (open.isDamaged || !isAttemptConsistent(open, this.#state.cursor, destination)))
      return this.#o.attempts.replaceDamaged(open);
    if (open) return this.#o.attempts.resend(open);
    // A pause after too many rejections ends by verdicts.
    const receipt = await this.#o.receipts.findNext();
    if (receipt) return this.#o.receipts.ask(receipt);
    if (pausedMs > 0) return this.#sleep(Math.min(pausedMs, (await this.#o.receipts.getNextTime()) - now));
    if (pause?.cause === 'schema') return this.#testPause(pause);
    const limit = isBreakerOpen(breaker) ? Math.min(probeBatchSize, destination.limits.batchSize) : destination.limits.batchSize;
    if (!isBreakerOpen(breaker) && this.#o.priority.isNext) {
      const plan = await this.#o.priority.next(limit);
      if (plan === 'log') this.#isLogNext = true;
      else if (plan) return this.#o.attempts.deliver(plan, []);
    }
    const due = await store.findDueDeliveries(consumer, now, limit);
    if (due.length > 0 && !this.#isLogNext) {
      this.#isLogNext = due.length === limit;
      this.#o.priority.afterOther();
      if (this.#o.attempts.isBisectionExhausted(due)) return this.#o.attempts.sendIndividually(due);
      return this.#o.attempts.deliver(await this.#o.planner.planDeferred(due), due);
    }
    const mayReplay =
      due.length === 0 &&
      this.#o.replays.isReplaying &&
      (!isBreakerOpen(breaker) || (await store.getNextDueTime(consumer)) === undefined);
    if (mayReplay && !this.#isLogNext) {
      this.#isLogNext = true;
      this.#o.priority.afterOther();
      return this.#o.replays.continueReplay(limit);
    }
    this.#isLogNext = false;
    const plan = await this.#planLog(limit, due.length > 0 || mayReplay);
    // No part of the plan is committed yet, so a pending command runs first and the plan is made again.
    if (!this.#o.isStopping() && !this.#o.commands.hasPending) await this.#o.attempts.deliver(plan, []);
  }

  /** Reads after the cursor until the batch is full or due, or until other work is due. */
  async #planLog(limit: number, hasOtherWork: boolean): Promise<BatchPlan> {
    const { store, destination, consumer, identityCursor } = this.#o;
    const batch = new Batch(this.#state.cursor, { records: limit, bytes: destination.limits.batchBytes });
    while (!batch.full && !this.#o.isStopping() && !this.#o.commands.hasPending) {
      if (await this.#o.planner.readNext(batch, identityCursor(), limit)) continue;
      const now = this.#now();
      if (hasOtherWork && batch.getRemainingMs(now) === Number.POSITIVE_INFINITY) break;
      const untilDueMs = ((await store.getNextDueTime(consumer)) ?? Number.POSITIVE_INFINITY) - now;
      const waitMs = Math.min(batch.getRemainingMs(now), untilDueMs, await this.#untilAskMs(batch, now));
      if (waitMs <= 0) break;
      // The wait of a batch with events is in the middle of a step, which may still crash.
      await (batch.getRemainingMs(now) === Number.POSITIVE_INFINITY ? this.#sleep(waitMs) : this.#rest(waitMs));
      await stepsOfTurn.enter();
      await this.#o.leased.keepLease();
      await this.#o.leased.checkClock();
    }
    this.#o.priority.afterLog(batch.full);
    return batch.plan();
  }

  /** Sends a few trusted events to find out whether the platform accepts events again. A rejection creates no dead letter here. */
  async #testPause(pause: NonNullable<ConnectionState['pause']>): Promise<void> {
    const { store, consumer } = this.#o;
    const now = this.#now();
    const due = await store.findDueDeliveries(consumer, now, pauseTestEvents, 'trusted');
    if (due.length > 0) return this.#o.attempts.deliver(await this.#o.planner.planDeferred(due), due);
    const plan = await this.#o.priority.search(pauseTestEvents);
    if (plan && plan !== 'log') return this.#o.attempts.deliver(plan, []);
    return this.#o.leased.update({ pause: { ...pause, probeAt: now + maxProbeIntervalMs } });
  }

  /** Returns the time until the next question for a verdict. It waits for a batch that is not empty, because that closes soon. */
  async #untilAskMs(batch: Batch, now: UnixMs): Promise<number> {
    const isEmpty = batch.getRemainingMs(now) === Number.POSITIVE_INFINITY;
    return isEmpty ? (await this.#o.receipts.getNextTime()) - now : Number.POSITIVE_INFINITY;
  }

  /** Ends a step that succeeded, and waits for work. */
  async #sleep(ms: number): Promise<void> {
    await this.#o.crashes.clear();
    await this.#rest(ms);
  }

  async #rest(ms: number): Promise<void> {
    this.#o.leased.rest();
    await this.#o.wakeSignal.wait(Math.min(ms, longestWaitMs));
  }

  get #state(): ConnectionState {
    return this.#o.leased.state;
  }

  #now(): UnixMs {
    return this.#o.clock.now();
  }
}
