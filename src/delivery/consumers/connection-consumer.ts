import { WakeSignal } from '../../clock/clock.ts';
import type { BoundDestination, HttpRequest } from '../../destinations/kit/destination.ts';
import type { BrowserBudget } from '../../event/browser-budget.ts';
import { secondMs, type UnixMs } from '../../event/units.ts';
import { describeError, type Logger } from '../../logger.ts';
import { type Offset, startOffset } from '../../storage/log/event-log.ts';
import {
  type ConnectionState,
  type DeferredDelivery,
  type DeliveryCommit,
  LeaseLostError,
  type OpenAttempt,
} from '../../storage/store/store.ts';
import { Batch } from '../planning/batch.ts';
import { BatchPlanner, type BatchPlannerOptions, isAttemptConsistent } from '../planning/batch-planner.ts';
import type { BatchPlan } from '../planning/decide.ts';
import { ReplayController } from '../replay/replay.ts';
import { maxProbeIntervalMs, nextProbeAt } from '../sending/backoff.ts';
import { BisectionTracker, maxBisectionRequests, scheduleIndividually } from '../sending/bisection.ts';
import { closedBreaker, isOpen, probeBatchSize } from '../sending/circuit-breaker.ts';
import { ContentCheck } from '../sending/content-check.ts';
import type { Sender } from '../sending/http-sender.ts';
import { type RequestOutcome, settle, settleWithoutSending } from '../sending/settle.ts';
import { CommandQueue } from './command-queue.ts';
import { expireUndelivered } from './expire-events.ts';
import { LeasedState, type LeaseOptions } from './leased-state.ts';
import { logDeadLetters } from './log-dead-letters.ts';
import { PriorityLane, recordOvertaken } from './priority-lane.ts';

export interface ConnectionConsumerOptions extends LeaseOptions {
  readonly site: BatchPlannerOptions['site'];
  readonly destination: BoundDestination;
  readonly browserBudget?: BrowserBudget;
  readonly sender: Sender;
  readonly random: () => number;
  readonly newId: () => string;
  /** How far the site's identity pump has come: nothing is read past it. */
  readonly identityCursor: () => Offset;
  /** Something became of an event. */
  readonly onOutcome?: () => void;
  /** Told of each step once it is durable. */
  readonly onCommit?: (delta: DeliveryCommit) => void;
  /** Told of what ended a step. */
  readonly onFault?: (error: unknown) => void;
  readonly logger: Logger;
}

const afterFaultMs = 5 * secondMs;
/** Events of a failed request that the log names. */
const named = 5;
/** Trusted events that try a connection which paused for too many rejections. */
const triedEvents = 5;

/**
 * One connection's way through its site's log: read after the cursor, consider, batch, record the attempt, send, settle.
 * It runs under a lease, holds no more than one batch, and can read again from the store whatever it knows, so it may end
 * at any line and go on elsewhere.
 */
export class ConnectionConsumer {
  /** What is sent again because an operator asked for it. */
  readonly replays: ReplayController;
  readonly #o: ConnectionConsumerOptions;
  readonly #bell: WakeSignal;
  readonly #planner: BatchPlanner;
  readonly #commands: CommandQueue;
  readonly #ahead: PriorityLane;
  readonly #content: ContentCheck;
  readonly #splits = new BisectionTracker();
  #stopping = false;
  /** Of many stragglers, or of a replay, one batch was done: what is new has its turn before the next. */
  #logIsNext = false;
  readonly #hold: LeasedState;

  constructor(options: ConnectionConsumerOptions) {
    this.#o = options;
    this.#bell = new WakeSignal(options.clock);
    this.#commands = new CommandQueue(options.consumer, this.#bell);
    this.#hold = new LeasedState({ ...options, wakeSignal: this.#bell, isStopping: () => this.#stopping });
    const aheadThrough = () => this.#state.ahead?.through ?? startOffset;
    this.#planner = new BatchPlanner({ ...options, now: () => this.#now(), aheadThrough });
    this.#ahead = new PriorityLane({
      ...options,
      state: () => this.#state,
      plan: (...found) => this.#planner.planTrustedReports(...found),
    });
    this.#content = new ContentCheck({ ...options, state: () => this.#state, keepLease: () => this.#hold.renewIfDue() });
    this.replays = new ReplayController({
      ...options,
      site: options.site.id,
      checkEligibility: (records) => this.#planner.checkEligibility(records),
      now: () => this.#now(),
      state: () => this.#state,
      command: (run) => this.#commands.run(run),
      commit: async (delta) => {
        await this.#hold.renewIfDue();
        await this.#commit(delta);
      },
    });
  }

  /** The log has news. */
  wake(): void {
    this.#bell.notify();
  }

  /** Runs until `stop`. A fault of the log or the store ends a step, never the pump. */
  async run(): Promise<void> {
    const { consumer, logger } = this.#o;
    while (!this.#stopping) {
      try {
        await this.prepare();
        while (!this.#stopping) await this.#step();
      } catch (error) {
        this.#hold.discard();
        this.#o.onFault?.(error);
        logger.error({ consumer, error: describeError(error) }, error instanceof LeaseLostError ? 'lease lost' : 'pump fault');
        await this.#bell.wait(afterFaultMs);
      }
    }
    await this.#hold.release();
    this.#commands.close();
  }

  /** The present step ends, and the request in flight with it; then `run` resolves. */
  stop(): void {
    this.#stopping = true;
    this.#bell.notify();
  }

  pause(): Promise<void> {
    const issue = {
      field: 'connection',
      code: 'operator',
      message: 'An operator paused the connection. Resume it when it may send again.',
    };
    return this.#commands.run(() => this.#change({ pause: { cause: 'operator', issue, since: this.#now(), probeAt: null } }));
  }

  /** Ends any pause; counts and breaker start anew. */
  resume(): Promise<void> {
    return this.#commands.run(async () => {
      const { browser: _, ...state } = this.#state;
      await this.#hold.commit({ state });
      await this.#resume();
    });
  }

  /** Tries the credential now, whatever the schedule says; answers `ok` or what is wrong. */
  probe(): Promise<string> {
    return this.#commands.run(() => this.#probe());
  }

  /** The log is about to forget up to `through`: what was not delivered by then is said to have expired. */
  expire(through: Offset): Promise<void> {
    return this.#commands.run(async () => {
      const { consumer, site, log, store } = this.#o;
      for await (const delta of expireUndelivered({ consumer, site: site.id, log, store }, this.#state, through, this.#now()))
        await this.#commit(delta);
      await this.replays.skipTo(through);
    });
  }

  /** Resolves when the pump stands between two steps with nothing in hand, where it stays until `done` has ended. */
  quiesce(done: Promise<unknown>): Promise<void> {
    return this.#commands.quiesce(done, this.#o.leaseTtlMs / 3);
  }

  /** Takes the lease and makes the connection's place in the log durable, so that nothing that comes later can be missed. */
  prepare(): Promise<void> {
    return this.#hold.acquire();
  }

  async #step(): Promise<void> {
    const { store, consumer, destination } = this.#o;
    await this.#hold.renewIfDue();
    await this.#hold.checkClock();
    const command = this.#commands.next();
    if (command) return command();
    const { pause, breaker } = this.#state;
    const now = this.#now();
    if (pause) {
      if (pause.probeAt === null || pause.probeAt > now) return this.#sleep((pause.probeAt ?? Number.POSITIVE_INFINITY) - now);
      if (pause.cause !== 'schema') return void (await this.#probe());
    }
    if (breaker.notBefore > now) return this.#sleep(breaker.notBefore - now);
    const open = await store.getOpenAttempt(consumer);
    if (open && (open.isDamaged || !isAttemptConsistent(open, this.#state.cursor, destination))) return this.#giveUp(open);
    if (open) return this.#sendAgain(open);
    if (pause) return this.#tryTrusted(pause);
    const limit = isOpen(breaker) ? Math.min(probeBatchSize, destination.limits.batchSize) : destination.limits.batchSize;
    if (!isOpen(breaker) && this.#ahead.isNext) {
      const ahead = await this.#ahead.next(limit);
      if (ahead === 'log') this.#logIsNext = true;
      else if (ahead) return this.#deliver(ahead, []);
    }
    const due = await store.findDueDeliveries(consumer, now, limit);
    if (due.length > 0 && !this.#logIsNext) {
      this.#logIsNext = due.length === limit;
      this.#ahead.afterOther();
      if (due.length > 1 && this.#splits.find(due).requests >= maxBisectionRequests) return this.#takeApart(due);
      return this.#deliver(await this.#planner.planDeferred(due), due);
    }
    const mayReplay =
      due.length === 0 && this.replays.isReplaying && (!isOpen(breaker) || (await store.getNextDueTime(consumer)) === undefined);
    if (mayReplay && !this.#logIsNext) {
      this.#logIsNext = true;
      this.#ahead.afterOther();
      return this.replays.continueReplay(limit);
    }
    this.#logIsNext = false;
    const plan = await this.#planLog(limit, due.length > 0 || mayReplay);
    // Nothing of the plan is committed, so whoever asked for something else goes first.
    if (!this.#stopping && !this.#commands.hasPending) await this.#deliver(plan, []);
  }

  /** Reads on after the cursor until the batch is full or old enough to go, or until there is other work. */
  async #planLog(limit: number, isOtherWork: boolean): Promise<BatchPlan> {
    const { store, destination, consumer, identityCursor } = this.#o;
    const batch = new Batch(this.#state.cursor, { records: limit, bytes: destination.limits.batchBytes });
    while (!batch.full && !this.#stopping && !this.#commands.hasPending) {
      if (await this.#planner.readNext(batch, identityCursor(), limit)) continue;
      const now = this.#now();
      if (isOtherWork && batch.closesIn(now) === Number.POSITIVE_INFINITY) break;
      const nextDueIn = ((await store.getNextDueTime(consumer)) ?? Number.POSITIVE_INFINITY) - now;
      const waitMs = Math.min(batch.closesIn(now), nextDueIn);
      if (waitMs <= 0) break;
      await this.#sleep(waitMs);
      await this.#hold.renewIfDue();
      await this.#hold.checkClock();
    }
    this.#ahead.afterLog(batch.full);
    return batch.plan();
  }

  /** After too many rejections a few trusted events show whether it is over. Nothing is buried by it. */
  async #tryTrusted(pause: NonNullable<ConnectionState['pause']>): Promise<void> {
    const { store, consumer } = this.#o;
    const now = this.#now();
    const due = await store.findDueDeliveries(consumer, now, triedEvents, 'trusted');
    if (due.length > 0) return this.#deliver(await this.#planner.planDeferred(due), due);
    const plan = await this.#ahead.search(triedEvents);
    if (plan && plan !== 'log') return this.#deliver(plan, []);
    return this.#change({ pause: { ...pause, probeAt: now + maxProbeIntervalMs } });
  }

  async #deliver(plan: BatchPlan, deferred: readonly DeferredDelivery[]): Promise<void> {
    const { destination, newId } = this.#o;
    const now = this.#now();
    if (plan.members.length === 0) {
      if (plan.through === this.#state.cursor) return;
      return this.#commit(settleWithoutSending(plan, deferred, this.#state, now));
    }
    const state = recordOvertaken(this.#state, plan);
    const request = destination.encode(plan.members.map(({ payload }) => payload));
    const offsets = plan.members.map(({ offset }) => offset);
    const open: OpenAttempt = {
      id: newId(),
      startedAt: now,
      offsets,
      body: request.body,
      ...(plan.through !== undefined && { cursorAfter: plan.through }),
    };
    await this.#commit({ state, open });
    await this.#send(plan, deferred, open, request);
  }

  /**
   * The same bytes under the same ids, because nobody knows whether the platform has them. What stood beside them in the
   * log is considered afresh; what may not go again is taken out, and the rest goes as another request.
   */
  async #sendAgain(open: OpenAttempt): Promise<void> {
    const { store, consumer, destination, logger, newId } = this.#o;
    const now = this.#now();
    const deferred = open.cursorAfter === undefined ? await store.getDeferredDeliveries(consumer, open.offsets) : [];
    const plan = await this.#planner.planResend(open, this.#state.cursor);
    const offsets = plan.members.map(({ offset }) => offset);
    const state = { ...this.#state, inDoubt: this.#state.inDoubt + 1 };
    const first = plan.members.slice(0, named).map(({ eventId }) => eventId);
    logger.warn({ consumer, attempt: open.id, events: offsets.length, first }, 'sending again: no answer came');
    if (offsets.length === open.offsets.length) {
      await this.#commit({ state, open });
      return this.#send(plan, deferred, open, { ...destination.encode([]), body: open.body }, true);
    }
    const replaced = { id: open.id, at: now, result: 'replaced', issues: [] } as const;
    if (offsets.length === 0)
      return this.#commit({ ...settleWithoutSending(plan, deferred, this.#state, now), settle: replaced });
    const request = destination.encode(
      destination.unpack(open.body).filter((_, index) => offsets.includes(open.offsets[index] ?? '')),
    );
    const rest = { ...open, id: newId(), startedAt: now, offsets, body: request.body };
    await this.#commit({ state, settle: replaced, open: rest });
    await this.#send(plan, deferred, rest, request, true);
  }

  /** Its events wait where they were, and go again under the same ids. */
  #giveUp({ id }: OpenAttempt): Promise<void> {
    this.#o.logger.error(
      { consumer: this.#o.consumer, attempt: id },
      'a request was damaged on the disk: its events go as another',
    );
    const state = { ...this.#state, inDoubt: this.#state.inDoubt + 1 };
    return this.#commit({ state, settle: { id, at: this.#now(), result: 'replaced', issues: [] } });
  }

  async #send(
    plan: BatchPlan,
    deferred: readonly DeferredDelivery[],
    open: OpenAttempt,
    request: HttpRequest,
    inDoubt = false,
  ): Promise<void> {
    const { sender, destination, logger, consumer, random } = this.#o;
    const sent = await sender.send(request);
    const ending: RequestOutcome =
      'response' in sent ? { ...sent, decoded: destination.decode(sent.response, plan.members.length) } : sent;
    const bisection = this.#splits.find(deferred);
    const content = await this.#content.judge(plan, open, ending, inDoubt);
    const wasPaused = this.#state.pause !== null;
    const delta = settle(plan, ending, {
      state: this.#state,
      now: this.#now(),
      random,
      attemptId: open.id,
      deferred,
      bisection: { ...bisection, requests: bisection.requests + 1 },
      maxAgeMs: destination.limits.maxAgeMs,
      inDoubt,
      ...(content && { content }),
    });
    await this.#commit(delta);
    const { result, status, issues } = delta.settle ?? {};
    // What names rows is paid for by them.
    if (result !== 'peel') bisection.requests += 1;
    if (result === 'split' || result === 'peel' || content) this.#splits.record(bisection, delta.putDeferred ?? [], open.id);
    const facts = { consumer, attempt: open.id, events: open.offsets.length, result, status, why: issues?.[0]?.code };
    if (result === 'delivered') logger.info(facts, 'request settled');
    else logger.warn({ ...facts, first: plan.members.slice(0, named).map(({ eventId }) => eventId) }, 'request settled');
    const { pause } = delta.state;
    if (pause && !wasPaused) logger.error({ consumer, cause: pause.cause, why: pause.issue.message }, 'connection paused');
    if (!pause && wasPaused) {
      this.#ahead.afterPause();
      logger.info({ consumer }, 'connection resumed');
    }
  }

  /** A part of a bisection that has cost its requests: each of its events goes alone, and slowly. */
  async #takeApart(part: readonly DeferredDelivery[]): Promise<void> {
    const bisection = this.#splits.find(part);
    const putDeferred = scheduleIndividually(part, part[0]?.part ?? '', Math.max(this.#now(), bisection.lastDueAt));
    await this.#commit({ state: this.#state, putDeferred });
    this.#splits.record(bisection, putDeferred);
  }

  async #probe(): Promise<string> {
    const verdict = await this.#content.probeCredential();
    const { pause, settingsChangedAt } = this.#state;
    if (verdict === 'ok') {
      if (pause?.cause === 'blocked') await this.#resume();
      return 'ok';
    }
    if (pause?.cause === 'blocked')
      await this.#change({ pause: { ...pause, issue: verdict, probeAt: nextProbeAt(this.#now(), settingsChangedAt) } });
    return verdict.message;
  }

  async #resume(): Promise<void> {
    await this.#change({ pause: null, verdicts: '', breaker: closedBreaker });
    this.#ahead.afterPause();
    this.#o.logger.info({ consumer: this.#o.consumer }, 'connection resumed');
  }

  #change(change: Partial<ConnectionState>): Promise<void> {
    return this.#hold.update(change);
  }

  async #commit(delta: DeliveryCommit): Promise<void> {
    await this.#hold.commit(delta);
    this.#o.onCommit?.(delta);
    logDeadLetters(this.#o.logger, this.#o.consumer, delta);
    if (delta.outcomes && delta.outcomes.length > 0) this.#o.onOutcome?.();
  }

  /** Never so long that the lease could run out meanwhile. */
  #sleep(ms: number): Promise<void> {
    return this.#bell.wait(Math.min(ms, this.#o.leaseTtlMs / 3));
  }

  get #state(): ConnectionState {
    return this.#hold.state;
  }

  #now(): UnixMs {
    return this.#o.clock.now();
  }
}
