import { createKeyFilter } from '../../event/event-key.ts';
import type { UnixMs } from '../../event/units.ts';
import { type Offset, startOffset } from '../../storage/log/event-log.ts';
import type { ConnectionState, Replay } from '../../storage/ports/connection-state.ts';
import { parseConsumerId } from '../../storage/ports/consumer-id.ts';
import type { DeliveryCommit } from '../../storage/ports/consumers.ts';
import {
  addCounts,
  dropDeadLetters,
  type RequeueCounts,
  type RequeueDeps,
  requeueDeadLetters,
  requeueEvents,
  requeuePage,
} from './requeue.ts';

export interface ReplayDeps extends RequeueDeps {
  readonly now: () => UnixMs;
  readonly state: () => ConnectionState;
  /** Runs a function between two steps of the consumer, so that only the consumer writes its state. */
  readonly command: <T>(run: () => Promise<T>) => Promise<T>;
  readonly commit: (commit: DeliveryCommit) => Promise<void>;
}

/**
 * Sends again what an operator requests: a period of the event log, single events, dead letters. All of it is requeued as deferred
 * deliveries, so that it is mapped, held, retried and rejected like any other event.
 */
export class ReplayController {
  readonly #o: ReplayDeps;
  /** Callbacks for the end of the running replay. */
  readonly #onEnd: (() => void)[] = [];

  constructor(deps: ReplayDeps) {
    this.#o = deps;
  }

  get isReplaying(): boolean {
    return this.#running !== undefined;
  }

  /** Starts the replay of a period. Resolves to the number of reports in it, or to `running`. */
  replay({ since, until, again }: Pick<Replay, 'since' | 'until' | 'again'>): Promise<number | 'running'> {
    const { log, site, command, state, commit } = this.#o;
    return command(async () => {
      if (this.#running) return 'running';
      const [cursor, end] = [await log.findOffsetAt(site, new Date(since)), await log.findOffsetAt(site, new Date(until))];
      // The consumer's own cursor delivers the events after it.
      const [through = startOffset] = [end, state().cursor].toSorted();
      const { unverified, ...rest } = state();
      const isCovered = unverified !== undefined && since <= unverified.from && until >= unverified.until;
      const replay = { since, until, again, cursor, through, passed: 0, sent: 0 };
      await commit({ state: { ...(isCovered ? rest : state()), replay } });
      return log.count(site, cursor, through, createKeyFilter(parseConsumerId(this.#o.consumer).connection));
    });
  }

  /**
   * Replays the whole event log up to the cursor, for events without an outcome. A running replay is restarted, unless it also sends
   * delivered events again: that one ends first. Resolves when the replay is durable.
   */
  async rescan(): Promise<void> {
    const ended = await this.#o.command(async () => {
      const running = this.#running;
      if (running?.again) return { replay: new Promise<void>((resolve) => this.#onEnd.push(resolve)) };
      const { begins, cursor: through } = this.#o.state();
      const since = Math.min(begins?.at ?? 0, running?.since ?? Number.POSITIVE_INFINITY);
      const cursor = [begins?.after ?? startOffset, running?.cursor ?? through].toSorted()[0] ?? startOffset;
      await this.#store({ since, until: this.#o.now(), again: false, cursor, through, passed: 0, sent: running?.sent ?? 0 });
      return undefined;
    });
    if (!ended) return;
    await ended.replay;
    await this.rescan();
  }

  /** Requeues the eligible events of the replay's next page. The consumer calls it as one of its steps. */
  async continueReplay(limit: number): Promise<void> {
    const { state, now, commit } = this.#o;
    const replay = this.#running;
    if (replay) await commit(await requeuePage(this.#o, { state: state(), replay, limit, now: now() }));
    this.#notifyEnd();
  }

  /** Skips the events up to `through`, because retention is about to remove them. */
  async skipTo(through: Offset): Promise<void> {
    const replay = this.#running;
    if (replay && replay.cursor < through) await this.#store({ ...replay, cursor: through });
  }

  /** Ends the replay. Requeued events are still sent. Resolves to whether a replay was running. */
  endReplay(): Promise<boolean> {
    return this.#o.command(async () => {
      const replay = this.#running;
      if (replay) await this.#store({ ...replay, endedAt: this.#o.now() });
      this.#notifyEnd();
      return replay !== undefined;
    });
  }

  /** Requeues these events. Delivered events are requeued only if `again` is true. */
  resend(offsets: readonly Offset[], again: boolean): Promise<RequeueCounts> {
    const { state, now, command, commit } = this.#o;
    return command(async () => {
      const { commit: change, counts } = await requeueEvents(this.#o, offsets, { state: state(), again, now: now() });
      await commit(change);
      return counts;
    });
  }

  retryDeadLetters(which: readonly Offset[] | 'all'): Promise<RequeueCounts> {
    const { state, now, command, commit } = this.#o;
    return command(async () => {
      let sum: RequeueCounts = {};
      for await (const { commit: change, counts } of requeueDeadLetters(this.#o, which, {
        state: state(),
        now: now(),
      })) {
        await commit(change);
        sum = addCounts(sum, counts);
      }
      return sum;
    });
  }

  /** Removes dead letters and expired ranges. Resolves to the number of their events. */
  dropDeadLetters(which: readonly Offset[] | 'all'): Promise<number> {
    const { state, command, commit } = this.#o;
    return command(async () => {
      let sum = 0;
      for await (const { commit: change, events } of dropDeadLetters(this.#o, which, state())) {
        await commit(change);
        sum += events;
      }
      return sum;
    });
  }

  get #running(): Replay | undefined {
    const { replay } = this.#o.state();
    return replay?.endedAt === undefined ? replay : undefined;
  }

  #notifyEnd(): void {
    if (!this.#running) for (const resolve of this.#onEnd.splice(0)) resolve();
  }

  #store(replay: Replay): Promise<void> {
    return this.#o.commit({ state: { ...this.#o.state(), replay } });
  }
}
