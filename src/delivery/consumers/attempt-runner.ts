import type { BoundDestination } from '../../destinations/kit/destination.ts';
import type { Event } from '../../event/event.ts';
import { formatEventKey } from '../../event/event-key.ts';
import type { UnixMs } from '../../event/units.ts';
import type { Logger } from '../../logger.ts';
import type { EventLog } from '../../storage/log/event-log.ts';
import type { OpenAttempt } from '../../storage/ports/attempts.ts';
import type { ConnectionState } from '../../storage/ports/connection-state.ts';
import type { ConsumerId } from '../../storage/ports/consumer-id.ts';
import type { DeliveryCommit } from '../../storage/ports/consumers.ts';
import type { DeferredDelivery } from '../../storage/ports/deferred-deliveries.ts';
import type { Store } from '../../storage/ports/store.ts';
import type { AttemptPlanner } from '../planning/attempt-planner.ts';
import type { BatchPlan } from '../planning/batch-plan.ts';
import { type AcceptedWaits, WaitMeter } from '../sending/accepted-waits.ts';
import type { AuthorizedSender } from '../sending/authorized-sender.ts';
import { BisectionTracker, maxBisectionRequests, scheduleIndividually } from '../sending/bisection.ts';
import type { FirewallCheck } from '../sending/firewall-check.ts';
import { recordMisfits } from '../sending/record-rejections.ts';
import { settle, settleWithoutSending } from '../sending/settle.ts';
import { getFirstAskTime } from '../sending/settle-receipt.ts';
import { dropUnsettled } from '../sending/settle-unconfirmed.ts';
import { recordOvertaken } from './priority-lane.ts';

export interface AttemptRunnerDeps {
  readonly consumer: ConsumerId;
  readonly destination: BoundDestination;
  readonly log: Pick<EventLog, 'append'>;
  /** Called after rules added events to the event log. */
  readonly onAppend: () => void;
  readonly store: Pick<Store, 'getDeferredDeliveries'>;
  readonly sender: Pick<AuthorizedSender, 'send'>;
  readonly planner: Pick<AttemptPlanner, 'planResend'>;
  readonly contentCheck: Pick<FirewallCheck, 'judge'>;
  readonly logger: Logger;
  readonly random: () => number;
  readonly newId: () => string;
  readonly now: () => UnixMs;
  readonly state: () => ConnectionState;
  readonly commit: (commit: DeliveryCommit) => Promise<void>;
  /** Called after a request has ended a pause. */
  readonly onResume: () => void;
  /** Called with the waits of the events that the platform accepted. */
  readonly onAccepted?: (waits: AcceptedWaits) => void;
}

const utf8 = new TextEncoder();

/** Events of a failed request that a log line names. */
const maxNamedEvents = 5;

/** Sends the requests of one connection: stores the attempt, sends it, settles the response. */
export class AttemptRunner {
  readonly #o: AttemptRunnerDeps;
  readonly #bisections = new BisectionTracker();
  readonly #waits = new WaitMeter();
  /** The stored attempt whose last sending failed before its first byte, and whether it was in doubt already. */
  #unsent: { readonly id: string; readonly inDoubt: boolean } | undefined;

  constructor(deps: AttemptRunnerDeps) {
    this.#o = deps;
  }

  /** Sends the members of a plan as one request, and settles the rest of the plan. `due`: the rows that the plan was made of. */
  async deliver(plan: BatchPlan, due: readonly DeferredDelivery[]): Promise<void> {
    const { destination, newId, now, state, commit } = this.#o;
    const deferred = due.filter(({ offset }) => !plan.left?.has(offset));
    const startedAt = now();
    await this.#appendAdded(plan.also);
    if (plan.members.length === 0) {
      if (plan.through === state().cursor) return;
      return commit(settleWithoutSending(plan, deferred, state(), startedAt));
    }
    const { body } = destination.encode(plan.members.map(({ text }) => text));
    const offsets = plan.members.map(({ offset }) => offset);
    const left = plan.members.map(({ order, restated }) => order?.purchase.left ?? restated?.left ?? null);
    const open: OpenAttempt = {
      id: newId(),
      startedAt,
      offsets,
      body,
      ...(plan.through !== undefined && { cursorAfter: plan.through }),
      ...(plan.rules && plan.rules.size > 0 && { rules: offsets.map((offset) => plan.rules?.get(offset) ?? null) }),
      ...(left.some((value) => value !== null) && { left }),
    };
    await commit({ state: recordOvertaken(recordMisfits(state(), plan.misfits ?? new Set(), startedAt), plan), open });
    await this.#send(plan, deferred, open);
  }

  /**
   * Sends a stored request without a known result: the same bytes under the same ids. Events that must not be sent again are removed first;
   * the rest is then a new request. Other events of the same part of the event log are decided again.
   */
  async resend(open: OpenAttempt): Promise<void> {
    const { store, consumer, destination, logger, newId, now, commit } = this.#o;
    const at = now();
    const unsent = this.#unsent?.id === open.id ? this.#unsent : undefined;
    const inDoubt = unsent?.inDoubt ?? true;
    const deferred = open.cursorAfter === undefined ? await store.getDeferredDeliveries(consumer, open.offsets) : [];
    const plan = await this.#o.planner.planResend(open, this.#o.state().cursor);
    await this.#appendAdded(plan.also);
    const offsets = plan.members.map(({ offset }) => offset);
    const state = unsent ? this.#o.state() : this.#countInDoubt();
    const first = plan.members.slice(0, maxNamedEvents).map(({ eventId }) => eventId);
    if (!unsent) logger.warn({ consumer, attempt: open.id, events: offsets.length, first }, 'resending request in doubt');
    if (offsets.length === open.offsets.length) {
      await commit({ state, open });
      return this.#send(plan, deferred, open, inDoubt);
    }
    const replaced = { id: open.id, at, result: 'replaced', issues: [] } as const;
    const settled = dropUnsettled(state);
    if (offsets.length === 0) return commit({ ...settleWithoutSending(plan, deferred, settled, at), settle: replaced });
    const isLeft = (_: unknown, index: number) => offsets.includes(open.offsets[index] ?? '');
    const payloads = destination.unpack(open.body).filter(isLeft);
    const rules = open.rules?.filter(isLeft);
    const values = open.left?.filter(isLeft);
    const rest = {
      ...open,
      ...(rules && { rules }),
      ...(values && { left: values }),
      id: newId(),
      startedAt: at,
      offsets,
      body: destination.encode(payloads.map(destination.toText)).body,
    };
    await commit({ state: settled, settle: replaced, open: rest });
    await this.#send(plan, deferred, rest, inDoubt);
  }

  /** Ends an attempt whose stored request is damaged. Its events keep their place and are sent under the same ids in a new request. */
  replaceDamaged({ id }: OpenAttempt): Promise<void> {
    const { consumer, logger, now, commit } = this.#o;
    logger.error({ consumer, attempt: id }, 'stored request damaged');
    return commit({ state: dropUnsettled(this.#countInDoubt()), settle: { id, at: now(), result: 'replaced', issues: [] } });
  }

  /** Returns whether the bisection that these rows belong to has used up its requests. */
  isBisectionExhausted(rows: readonly DeferredDelivery[]): boolean {
    return rows.length > 1 && this.#bisections.find(rows).requests >= maxBisectionRequests;
  }

  /** Schedules each row of an exhausted bisection alone, one second apart. */
  async sendIndividually(rows: readonly DeferredDelivery[]): Promise<void> {
    const bisection = this.#bisections.find(rows);
    const putDeferred = scheduleIndividually(rows, rows[0]?.part ?? '', Math.max(this.#o.now(), bisection.lastDueAt));
    await this.#o.commit({ state: this.#o.state(), putDeferred });
    this.#bisections.record(bisection, putDeferred);
  }

  /** Appends the events that rules add. After a crash the plan is made again, and the event log ignores the repeats. */
  async #appendAdded(also: readonly Event[] = []): Promise<void> {
    if (also.length === 0) return;
    const records = also.map((event) => ({
      partition: event.site,
      key: formatEventKey(event),
      bytes: utf8.encode(JSON.stringify(event)),
    }));
    await this.#o.log.append(records);
    this.#o.onAppend();
  }

  #countInDoubt(): ConnectionState {
    const state = this.#o.state();
    return { ...state, inDoubt: state.inDoubt + 1 };
  }

  async #send(plan: BatchPlan, deferred: readonly DeferredDelivery[], open: OpenAttempt, inDoubt = false): Promise<void> {
    const { sender, destination, random, state, now, commit } = this.#o;
    let isAnswered = false;
    const sending = sender.send(
      (token) => ({ ...destination.encode([], token), body: open.body }),
      (response) => {
        isAnswered = true;
        return destination.decode(response, plan.members.length);
      },
    );
    const outcome = await sending.catch((error: unknown) => {
      if (!isAnswered) this.#unsent = { id: open.id, inDoubt };
      throw error;
    });
    this.#unsent = undefined;
    const bisection = this.#bisections.find(deferred);
    const content = await this.#o.contentCheck.judge(plan, open, outcome, inDoubt);
    const before = state();
    const wasPaused = before.pause !== null;
    const change = settle(plan, outcome, {
      state: state(),
      now: now(),
      random,
      attemptId: open.id,
      deferred,
      bisection: { ...bisection, requests: bisection.requests + 1 },
      maxAgeMs: destination.limits.maxAgeMs,
      ...(destination.receipt && { firstAskAt: getFirstAskTime(destination.receipt, now(), random) }),
      inDoubt,
      ...(content && { content }),
    });
    await commit(change);
    this.#o.onAccepted?.(this.#waits.measure({ plan, deferred, change, before, now: now() }));
    const result = change.settle?.result;
    // A response that names rows costs those rows, not a request of the bisection.
    if (result !== 'peel') bisection.requests += 1;
    if (result === 'split' || result === 'peel' || content) this.#bisections.record(bisection, change.putDeferred ?? [], open.id);
    this.#log(plan, open, change);
    if (wasPaused && !change.state.pause) this.#o.onResume();
    else if (!wasPaused && change.state.pause) this.#logPause(change.state.pause);
  }

  #log(plan: BatchPlan, open: OpenAttempt, change: DeliveryCommit): void {
    const { consumer, logger } = this.#o;
    const { result, status, issues } = change.settle ?? {};
    const fields = { consumer, attempt: open.id, events: open.offsets.length, result, status, why: issues?.[0]?.code };
    if (result === 'delivered' || result === 'awaiting-verdict') logger.info(fields, 'request settled');
    else
      logger.warn({ ...fields, first: plan.members.slice(0, maxNamedEvents).map(({ eventId }) => eventId) }, 'request settled');
  }

  #logPause({ cause, issue }: NonNullable<ConnectionState['pause']>): void {
    this.#o.logger.error({ consumer: this.#o.consumer, cause, why: issue.message }, 'connection paused');
  }
}
