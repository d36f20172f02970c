import { signalPrefix } from '../../event/event-names.ts';
import type { UnixMs } from '../../event/units.ts';
import { type Offset, startOffset } from '../../storage/log/event-log.ts';
import type { ConnectionState, DeliveryCommit, Replay } from '../../storage/store/store.ts';
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
  /** Has the pump do it between two steps, so that only the pump writes its state. */
  readonly command: <T>(run: () => Promise<T>) => Promise<T>;
  readonly commit: (delta: DeliveryCommit) => Promise<void>;
}

/**
 * What a connection sends again because a person said so: a period of the log, single events, dead letters. All of it is put up as
 * stragglers, so that it is mapped, held, retried and buried like any other event.
 */
export class ReplayController {
  readonly #o: ReplayDeps;
  /** Told when the replay that runs has ended. */
  readonly #awaiting: (() => void)[] = [];

  constructor(parts: ReplayDeps) {
    this.#o = parts;
  }

  get isReplaying(): boolean {
    return this.#running !== undefined;
  }

  /** Begins to go through a period of the log; answers how many reports stand in it, or `running`. */
  replay({ since, until, again }: Pick<Replay, 'since' | 'until' | 'again'>): Promise<number | 'running'> {
    const { log, site, command, state } = this.#o;
    return command(async () => {
      if (this.#running) return 'running';
      const [cursor, end] = [await log.findOffsetAt(site, new Date(since)), await log.findOffsetAt(site, new Date(until))];
      // What stands after the first cursor is that one's to deliver.
      const [through = startOffset] = [end, state().cursor].toSorted();
      await this.#put({ since, until, again, cursor, through, passed: 0, sent: 0 });
      return log.count(site, cursor, through, signalPrefix);
    });
  }

  /**
   * Goes through all of the log that the connection has passed, for events that nothing became of. A replay that runs begins anew and goes
   * as far, unless it sends again what was delivered: that one ends first. Resolves once it is durable.
   */
  async rescan(): Promise<void> {
    const ended = await this.#o.command(async () => {
      const running = this.#running;
      if (running?.again) return { replay: new Promise<void>((resolve) => this.#awaiting.push(resolve)) };
      const { begins, cursor: through } = this.#o.state();
      const since = Math.min(begins?.at ?? 0, running?.since ?? Number.POSITIVE_INFINITY);
      const cursor = [begins?.after ?? startOffset, running?.cursor ?? through].toSorted()[0] ?? startOffset;
      await this.#put({ since, until: this.#o.now(), again: false, cursor, through, passed: 0, sent: running?.sent ?? 0 });
      return undefined;
    });
    if (!ended) return;
    await ended.replay;
    await this.rescan();
  }

  /** Puts up what qualifies on the next page of the replay. Asked by the pump, as one of its steps. */
  async continueReplay(limit: number): Promise<void> {
    const { state, now, commit } = this.#o;
    const replay = this.#running;
    if (replay) await commit(await requeuePage(this.#o, { state: state(), replay, limit, now: now() }));
    this.#tellEnd();
  }

  /** The log is about to forget up to there. */
  async skipTo(through: Offset): Promise<void> {
    const replay = this.#running;
    if (replay && replay.cursor < through) await this.#put({ ...replay, cursor: through });
  }

  /** Ends the replay where it is; what it has put up is sent all the same. Answers whether one ran. */
  endReplay(): Promise<boolean> {
    return this.#o.command(async () => {
      const replay = this.#running;
      if (replay) await this.#put({ ...replay, endedAt: this.#o.now() });
      this.#tellEnd();
      return replay !== undefined;
    });
  }

  /** Puts these events up; of those that were delivered only where `again` says so. */
  resend(offsets: readonly Offset[], again: boolean): Promise<RequeueCounts> {
    const { state, now, command, commit } = this.#o;
    return command(async () => {
      const { commit: delta, counts: verdicts } = await requeueEvents(this.#o, offsets, { state: state(), again, now: now() });
      await commit(delta);
      return verdicts;
    });
  }

  retryDeadLetters(which: readonly Offset[] | 'all'): Promise<RequeueCounts> {
    const { state, now, command, commit } = this.#o;
    return command(async () => {
      let sum: RequeueCounts = {};
      for await (const { commit: delta, counts: verdicts } of requeueDeadLetters(this.#o, which, {
        state: state(),
        now: now(),
      })) {
        await commit(delta);
        sum = addCounts(sum, verdicts);
      }
      return sum;
    });
  }

  /** Takes dead letters away, and stretches that expired; answers how many events they were. */
  dropDeadLetters(which: readonly Offset[] | 'all'): Promise<number> {
    const { state, command, commit } = this.#o;
    return command(async () => {
      let sum = 0;
      for await (const { delta, events } of dropDeadLetters(this.#o, which, state())) {
        await commit(delta);
        sum += events;
      }
      return sum;
    });
  }

  get #running(): Replay | undefined {
    const { replay } = this.#o.state();
    return replay?.endedAt === undefined ? replay : undefined;
  }

  #tellEnd(): void {
    if (!this.#running) for (const tell of this.#awaiting.splice(0)) tell();
  }

  #put(replay: Replay): Promise<void> {
    return this.#o.commit({ state: { ...this.#o.state(), replay } });
  }
}
