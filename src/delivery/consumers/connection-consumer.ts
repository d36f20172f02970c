import { WakeSignal } from '../../clock/clock.ts';
import type { BoundDestination } from '../../destinations/kit/destination.ts';
import type { BrowserBudget } from '../../event/browser-budget.ts';
import { hourMs, secondMs, type UnixMs } from '../../event/units.ts';
import type { Logger } from '../../logger.ts';
import type { CompiledRules } from '../../rules/evaluate.ts';
import { type Offset, startOffset } from '../../storage/log/event-log.ts';
import type { ConnectionState, Crash } from '../../storage/ports/connection-state.ts';
import type { DeliveryCommit } from '../../storage/ports/consumers.ts';
import { Batch } from '../planning/batch.ts';
import { BatchPlanner, type BatchPlannerOptions, isAttemptConsistent } from '../planning/batch-planner.ts';
import type { BatchPlan } from '../planning/decide.ts';
import { ReplayController } from '../replay/replay.ts';
import { AuthorizedSender } from '../sending/authorized-sender.ts';
import { maxProbeIntervalMs } from '../sending/backoff.ts';
import { isBreakerOpen, probeBatchSize } from '../sending/circuit-breaker.ts';
import { FirewallCheck } from '../sending/firewall-check.ts';
import type { Sender } from '../sending/http-sender.ts';
import { isPausedForAnswers } from '../sending/settle-unconfirmed.ts';
import { AttemptRunner } from './attempt-runner.ts';
import { CommandQueue } from './command-queue.ts';
import { CrashRecord } from './crash-record.ts';
import { expireEvents } from './expire-events.ts';
import { FaultReporter } from './fault-reporter.ts';
import { LeasedState, type LeaseOptions } from './leased-state.ts';
import { logDeadLetters } from './log-dead-letters.ts';
import { PauseControl } from './pause-control.ts';
import { PriorityLane } from './priority-lane.ts';
import { ReceiptRunner } from './receipt-runner.ts';

export interface ConnectionConsumerOptions extends LeaseOptions {
  readonly site: BatchPlannerOptions['site'];
  readonly destination: BoundDestination;
  /** The rules of the site and the connection; absent if there are none. */
  readonly rules?: CompiledRules;
  readonly browserBudget?: BrowserBudget;
  readonly sender: Sender;
  readonly random: () => number;
  readonly newId: () => string;
  /** Returns the cursor of the site's identity consumer. The connection never reads past it. */
  readonly identityCursor: () => Offset;
  /** Returns the repeated crash of the site's identity consumer, which delays the connection too. */
  readonly identityCrash?: () => Crash | undefined;
  /** Called after a commit that changes the outcome of an event. */
  readonly onOutcome?: () => void;
  /** Called after rules added events to the event log. */
  readonly onAppend: () => void;
  /** Called after each commit. */
  readonly onCommit?: (commit: DeliveryCommit) => void;
  /** Called with each error that ended a step. Returns its text if the consumer crashed. By default the error is only logged. */
  readonly reportFault?: (error: unknown) => string | undefined;
  readonly logger: Logger;
}

/** The time after a fault in which new records do not wake the consumer. */
const afterFaultMs = 5 * secondMs;
/** The longest sleep of a consumer without work. New work wakes it earlier; the bound limits the delay if a wake-up is ever missed. */
const longestWaitMs = hourMs;
/** Trusted events in the test request of a connection that is paused after too many rejections. */
const pauseTestEvents = 5;

/**
 * Delivers a site's event log to one connection: reads after the cursor, decides, batches, stores the attempt, sends, settles.
 * It runs under a lease, holds at most one batch in memory and can restore its whole state from the store, so the process may end at any
 * line and another may continue.
 */
export class ConnectionConsumer {
  /** The replays that operators request. */
  readonly replays: ReplayController;
  readonly #o: ConnectionConsumerOptions;
  readonly #wakeSignal: WakeSignal;
  readonly #planner: BatchPlanner;
  readonly #commands: CommandQueue;
  readonly #priority: PriorityLane;
  readonly #contentCheck: FirewallCheck;
  readonly #attempts: AttemptRunner;
  readonly #receipts: ReceiptRunner;
  readonly #leased: LeasedState;
  readonly #crashes: CrashRecord;
  readonly #pauses: PauseControl;
  readonly #reportFault: (error: unknown) => string | undefined;
  #isStopping = false;
  /** Set after one batch of many deferred deliveries or of a replay: the event log is next. */
  #isLogNext = false;

  constructor(options: ConnectionConsumerOptions) {
    this.#o = options;
    const { consumer, logger, clock } = options;
    const faults = new FaultReporter({ logger, monotonic: () => clock.monotonic() });
    this.#reportFault = options.reportFault ?? ((error) => faults.report(consumer, error));
    this.#wakeSignal = new WakeSignal(options.clock);
    this.#commands = new CommandQueue(options.consumer, this.#wakeSignal);
    this.#leased = new LeasedState({ ...options, wakeSignal: this.#wakeSignal });
    const deps = { ...options, now: () => this.#now(), state: () => this.#state };
    this.#planner = new BatchPlanner({
      ...deps,
      aheadThrough: () => this.#state.ahead?.through ?? startOffset,
      hasMisfit: () => this.#state.misfitAt !== undefined,
    });
    this.#priority = new PriorityLane({ ...deps, plan: (...found) => this.#planner.planTrustedReports(...found) });
    const keepLease = () => this.#leased.keepLease();
    const sender = new AuthorizedSender({ ...deps, keepLease });
    this.#contentCheck = new FirewallCheck({ ...deps, sender });
    this.#crashes = new CrashRecord({ ...deps, store: (state) => this.#leased.commit({ state }) });
    this.#pauses = new PauseControl({
      ...deps,
      leased: this.#leased,
      contentCheck: this.#contentCheck,
      onResume: () => this.#afterPause(),
    });
    this.#attempts = new AttemptRunner({
      ...deps,
      sender,
      planner: this.#planner,
      contentCheck: this.#contentCheck,
      commit: (commit) => this.#commit(commit),
      onResume: () => this.#afterPause(),
    });
    this.#receipts = new ReceiptRunner({
      ...deps,
      sender,
      planner: this.#planner,
      commit: (commit) => this.#commit(commit),
      onResume: () => this.#afterPause(),
    });
    this.replays = new ReplayController({
      ...deps,
      site: options.site.id,
      checkEligibility: (records) => this.#planner.checkEligibility(records),
      command: (run) => this.#commands.run(run),
      commit: async (commit) => {
        await keepLease();
        await this.#commit(commit);
      },
    });
  }

  /** The crash of the last step, until one succeeds. */
  get crash(): Crash | undefined {
    return this.#crashes.current;
  }

  /** Wakes the consumer after new records are durable. */
  wake(): void {
    this.#wakeSignal.notify();
  }

  /** Runs until `stop`. An error of the event log or the store ends a step, never the consumer. */
  async run(): Promise<void> {
    while (!this.#isStopping) {
      try {
        const isLeased = await this.prepare();
        if (isLeased) await this.#crashes.store();
        else await this.#waitForLease();
        while (isLeased && !this.#isStopping) {
          await this.#step();
          await this.#crashes.clear();
        }
      } catch (error) {
        this.#leased.discard();
        this.#crashes.set(this.#reportFault(error));
        await this.#waitAfterFault();
      }
    }
    await this.#leased.release();
    this.#commands.close();
  }

  /** Stops after the current step, including its request in flight. `run` then resolves. */
  stop(): void {
    this.#isStopping = true;
    this.#wakeSignal.notify();
  }

  /** Pauses the connection. `account`: the operator's; undefined for the command line. */
  pause(account?: string): Promise<void> {
    return this.#commands.run(() => this.#pauses.pause(account));
  }

  /** Ends any pause, wait, check of all payloads and count of unconfirmed answers, and resets the rejection counts and the circuit breaker. */
  resume(): Promise<void> {
    return this.#commands.run(() => this.#pauses.resume());
  }

  /** Probes the credential now, regardless of the schedule. Resolves to `ok` or the problem. */
  probe(): Promise<string> {
    return this.#commands.run(() => this.#pauses.probe());
  }

  /** Marks all undelivered events up to `through` as expired, because retention is about to remove them from the event log. */
  expire(through: Offset): Promise<void> {
    return this.#commands.run(async () => {
      const { consumer, site, log, store } = this.#o;
      const source = { consumer, site: site.id, log, store };
      for await (const commit of expireEvents(source, this.#state, through, this.#now())) await this.#commit(commit);
      await this.replays.skipTo(through);
    });
  }

  /** Resolves when the consumer is between two steps. The consumer stays there until `done` settles. */
  quiesce(done: Promise<unknown>): Promise<void> {
    return this.#commands.quiesce(done, this.#o.leaseTtlMs / 3);
  }

  /**
   * Acquires the lease and makes the connection's cursor durable, so that no later event can be missed. Returns false while another process
   * has the lease: `run` waits for it.
   */
  prepare(): Promise<boolean> {
    return this.#leased.acquire();
  }

  /** New records do not end the wait: they would make the consumer repeat the fault. A new command of an operator does, once. */
  async #waitAfterFault(): Promise<void> {
    let isOver = false;
    const cancel = this.#o.clock.after(afterFaultMs, () => {
      isOver = true;
      this.#wakeSignal.notify();
    });
    const { added } = this.#commands;
    while (!isOver && !this.#isStopping && this.#commands.added === added) await this.#wakeSignal.wait(afterFaultMs);
    cancel();
  }

  /** A consumer without its lease is between two steps. It refuses the commands that change its state. */
  async #waitForLease(): Promise<void> {
    this.#crashes.set(undefined);
    const command = this.#commands.next();
    if (command) return command();
    await this.#wakeSignal.wait(this.#o.leaseTtlMs / 3);
  }

  async #step(): Promise<void> {
    const { store, consumer, destination } = this.#o;
    await this.#leased.keepLease();
    await this.#leased.checkClock();
    const command = this.#commands.next();
    if (command) {
      // A command that quiesces the consumer waits for its caller.
      this.#leased.rest();
      return command();
    }
    const { pause, breaker, wait } = this.#state;
    const now = this.#now();
    const pausedMs = pause ? (pause.probeAt ?? Number.POSITIVE_INFINITY) - now : 0;
    if (pause && pause.cause !== 'schema' && !isPausedForAnswers(pause))
      return pausedMs > 0 ? this.#sleep(pausedMs) : void (await this.#pauses.probe());
    if (breaker.notBefore > now) return this.#sleep(breaker.notBefore - now);
    if (wait) return this.#pauses.probeWait(wait.until);
    const open = pausedMs > 0 ? undefined : await store.getOpenAttempt(consumer);
    if (open && (open.isDamaged || !isAttemptConsistent(open, this.#state.cursor, destination)))
      return this.#attempts.replaceDamaged(open);
    if (open) return this.#attempts.resend(open);
    // A pause after too many rejections ends by verdicts.
    const receipt = await this.#receipts.findNext();
    if (receipt) return this.#receipts.ask(receipt);
    if (pausedMs > 0) return this.#sleep(Math.min(pausedMs, (await this.#receipts.getNextTime()) - now));
    if (pause?.cause === 'schema') return this.#testPause(pause);
    const limit = isBreakerOpen(breaker) ? Math.min(probeBatchSize, destination.limits.batchSize) : destination.limits.batchSize;
    if (!isBreakerOpen(breaker) && this.#priority.isNext) {
      const plan = await this.#priority.next(limit);
      if (plan === 'log') this.#isLogNext = true;
      else if (plan) return this.#attempts.deliver(plan, []);
    }
    const due = await store.findDueDeliveries(consumer, now, limit);
    if (due.length > 0 && !this.#isLogNext) {
      this.#isLogNext = due.length === limit;
      this.#priority.afterOther();
      if (this.#attempts.isBisectionExhausted(due)) return this.#attempts.sendIndividually(due);
      return this.#attempts.deliver(await this.#planner.planDeferred(due), due);
    }
    const mayReplay =
      due.length === 0 &&
      this.replays.isReplaying &&
      (!isBreakerOpen(breaker) || (await store.getNextDueTime(consumer)) === undefined);
    if (mayReplay && !this.#isLogNext) {
      this.#isLogNext = true;
      this.#priority.afterOther();
      return this.replays.continueReplay(limit);
    }
    this.#isLogNext = false;
    const plan = await this.#planLog(limit, due.length > 0 || mayReplay);
    // No part of the plan is committed yet, so a pending command runs first and the plan is made again.
    if (!this.#isStopping && !this.#commands.hasPending) await this.#attempts.deliver(plan, []);
  }

  /** Reads after the cursor until the batch is full or due, or until other work is due. */
  async #planLog(limit: number, hasOtherWork: boolean): Promise<BatchPlan> {
    const { store, destination, consumer, identityCursor } = this.#o;
    const batch = new Batch(this.#state.cursor, { records: limit, bytes: destination.limits.batchBytes });
    while (!batch.full && !this.#isStopping && !this.#commands.hasPending) {
      if (await this.#planner.readNext(batch, identityCursor(), limit)) continue;
      const now = this.#now();
      if (hasOtherWork && batch.getRemainingMs(now) === Number.POSITIVE_INFINITY) break;
      const untilDueMs = ((await store.getNextDueTime(consumer)) ?? Number.POSITIVE_INFINITY) - now;
      const waitMs = Math.min(batch.getRemainingMs(now), untilDueMs, await this.#untilAskMs(batch, now));
      if (waitMs <= 0) break;
      // The wait of a batch with events is in the middle of a step, which may still crash.
      await (batch.getRemainingMs(now) === Number.POSITIVE_INFINITY ? this.#sleep(waitMs) : this.#rest(waitMs));
      await this.#leased.keepLease();
      await this.#leased.checkClock();
    }
    this.#priority.afterLog(batch.full);
    return batch.plan();
  }

  /** Sends a few trusted events to find out whether the platform accepts events again. A rejection creates no dead letter here. */
  async #testPause(pause: NonNullable<ConnectionState['pause']>): Promise<void> {
    const { store, consumer } = this.#o;
    const now = this.#now();
    const due = await store.findDueDeliveries(consumer, now, pauseTestEvents, 'trusted');
    if (due.length > 0) return this.#attempts.deliver(await this.#planner.planDeferred(due), due);
    const plan = await this.#priority.search(pauseTestEvents);
    if (plan && plan !== 'log') return this.#attempts.deliver(plan, []);
    return this.#leased.update({ pause: { ...pause, probeAt: now + maxProbeIntervalMs } });
  }

  #afterPause(): void {
    this.#priority.afterPause();
    this.#o.logger.info({ consumer: this.#o.consumer }, 'connection resumed');
  }

  async #commit(commit: DeliveryCommit): Promise<void> {
    await this.#leased.commit(commit);
    this.#o.onCommit?.(commit);
    logDeadLetters(this.#o.logger, this.#o.consumer, commit);
    if (commit.outcomes && commit.outcomes.length > 0) this.#o.onOutcome?.();
  }

  /** Returns the time until the next question for a verdict. It waits for a batch that is not empty, because that closes soon. */
  async #untilAskMs(batch: Batch, now: UnixMs): Promise<number> {
    const isEmpty = batch.getRemainingMs(now) === Number.POSITIVE_INFINITY;
    return isEmpty ? (await this.#receipts.getNextTime()) - now : Number.POSITIVE_INFINITY;
  }

  /** Ends a step that succeeded, and waits for work. */
  async #sleep(ms: number): Promise<void> {
    await this.#crashes.clear();
    await this.#rest(ms);
  }

  async #rest(ms: number): Promise<void> {
    this.#leased.rest();
    await this.#wakeSignal.wait(Math.min(ms, longestWaitMs));
  }

  get #state(): ConnectionState {
    return this.#leased.state;
  }

  #now(): UnixMs {
    return this.#o.clock.now();
  }
}
