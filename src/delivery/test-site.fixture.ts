import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { sleep } from '../clock/clock.ts';
import { createPacedClock, type PacedClock } from '../clock/paced-clock.fixture.ts';
import type { Event } from '../event/event.ts';
import { formatEventKey } from '../event/event-key.ts';
import { dayMs, hourMs } from '../event/units.ts';
import type { Logger } from '../logger.ts';
import type { EventLog, Offset } from '../storage/log/event-log.ts';
import { openSqliteLog } from '../storage/log/sqlite-log.ts';
import type { ConnectionState } from '../storage/ports/connection-state.ts';
import type { Store } from '../storage/ports/store.ts';
import { openSqliteStore } from '../storage/store/sqlite/sqlite-store.ts';
import { ConnectionConsumer, type ConnectionConsumerOptions } from './consumers/connection-consumer.ts';
import { IdentityConsumer, type IdentityConsumerOptions } from './consumers/identity-consumer.ts';
import {
  buildConnectionState,
  buildEvent,
  createConsumerSite,
  encodeEvent,
  silentLogger,
  start,
  waitUntil,
} from './delivery.fixture.ts';
import { ScriptedSender, tinyPlatform } from './tiny-platform.fixture.ts';

interface Running<Consumer> {
  readonly consumer: Consumer;
  stop(): Promise<void>;
}

/** The options of a test's identity consumer, which has one site. */
interface IdentityTestOptions extends Omit<IdentityConsumerOptions, 'createLogger' | 'onFault'> {
  readonly logger: Logger;
  readonly onFault: (error: unknown) => void;
}

/** The storages that no test file has. */
const free = new Set<TestStorage>();

/** A real log and store in a temporary folder, for the sites of a worker's test files. A new one costs more time than most tests. */
export class TestStorage {
  readonly log: EventLog;
  readonly store: Store;
  readonly dir: string;
  readonly #now: () => number;
  readonly #set: (time: PacedClock) => void;
  #siteCount = 0;

  private constructor(log: EventLog, store: Store, dir: string, now: () => number, set: (time: PacedClock) => void) {
    this.log = log;
    this.store = store;
    this.dir = dir;
    this.#now = now;
    this.#set = set;
  }

  /** Returns a storage that no other test file has, until it is closed. It may have the sites of earlier files. */
  static async open(): Promise<TestStorage> {
    const storage = [...free].find(({ dir }) => dirname(dir) === tmpdir()) ?? (await TestStorage.#create());
    free.delete(storage);
    return storage;
  }

  static async #create(): Promise<TestStorage> {
    const dir = mkdtempSync(join(tmpdir(), 'convey-delivery-'));
    let time = createPacedClock(1, start);
    const now = () => time.now();
    const log = await openSqliteLog(join(dir, 'log.db'), { now });
    const store = await openSqliteStore(join(dir, 'state.db'), { now });
    return new TestStorage(log, store, dir, now, (next) => {
      time = next;
    });
  }

  /**
   * Creates a site with a clock that runs `factor` times as fast and is later than the clocks of all earlier sites.
   */
  createSite(factor: number): TestSite {
    this.#siteCount += 1;
    const time = createPacedClock(factor, start + this.#siteCount * 30 * dayMs);
    this.#set(time);
    return new TestSite(time, `shop-${this.#siteCount}`, this);
  }

  /** Opens the store as another process would. */
  reopenStore(): Promise<Store> {
    return openSqliteStore(join(this.dir, 'state.db'), { now: this.#now });
  }

  /** Gives the storage back. It stays open for the worker's next file. */
  close(): void {
    free.add(this);
  }
}

/** Opens a storage for the tests of a file or block. Each test's sites stop with it. */
export function useTestStorage(): Pick<TestStorage, 'createSite' | 'reopenStore' | 'dir'> {
  let storage: TestStorage;
  const sites: TestSite[] = [];
  beforeAll(async () => {
    storage = await TestStorage.open();
  });
  afterEach(async () => {
    for (const site of sites.splice(0)) await site.dispose();
  });
  afterAll(() => storage.close());
  return {
    createSite(factor) {
      const site = storage.createSite(factor);
      sites.push(site);
      return site;
    },
    reopenStore: () => storage.reopenStore(),
    get dir() {
      return storage.dir;
    },
  };
}

/** A site with its consumers. */
export class TestSite {
  readonly clock: PacedClock;
  readonly site: string;
  readonly consumerId: string;
  readonly sender = new ScriptedSender();
  readonly log: EventLog;
  readonly store: Store;
  readonly #running: (() => Promise<void>)[] = [];
  #identity: IdentityConsumer | undefined;
  #connections: ConnectionConsumer[] = [];
  #ids = 0;

  constructor(time: PacedClock, site: string, { log, store }: Pick<TestStorage, 'log' | 'store'>) {
    this.clock = time;
    this.site = site;
    this.consumerId = `${site}/bing`;
    this.log = log;
    this.store = store;
  }

  /** Appends events and returns their offsets. */
  async append(...events: readonly Event[]): Promise<Offset[]> {
    const appended = await this.log.append(
      events.map((event) => ({ partition: event.site, key: formatEventKey(event), bytes: encodeEvent(event) })),
    );
    this.#identity?.wake(this.site);
    return appended.flatMap((one) => ('offset' in one ? [one.offset] : []));
  }

  event(id: string, more: Partial<Event> = {}): Event {
    const now = this.clock.now();
    return buildEvent(id, { site: this.site, time: now, receivedAt: now, ...more });
  }

  identity({ logger, onFault, ...more }: Partial<IdentityTestOptions> = {}): Running<{ readonly cursor: Offset }> {
    const identity = new IdentityConsumer({
      log: this.log,
      store: this.store,
      clock: this.clock,
      owner: 'one',
      leaseTtlMs: hourMs,
      createLogger: () => logger ?? silentLogger,
      onFault: (_, error) => onFault?.(error),
      onProgress: () => {
        for (const connection of this.#connections) connection.wake();
      },
      ...more,
    });
    identity.addSite(this.site);
    this.#identity = identity;
    const stop = () => identity.stop();
    this.#running.push(stop);
    const { site } = this;
    return {
      consumer: {
        get cursor() {
          return identity.getCursor(site);
        },
      },
      stop,
    };
  }

  connection(more: Partial<ConnectionConsumerOptions> = {}): Running<ConnectionConsumer> {
    const consumer = new ConnectionConsumer({
      consumer: this.consumerId,
      site: createConsumerSite(this.site),
      destination: tinyPlatform,
      settingsDigest: 'digest',
      log: this.log,
      store: this.store,
      sender: this.sender,
      clock: this.clock,
      random: () => 0.5,
      newId: () => this.#newId(),
      owner: 'one',
      leaseTtlMs: hourMs,
      startAt: '',
      onAppend: () => this.#identity?.wake(this.site),
      identityCursor: () => this.#identity?.getCursor(this.site) ?? '',
      logger: silentLogger,
      ...more,
    });
    this.#connections.push(consumer);
    return this.#run(consumer);
  }

  /** Stores the connection's state before its consumer starts. */
  async prepare(state: Partial<ConnectionState>): Promise<void> {
    const lease = await this.store.acquireLease(this.consumerId, 'one', 1_000);
    if (!lease) throw new Error('the connection is already running');
    await this.store.commitDelivery(lease, { state: buildConnectionState(state) });
  }

  async state(): Promise<ConnectionState> {
    return (await this.store.getConnectionState(this.consumerId)) ?? buildConnectionState();
  }

  async getOutcomes(offsets: readonly Offset[]): Promise<(string | undefined)[]> {
    const found = await this.store.getOutcomes(this.consumerId, offsets);
    return offsets.map((offset) => found.get(offset)?.outcome);
  }

  /** Waits until the events have an outcome at the connection. */
  waitUntilSettled(offsets: readonly Offset[]): Promise<void> {
    return waitUntil(async () => {
      const outcomes = await this.getOutcomes(offsets);
      return outcomes.every((outcome) => outcome !== undefined && outcome !== 'waiting');
    });
  }

  /** Appends events, and waits until they are settled. */
  async deliver(...events: readonly Event[]): Promise<Offset[]> {
    const offsets = await this.append(...events);
    await this.waitUntilSettled(offsets);
    return offsets;
  }

  /** Returns the number of received reports without an outcome: 0 once the cursor is at the end. */
  async countUnaccounted(): Promise<number> {
    const most = Number.MAX_SAFE_INTEGER;
    const { received, connections } = await this.store.getEventCounts(this.site, [this.consumerId], 0, most, 1e15);
    const outcomes = connections.get(this.consumerId)?.outcomes ?? [];
    return (
      received.reduce((sum, { events, duplicates }) => sum + events + duplicates, 0) -
      outcomes.reduce((sum, { events }) => sum + events, 0)
    );
  }

  /** Waits `ms` on the fast clock. */
  pass(ms: number): Promise<void> {
    return sleep(this.clock, ms);
  }

  async dispose(): Promise<void> {
    await Promise.all(this.#running.map((stop) => stop()));
  }

  #newId(): string {
    this.#ids += 1;
    return `${this.site}-${String(this.#ids).padStart(4, '0')}`;
  }

  #run<Consumer extends { run(): Promise<void>; stop(): void }>(consumer: Consumer): Running<Consumer> {
    const ended = consumer.run();
    const stop = () => {
      consumer.stop();
      return ended;
    };
    this.#running.push(stop);
    return { consumer, stop };
  }
}
