import { WakeSignal } from '../../clock/clock.ts';
import type { BoundDestination } from '../../destinations/kit/destination.ts';
import type { BrowserBudget } from '../../event/browser-budget.ts';
import type { CredentialTest } from '../../event/settings-test.ts';
import { secondMs, type UnixMs } from '../../event/units.ts';
import type { Logger } from '../../logger.ts';
import type { CompiledRules } from '../../rules/evaluate.ts';
import { type Offset, startOffset } from '../../storage/log/event-log.ts';
import type { ConnectionState, Crash } from '../../storage/ports/connection-state.ts';
import type { DeliveryCommit } from '../../storage/ports/consumers.ts';
import { AttemptPlanner } from '../planning/attempt-planner.ts';
import { BatchPlanner } from '../planning/batch-planner.ts';
import { checkEligibility } from '../planning/check-eligibility.ts';
import type { DecisionDeps } from '../planning/decision-facts.ts';
import { planUploads } from '../planning/plan-uploads.ts';
import { ReplayController } from '../replay/replay.ts';
import type { AcceptedWaits } from '../sending/accepted-waits.ts';
import { AuthorizedSender } from '../sending/authorized-sender.ts';
import { FirewallCheck } from '../sending/firewall-check.ts';
import type { Sender } from '../sending/http-sender.ts';
import { commitUploads, type UploadSettlement } from '../uploads/settle-uploads.ts';
import { AttemptRunner } from './attempt-runner.ts';
import { CommandQueue } from './command-queue.ts';
import { ConnectionSteps } from './connection-steps.ts';
import { CrashRecord } from './crash-record.ts';
import { type ExpirySource, expireEvents } from './expire-events.ts';
import { FaultReporter } from './fault-reporter.ts';
import { LeasedState, type LeaseOptions } from './leased-state.ts';
import { logDeadLetters } from './log-dead-letters.ts';
import { PauseControl } from './pause-control.ts';
import { PriorityLane } from './priority-lane.ts';
import { ReceiptRunner } from './receipt-runner.ts';

export interface ConnectionConsumerOptions extends LeaseOptions {
  readonly site: DecisionDeps['site'];
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
  /** Called with the waits of the events that the platform accepted. */
  readonly onAccepted?: (waits: AcceptedWaits) => void;
  /** Called with each error that ended a step. Returns its text if the consumer crashed. By default the error is only logged. */
  readonly reportFault?: (error: unknown) => string | undefined;
  readonly logger: Logger;
}

/** The time after a fault in which new records do not wake the consumer. */
const afterFaultMs = 5 * secondMs;
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
  readonly #decisions: DecisionDeps;
  readonly #commands: CommandQueue;
  readonly #priority: PriorityLane;
  readonly #leased: LeasedState;
  readonly #crashes: CrashRecord;
  readonly #pauses: PauseControl;
  readonly #reportFault: (error: unknown) => string | undefined;
  readonly #steps: ConnectionSteps;
  #isStopping = false;

  constructor(options: ConnectionConsumerOptions) {
    this.#o = options;
    const { consumer, logger, clock } = options;
    const faults = new FaultReporter({ logger, monotonic: () => clock.monotonic() });
    this.#reportFault = options.reportFault ?? ((error) => faults.report(consumer, error));
    this.#wakeSignal = new WakeSignal(options.clock);
    this.#commands = new CommandQueue(options.consumer, this.#wakeSignal);
    this.#leased = new LeasedState({ ...options, wakeSignal: this.#wakeSignal });
    const deps = { ...options, now: () => this.#now(), state: () => this.#state };
    this.#decisions = { ...deps, beginsAfter: () => this.#state.begins?.after ?? startOffset };
    const planner = new BatchPlanner({
      ...deps,
      ...this.#decisions,
      aheadThrough: () => this.#state.ahead?.through ?? startOffset,
      hasMisfit: () => this.#state.misfitAt !== undefined,
    });
    this.#priority = new PriorityLane({ ...deps, plan: (...found) => planner.planTrustedReports(...found) });
    const keepLease = () => this.#leased.keepLease();
    const sender = new AuthorizedSender({ ...deps, keepLease });
    const contentCheck = new FirewallCheck({ ...deps, sender });
    this.#crashes = new CrashRecord({ ...deps, store: (state) => this.#leased.commit({ state }) });
    this.#pauses = new PauseControl({
      ...deps,
      leased: this.#leased,
      contentCheck,
      onResume: () => this.#afterPause(),
    });
    const attemptPlanner = new AttemptPlanner({ ...this.#decisions, planOthers: (...range) => planner.planOthers(...range) });
    const attempts = new AttemptRunner({
      ...deps,
      sender,
      planner: attemptPlanner,
      contentCheck,
      commit: (commit) => this.#commit(commit),
      onResume: () => this.#afterPause(),
    });
    const receipts = new ReceiptRunner({
      ...deps,
      sender,
      planner: attemptPlanner,
      commit: (commit) => this.#commit(commit),
      onResume: () => this.#afterPause(),
    });
    this.replays = new ReplayController({
      ...deps,
      site: options.site.id,
      checkEligibility: (records) => checkEligibility(records, this.#decisions),
      command: (run) => this.#commands.run(run),
      commit: async (commit) => {
        await keepLease();
        await this.#commit(commit);
      },
    });
    this.#steps = new ConnectionSteps({
      ...deps,
      wakeSignal: this.#wakeSignal,
      commands: this.#commands,
      leased: this.#leased,
      crashes: this.#crashes,
      pauses: this.#pauses,
      planner,
      priority: this.#priority,
      attempts,
      receipts,
      replays: this.replays,
      isStopping: () => this.#isStopping,
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
          await this.#steps.run();
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

  /** Probes the credential now, regardless of the schedule. */
  probe(): Promise<CredentialTest> {
    return this.#commands.run(() => this.#pauses.probe());
  }

  /** Marks all undelivered events up to `through` as expired, because retention is about to remove them from the event log. */
  expire(through: Offset): Promise<void> {
    return this.#commands.run(async () => {
      const { consumer, site, log, store } = this.#o;
      const source: ExpirySource = {
        ...{ consumer, site: site.id, log, store },
        planUploads: (records) => planUploads(records, this.#decisions),
      };
      for await (const commit of expireEvents(source, this.#state, through, this.#now())) await this.#commit(commit);
      await this.replays.skipTo(through);
    });
  }

  /** Commits the results of a call with the access to the account. The events go on, paused or not. */
  settleUploads(settlement: UploadSettlement): Promise<void> {
    return this.#commands.run(async () => {
      const { consumer, site, log, store } = this.#o;
      const orderIds = settlement.orders.map(({ orderId }) => orderId);
      const uploads = (await store.listOrderUploads(site.id, orderIds)).filter((one) => one.consumer === consumer);
      const offsets = [...new Set(uploads.map(({ offset }) => offset))];
      const [records, outcomes] = [await log.get(site.id, offsets), await store.getOutcomes(consumer, offsets)];
      await this.#leased.keepLease();
      await this.#commit(commitUploads(settlement, { state: this.#state, uploads, records, outcomes }));
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

  get #state(): ConnectionState {
    return this.#leased.state;
  }

  #now(): UnixMs {
    return this.#o.clock.now();
  }
}
