import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { createPacedClock, type PacedClock } from '../clock/paced-clock.fixture.ts';
import type {
  BoundDestination,
  HttpRequest,
  HttpResponse,
  MappedEvent,
  ReceiptVerdict,
  ResponseVerdict,
} from '../destinations/kit/destination.ts';
import { type Event, isSha256, type Sha256 } from '../event/event.ts';
import { formatEventKey } from '../event/event-key.ts';
import type { Issue, Json } from '../event/issue.ts';
import type { Site } from '../event/site.ts';
import { dayMs, hourMs, minuteMs } from '../event/units.ts';
import { createLogger, type Logger } from '../logger.ts';
import type { EventLog, LogRecord, Offset } from '../storage/log/event-log.ts';
import { openSqliteLog } from '../storage/log/sqlite-log.ts';
import type { ConnectionState } from '../storage/store/connection-state.ts';
import { openSqliteStore } from '../storage/store/sqlite/sqlite-store.ts';
import type { Store } from '../storage/store/store.ts';
import { ConnectionConsumer, type ConnectionConsumerOptions } from './consumers/connection-consumer.ts';
import { IdentityConsumer, type IdentityConsumerOptions } from './consumers/identity-consumer.ts';
import { closedBreaker } from './sending/circuit-breaker.ts';
import type { Sender, SendResult } from './sending/http-sender.ts';

export const start = 1_795_514_400_000;
export const sampleIssue: Issue = { field: 'data.eventName', code: 'refused', message: 'Use a documented name.' };
export const silentLogger = createLogger('silent', { write: () => undefined });

/** Returns a SHA-256 of 64 times the same hexadecimal digit. */
export function createSha256(digit: string): Sha256 {
  const text = digit.repeat(64);
  if (!isSha256(text)) throw new Error('one hexadecimal digit');
  return text;
}

/** Returns a granted browser event. All other fields are empty unless `more` has them. */
export function buildEvent(id: string, more: Partial<Event> = {}): Event {
  return {
    v: 1,
    site: 'shop',
    reporter: 'browser',
    name: 'AddToCart',
    id,
    time: start,
    receivedAt: start,
    consent: { stated: 'granted', effective: 'granted' },
    identity: { forms: {}, clickIds: {} },
    client: {},
    page: {},
    commerce: {},
    goal: {},
    properties: {},
    bot: false,
    warnings: [],
    ...more,
  };
}

export function encodeEvent(event: Event): Uint8Array {
  return Buffer.from(JSON.stringify(event));
}

export function buildRecord(offset: Offset, event: Event): LogRecord {
  return { offset, key: formatEventKey(event), at: event.receivedAt, body: { bytes: encodeEvent(event) } };
}

export function buildConnectionState(more: Partial<ConnectionState> = {}): ConnectionState {
  return {
    cursor: '',
    pause: null,
    breaker: closedBreaker,
    verdicts: '',
    settingsDigest: 'digest',
    settingsChangedAt: start - dayMs,
    inDoubt: 0,
    ...more,
  };
}

/** Returns the result of mapping an event to this payload. */
export function mapTo(payload: Json): Extract<MappedEvent, { readonly payload: unknown }> {
  return { payload, text: JSON.stringify(payload), issues: [] };
}

/**
 * A destination that accepts everything. Payloads have id, value and page. `{"bad":[indexes]}` in a 400 names rows. An event
 * with the property `reject` does not fit its schema.
 */
export const tinyPlatform: BoundDestination = {
  id: 'tiny',
  name: 'Tiny',
  limits: { batchSize: 100, batchBytes: 100_000, maxAgeMs: 7 * dayMs },
  map({ id, commerce, page, properties, consent, reporters }) {
    if (consent.effective === 'denied') return { skip: 'consent-denied', issues: [] };
    if (properties.reject === true) return { reject: [sampleIssue] };
    return mapTo({ id, value: commerce.value ?? null, url: page.url ?? null, reporters: [...reporters] });
  },
  findMisfits: () => [],
  toText: (payload) => JSON.stringify(payload),
  encode: (texts) => ({ method: 'POST', url: 'https://tiny.example/events', headers: {}, body: `[${texts.join(',')}]` }),
  show: (payload) => tinyPlatform.encode([JSON.stringify(payload)]),
  decode(response, count): ResponseVerdict {
    const { status, headers } = response;
    if (status === 200)
      return { settled: Array.from({ length: count }, () => ({ outcome: 'delivered', issues: [] }) as const), issues: [] };
    if (status === 400) return refusal(response);
    if (status === 413) return { bisect: [] };
    if (status === 401) return { blocked: sampleIssue };
    if (status === 403) return { blocked: sampleIssue, mayBeContent: true };
    return { retry: `status ${status}`, ...(headers['retry-after'] !== undefined && { retryAfter: headers['retry-after'] }) };
  },
  unpack: (body) => JSON.parse(body),
  mask: (payload) => payload,
  matching: { clickIds: [], browserIds: [], keys: [], isEnough: () => true, harmless: [] },
  skipTexts: {},
  testEvent: {},
  isTest: false,
  whyNot: () => [],
  probe: {
    encode: () => ({ method: 'POST', url: 'https://tiny.example/probe', headers: {}, body: '[]' }),
    decode: ({ status }) => (status === 200 ? 'ok' : sampleIssue),
  },
};

/**
 * The tiny platform with an access token: `POST /token` exchanges the credential, and the other requests carry the token. A 401 means that the
 * token was refused.
 */
export const tokenPlatform: BoundDestination = {
  ...tinyPlatform,
  id: 'token',
  auth: {
    encode: (at) => ({ method: 'POST', url: 'https://tiny.example/token', headers: {}, body: `at=${at}` }),
    decode({ status, body }) {
      if (status === 200) {
        const { token, livesMs }: { token: string; livesMs: number } = JSON.parse(body);
        return { token, livesMs };
      }
      return status === 400 ? { blocked: sampleIssue } : { retry: `status ${status}` };
    },
  },
  encode: (texts, token = '') => ({ ...tinyPlatform.encode(texts), headers: { authorization: `Bearer ${token}` } }),
  decode: (response, count) =>
    response.status === 401 ? { blocked: sampleIssue, tokenRefused: true } : tinyPlatform.decode(response, count),
  probe: {
    encode: (token = '') => ({ ...tinyPlatform.probe.encode(undefined, 0), headers: { authorization: `Bearer ${token}` } }),
    decode: tinyPlatform.probe.decode,
  },
};

/**
 * The tiny platform, which gives its verdicts later: a 202 names a ticket, and `GET /verdict` answers with a verdict as JSON. A 404 means that
 * no verdict will come.
 */
export const laterPlatform: BoundDestination = {
  ...tinyPlatform,
  id: 'later',
  decode(response, count) {
    if (response.status !== 202) return tinyPlatform.decode(response, count);
    const { ticket }: { ticket: string } = JSON.parse(response.body);
    return { accepted: { ticket, issues: [] } };
  },
  receipt: {
    firstAfterMs: 30 * minuteMs,
    giveUpAfterMs: dayMs,
    encode: (ticket, token = '') => ({
      method: 'GET',
      url: `https://tiny.example/verdict?ticket=${ticket}`,
      headers: { authorization: `Bearer ${token}` },
      body: '',
    }),
    decode({ status, body }, count): ReceiptVerdict {
      if (status === 200) return readVerdict(body);
      if (status === 404) {
        const unverified = { outcome: 'unverified', issues: [sampleIssue] } as const;
        return { settled: Array.from({ length: count }, () => unverified), issues: [] };
      }
      return status === 403 ? { blocked: sampleIssue } : { retry: `status ${status}` };
    },
  },
};

function readVerdict(body: string): ReceiptVerdict {
  const verdict: ReceiptVerdict = JSON.parse(body);
  return verdict;
}

export function isQuestion({ url }: HttpRequest): boolean {
  return url.includes('/verdict?');
}

export function isExchange({ url }: HttpRequest): boolean {
  return url.endsWith('/token');
}

function refusal({ body }: HttpResponse): ResponseVerdict {
  const { bad }: { bad: number[] } = JSON.parse(body);
  return bad.length > 0 ? { rejectRows: new Map(bad.map((index) => [index, [sampleIssue]])) } : { bisect: [] };
}

export function buildReply(status: number, body = '', headers: Record<string, string> = {}): SendResult {
  return { response: { status, headers, body, incomplete: false } };
}

/** Returns the ids in a request's body, in order. */
export function getIds({ body }: HttpRequest): string[] {
  const payloads: { id: string }[] = JSON.parse(body);
  return payloads.map(({ id }) => id);
}

/** Returns a site as a connection consumer needs it. */
export function createConsumerSite(
  id: string,
  purchaseHoldSeconds: Site['purchaseHoldSeconds'] = 'auto',
  secrets: readonly string[] = [],
): ConnectionConsumerOptions['site'] {
  return { id, bots: 'drop', purchaseHoldSeconds, purchases: 'as-reported', webhooks: { secrets, purchaseOn: 'create' } };
}

/** A sender that records requests and responds with `answer`, which may be replaced at run time. */
export class ScriptedSender implements Sender {
  readonly requests: HttpRequest[] = [];
  /** All ids of requests with a 200 response, in order. */
  readonly accepted: string[] = [];
  answer: (request: HttpRequest, index: number) => SendResult | Promise<SendResult>;

  constructor(answer: (request: HttpRequest, index: number) => SendResult | Promise<SendResult> = () => buildReply(200)) {
    this.answer = answer;
  }

  get probes(): number {
    return this.requests.filter(isProbe).length;
  }

  get deliveries(): readonly HttpRequest[] {
    return this.requests.filter((request) => !isProbe(request) && !isExchange(request) && !isQuestion(request));
  }

  async send(request: HttpRequest): Promise<SendResult> {
    this.requests.push(request);
    const sent = await this.answer(request, this.requests.length - 1);
    if (!isExchange(request) && !isQuestion(request) && 'response' in sent && sent.response.status === 200)
      this.accepted.push(...getIds(request));
    return sent;
  }

  async close(): Promise<void> {}
}

export function isProbe({ url }: HttpRequest): boolean {
  return url.endsWith('/probe');
}

/** Resolves when `done` returns true. @throws after 20 s */
export async function waitUntil(done: () => boolean | Promise<boolean>): Promise<void> {
  const from = performance.now();
  while (!(await done())) {
    if (performance.now() - from > 20_000) throw new Error('timeout: the condition was not met within 20 s');
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

interface Running<Consumer> {
  readonly consumer: Consumer;
  stop(): Promise<void>;
}

/** The options of a test's identity consumer, which has one site. */
interface IdentityTestOptions extends Omit<IdentityConsumerOptions, 'createLogger' | 'onFault'> {
  readonly logger: Logger;
  readonly onFault: (error: unknown) => void;
}

/** A real log and store in a temporary folder, for the sites of one test file. */
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

  static async open(): Promise<TestStorage> {
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

  async close(): Promise<void> {
    await this.log.close();
    await this.store.close();
    rmSync(this.dir, { recursive: true });
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

  constructor(time: PacedClock, site: string, { log, store }: TestStorage) {
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
      received.reduce((sum, { events, duplicates: copies }) => sum + events + copies, 0) -
      outcomes.reduce((sum, { events }) => sum + events, 0)
    );
  }

  /** Waits `ms` on the fast clock. */
  pass(ms: number): Promise<void> {
    return new Promise((resolve) => void this.clock.after(ms, resolve));
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
