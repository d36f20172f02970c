import { setTimeout as sleep } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import { Agent, request } from 'undici';
import type { ApiClient } from '../../src/api/client.ts';
import { eventually, purchase, secretKey } from '../gateway.fixture.ts';
import type { Vendor, VendorEvent } from './scripted-vendor.ts';

/**
 * The oracle of the fault suite. The driver issues ids, and an event's content follows from its id. A `202` makes an id an obligation.
 * After the faults have stopped:
 *
 * - O1 every obligation was delivered, or is visible as a dead letter or a skip with its reason;
 * - O2 every delivered id was issued, and its payload is unchanged;
 * - O3 an obligation is at the platform twice only because of requests that the gateway counts as in doubt;
 * - O4 a new event is delivered within 10 s of the next success;
 * - O5 other connections are as fast as before (each test measures this itself).
 */
export interface Driver {
  readonly issued: ReadonlySet<string>;
  /** Acknowledged with 202. */
  readonly obligations: ReadonlySet<string>;
  /** Sends new events in one request. Returns whether they were acknowledged; false after an error response or a broken connection. */
  send(url: string, events?: number): Promise<boolean>;
  /**
   * Sends new events in one request, and repeats it while the gateway responds with 503, as a shop does.
   * @throws if they are not acknowledged within 60 s
   */
  sendUntilAccepted(url: string, events?: number): Promise<void>;
  /**
   * Sends single events from `senders` concurrent loops until `isOver`. With `repeats`, an event is sent again until it is acknowledged, as
   * shops do.
   */
  load(url: string, senders: number, isOver: () => boolean, repeats?: 'repeats'): Promise<void>;
  /** The number of answers with a status of 500 or more. */
  readonly failures: number;
  /** The longest time between two acknowledgements. */
  readonly longestGapMs: number;
  close(): Promise<void>;
}

/**
 * Creates a driver. `prefix` makes its ids unique among several drivers; `key` is the site’s secret key; `patienceMs` is the time that it waits
 * for an answer.
 */
export function createDriver(prefix: string, key = secretKey, patienceMs = 300_000): Driver {
  const issued = new Set<string>();
  const obligations = new Set<string>();
  const agent = new Agent({ connections: 64, keepAliveTimeout: 1_000, headersTimeout: patienceMs });
  let issuedCount = 0;
  let acknowledgedAt: number | undefined;
  let longestGapMs = 0;
  let failures = 0;

  const acknowledge = (ids: readonly string[]) => {
    const now = performance.now();
    longestGapMs = Math.max(longestGapMs, now - (acknowledgedAt ?? now));
    acknowledgedAt = now;
    for (const id of ids) obligations.add(id);
  };
  const issue = (events: number) => {
    const ids = Array.from({ length: events }, () => `${prefix}-${issuedCount++}`);
    for (const id of ids) issued.add(id);
    return ids;
  };

  /** @throws if the connection breaks. */
  const sendBatch = async (url: string, ids: readonly string[]) => {
    const response = await request(`${url}/v1/events`, {
      method: 'POST',
      dispatcher: agent,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ events: ids.map(buildEvent) }),
    });
    await response.body.dump();
    if (response.statusCode === 202) acknowledge(ids);
    if (response.statusCode >= 500) failures += 1;
    return { status: response.statusCode, retryAfterMs: Number(response.headers['retry-after'] ?? 1) * 1_000 };
  };

  const trySend = async (url: string, ids: readonly string[]): Promise<boolean> => {
    try {
      return (await sendBatch(url, ids)).status === 202;
    } catch {
      return false;
    }
  };
  const send = (url: string, events = 1) => trySend(url, issue(events));

  return {
    issued,
    obligations,
    send,
    async sendUntilAccepted(url, events = 1) {
      const ids = issue(events);
      for (const until = Date.now() + 60_000; ; ) {
        const { status, retryAfterMs } = await sendBatch(url, ids);
        if (status === 202) return;
        if (status !== 503 || !(Date.now() + retryAfterMs < until)) throw new Error(`the gateway answered ${status}`);
        await sleep(retryAfterMs);
      }
    },
    get failures() {
      return failures;
    },
    get longestGapMs() {
      return longestGapMs;
    },
    async load(url, senders, isOver, repeats) {
      const runSender = async () => {
        let ids = issue(1);
        while (!isOver()) {
          const isAcknowledged = await trySend(url, ids);
          if (!isAcknowledged) await sleep(20);
          if (isAcknowledged || repeats === undefined) ids = issue(1);
        }
      };
      await Promise.all(Array.from({ length: senders }, runSender));
    },
    close: () => agent.destroy(),
  };
}

function computePrice(id: string): number {
  return (crc32(id) % 100_000) / 100;
}

function buildEvent(id: string) {
  return purchase(id, {
    commerce: { orderId: id, value: computePrice(id), currency: 'USD', items: [{ id: 'sku1', quantity: 1 }] },
  });
}

function isUnchanged({ eventId, eventName, customData }: VendorEvent): boolean {
  return eventName === 'purchase' && customData?.value === computePrice(eventId) && customData.transactionId === eventId;
}

export interface Violations {
  /** O1: obligations that are neither at the platform nor reported. */
  readonly lost: readonly string[];
  /** O2: ids at the platform that the driver did not issue. */
  readonly unissued: readonly string[];
  /** O2: ids whose payload differs from the issued one. */
  readonly changed: readonly string[];
  /** O3: number of requests that repeated an event, minus those that the gateway counts as in doubt. */
  readonly uncounted: number;
}

export const noViolations: Violations = { lost: [], unissued: [], changed: [], uncounted: 0 };

export interface OracleInput {
  readonly driver: Pick<Driver, 'issued' | 'obligations'>;
  readonly vendor: Vendor;
  /** Obligations that the gateway reports as dead letters or skips, so they need not arrive. Default none. */
  readonly reportedIds?: ReadonlySet<string>;
  /** The gateway's count of requests in doubt, over all its connections to this platform. */
  readonly inDoubt: number;
  /** Allowed deliveries of an event without doubt: 1, plus 1 for each replay of delivered events. Default 1. */
  readonly allowedDeliveries?: number;
}

/** Checks O1 to O3. Returns at most ten ids of each kind. */
export function findViolations({ driver, vendor, reportedIds = new Set(), inDoubt, allowedDeliveries }: OracleInput): Violations {
  const pickTen = (ids: Iterable<string>, isViolation: (id: string) => boolean) => [...ids].filter(isViolation).slice(0, 10);
  return {
    lost: pickTen(driver.obligations, (id) => !vendor.acceptedEvents.has(id) && !reportedIds.has(id)),
    unissued: pickTen(vendor.acceptedEvents.keys(), (id) => !driver.issued.has(id)),
    changed: pickTen(vendor.acceptedEvents.keys(), (id) => !(vendor.acceptedEvents.get(id) ?? []).every(isUnchanged)),
    uncounted: Math.max(0, countRepeats(vendor, allowedDeliveries) - inDoubt),
  };
}

/** Counts the requests that brought an event to the platform more than `allowedDeliveries` times. */
export function countRepeats(vendor: Vendor, allowedDeliveries = 1): number {
  const deliveries = new Map<string, number>();
  let count = 0;
  for (const { tagId, ids, processed } of vendor.requests) {
    if (!processed) continue;
    const keys = ids.map((id) => `${tagId}/${id}`);
    if (keys.some((key) => (deliveries.get(key) ?? 0) >= allowedDeliveries)) count += 1;
    for (const key of keys) deliveries.set(key, (deliveries.get(key) ?? 0) + 1);
  }
  return count;
}

/** Waits until the platform has every obligation that is not reported. Returns whether that happened in time. */
export function waitUntilDelivered(
  { driver, vendor, reportedIds = new Set() }: Omit<OracleInput, 'inDoubt' | 'allowedDeliveries'>,
  timeoutMs = 60_000,
): Promise<boolean> {
  return eventually(() => [...driver.obligations].every((id) => vendor.acceptedEvents.has(id) || reportedIds.has(id)), timeoutMs);
}

/** Measures O4: the milliseconds until a new event is at the platform. Returns infinity if it does not arrive in time. */
export async function measureFreshEvent(driver: Driver, vendor: Vendor, url: string, timeoutMs = 60_000): Promise<number> {
  const startedAt = Date.now();
  if (!(await eventually(() => driver.send(url), timeoutMs))) return Number.POSITIVE_INFINITY;
  const id = [...driver.obligations].at(-1) ?? '';
  const hasArrived = await eventually(() => vendor.acceptedEvents.has(id), timeoutMs);
  return hasArrived ? Date.now() - startedAt : Number.POSITIVE_INFINITY;
}

/** Returns the number of requests in doubt, over all connections. */
export async function countInDoubt(ask: ApiClient): Promise<number> {
  const connections = await ask('GET /api/connections', {});
  return connections.reduce((sum, { inDoubt }) => sum + inDoubt, 0);
}

/** Returns the cause of each dead letter of a site, by event id. */
export async function getDeadLetterCauses(ask: ApiClient, site: string): Promise<ReadonlyMap<string, string>> {
  const dead = new Map<string, string>();
  let cursor: string | undefined;
  do {
    const page = await ask('GET /api/sites/:site/dead-letters', { site, limit: 500, ...(cursor !== undefined && { cursor }) });
    for (const letter of page.deadLetters) if ('eventId' in letter) dead.set(letter.eventId, letter.cause);
    cursor = page.next;
  } while (cursor !== undefined);
  return dead;
}
