import type { Event } from '../../event/event.ts';
import { urgentEventNames } from '../../event/event-names.ts';
import type { AppliedRules } from '../../event/rule.ts';
import { secondMs, type UnixMs } from '../../event/units.ts';
import type { LogRecord, Offset } from '../../storage/log/event-log.ts';
import type { DeadLetter } from '../../storage/ports/dead-letters.ts';
import type { DeferredDelivery } from '../../storage/ports/deferred-deliveries.ts';
import type { EventOutcomeEntry } from '../../storage/ports/outcomes.ts';
import type { NewUpload } from '../../storage/ports/uploads.ts';
import type { BatchMember } from './batch-member.ts';
import type { BatchPlan, Revision } from './batch-plan.ts';
import type { Decision } from './decision.ts';
import type { LoadedEvent } from './loaded-event.ts';

const closesAfterMs = 2 * secondMs;
const closesAfterUrgentMs = secondMs / 2;
const urgent: ReadonlySet<string> = new Set(urgentEventNames);
/** Number of records without a request after which a batch is full, so that a long run of them also moves the cursor. */
const maxSettledHere = 5_000;

/**
 * A plan under construction. It closes when it is full, or when its oldest event has waited long enough. A plan sends one request, so it
 * sends the group of the first member; members of other groups wait for the next requests.
 */
export class Batch {
  readonly #max: { readonly records: number; readonly bytes: number };
  readonly #members: BatchMember[] = [];
  readonly #skips: EventOutcomeEntry[] = [];
  readonly #holds: DeferredDelivery[] = [];
  readonly #deadLetters: DeadLetter[] = [];
  readonly #revisions: Revision[] = [];
  readonly #receivedAt = new Map<Offset, UnixMs>();
  /** The number of duplicates of each event when it was decided. */
  readonly #duplicates = new Map<Offset, number>();
  /** The number of refunds of each purchase's order when it was decided. */
  readonly #refunds = new Map<Offset, number>();
  readonly #trusted = new Set<Offset>();
  readonly #purchases = new Set<Offset>();
  readonly #rules = new Map<Offset, AppliedRules>();
  /** The events that rules add, by the event that they were made of. */
  readonly #also = new Map<Offset, readonly Event[]>();
  readonly #uploads = new Map<Offset, readonly NewUpload[]>();
  readonly #misfits = new Set<Offset>();
  readonly #passedOver: Offset[] = [];
  readonly #ofLog: boolean;
  readonly #otherGroups: 'defer' | 'leave';
  #through: Offset;
  #bytes = 0;
  #full = false;
  #closesAt = Number.POSITIVE_INFINITY;
  /** The time of the last decision. */
  #decidedAt: UnixMs = 0;
  #passed = 0;

  /**
   * `after` is the offset to read after; `undefined` for deferred deliveries. `otherGroups`: members outside of the first member's group become
   * deferred deliveries, or are left out of the plan because they have one.
   */
  constructor(
    after: Offset | undefined,
    max: { readonly records: number; readonly bytes: number },
    otherGroups: 'defer' | 'leave' = 'defer',
  ) {
    this.#otherGroups = otherGroups;
    this.#ofLog = after !== undefined;
    this.#through = after ?? '';
    this.#max = max;
  }

  get through(): Offset {
    return this.#through;
  }

  /** Whether the records come from the event log, so that the batch moves the cursor. */
  get isOfLog(): boolean {
    return this.#ofLog;
  }

  get full(): boolean {
    return this.#full;
  }

  /**
   * Returns the time until the batch closes; infinite while the batch is empty. A wait that is longer than any batch may have was set while
   * the clock was ahead, so the batch closes.
   */
  getRemainingMs(now: UnixMs): number {
    const ms = this.#closesAt - now;
    return ms > closesAfterMs && ms < Number.POSITIVE_INFINITY ? 0 : ms;
  }

  /** Adds a decision. A member that no longer fits closes the batch and stays outside of it. */
  add(
    { offset, at }: Pick<LogRecord, 'offset' | 'at'>,
    decision: Decision,
    now: UnixMs,
    {
      duplicates = 0,
      refunds = 0,
      isTrusted = false,
      isPurchase = false,
    }: {
      readonly duplicates?: number;
      readonly refunds?: number;
      readonly isTrusted?: boolean;
      readonly isPurchase?: boolean;
    } = {},
  ): void {
    this.#decidedAt = now;
    if ('member' in decision) {
      const { member } = decision;
      if (this.#members.length > 0 && this.#bytes + member.size > this.#max.bytes) {
        this.#full = true;
        return;
      }
      this.#members.push(member);
      this.#bytes += member.size;
      this.#closesAt = Math.min(this.#closesAt, now + (urgent.has(member.eventName) ? closesAfterUrgentMs : closesAfterMs));
    } else {
      if ('skip' in decision) this.#skips.push(decision.skip);
      else if ('hold' in decision) this.#holds.push(decision.hold);
      else this.#deadLetters.push(decision.deadLetter);
      if ('isMisfit' in decision) this.#misfits.add(offset);
      this.#closesAt = Math.min(this.#closesAt, now + closesAfterMs);
    }
    this.#receivedAt.set(offset, at);
    this.#duplicates.set(offset, duplicates);
    this.#refunds.set(offset, refunds);
    if (isTrusted) this.#trusted.add(offset);
    if (isPurchase) this.#purchases.add(offset);
    if (decision.rules) this.#rules.set(offset, decision.rules);
    if (decision.also) this.#also.set(offset, decision.also);
    if (decision.uploads) this.#uploads.set(offset, decision.uploads);
    this.#moveTo(offset);
  }

  /**
   * Defers an event of this batch, to be decided again alone, if it was decided before these duplicates were known. Returns
   * whether the event is in the batch.
   */
  setAside({ record: { offset }, duplicates }: Pick<LoadedEvent, 'record' | 'duplicates'>, now: UnixMs): boolean {
    const known = this.#duplicates.get(offset);
    if (known === undefined) return false;
    if (known >= duplicates) return true;
    if (!this.isSettling(offset)) return true;
    this.postpone(offset, now);
    this.#duplicates.set(offset, duplicates);
    this.#trusted.add(offset);
    return true;
  }

  /** Returns whether the batch sends or settles the event, rather than deferring it. */
  isSettling(offset: Offset): boolean {
    return [...this.#members, ...this.#skips, ...this.#deadLetters].some((one) => one.offset === offset);
  }

  /** Returns whether a purchase of this batch was decided before all refunds of its order were known. */
  lacksRefunds(offset: Offset, refunds: number): boolean {
    return (this.#refunds.get(offset) ?? 0) < refunds;
  }

  /** Defers an event that the batch would settle, so that it is decided again alone. */
  postpone(offset: Offset, now: UnixMs): void {
    const member = this.#members.find((one) => one.offset === offset);
    remove(this.#members, offset);
    remove(this.#skips, offset);
    remove(this.#deadLetters, offset);
    this.#rules.delete(offset);
    this.#also.delete(offset);
    this.#uploads.delete(offset);
    this.#bytes -= member?.size ?? 0;
    this.#holds.push({ offset, reason: 'retry', dueAt: now, tries: 0 });
  }

  /** Returns whether the batch changes the order at the platform. */
  isRestating(orderId: string): boolean {
    return this.#members.some(({ restated }) => restated?.orderId === orderId);
  }

  isRevised(offset: Offset): boolean {
    return this.#revisions.some(({ primary: first }) => first.offset === offset);
  }

  revise(revision: Revision): void {
    this.#revisions.push(revision);
  }

  /** Passes an event that was settled ahead of the cursor. It keeps its outcome. */
  skipSettled({ offset, at }: Pick<LogRecord, 'offset' | 'at'>, now: UnixMs): void {
    this.#passedOver.push(offset);
    this.#receivedAt.set(offset, at);
    this.pass(offset, now);
  }

  /** Passes a record that is not an event. */
  pass(offset: Offset, now: UnixMs): void {
    this.#passed += 1;
    this.#closesAt = Math.min(this.#closesAt, now + closesAfterMs);
    this.#moveTo(offset);
  }

  #moveTo(offset: Offset): void {
    this.#through = offset;
    const settledHere = this.#skips.length + this.#holds.length + this.#deadLetters.length + this.#passed;
    this.#full = this.#members.length >= this.#max.records || settledHere >= maxSettledHere;
  }

  plan(): BatchPlan {
    const [first] = this.#members;
    const others = this.#members.filter(({ group }) => group !== first?.group).map(({ offset }) => offset);
    const isLeft = this.#otherGroups === 'leave' && others.length > 0;
    const deferred = isLeft
      ? []
      : others.map((offset) => ({ offset, reason: 'retry', dueAt: this.#decidedAt, tries: 0 }) as const);
    return {
      ...(this.#ofLog && { through: this.#through }),
      members: others.length > 0 ? this.#members.filter(({ group }) => group === first?.group) : this.#members,
      skips: this.#skips,
      holds: [...this.#holds, ...deferred],
      ...(isLeft && { left: new Set(others) }),
      deadLetters: this.#deadLetters,
      revisions: this.#revisions,
      receivedAt: this.#receivedAt,
      trusted: this.#trusted,
      purchases: this.#purchases,
      rules: this.#rules,
      also: [...this.#also.values()].flat(),
      uploads: [...this.#uploads.values()].flat(),
      misfits: this.#misfits,
      passed: this.#passedOver,
    };
  }
}

function remove(entries: { readonly offset: Offset }[], offset: Offset): void {
  const index = entries.findIndex((one) => one.offset === offset);
  if (index >= 0) entries.splice(index, 1);
}
