import { setTimeout as sleep } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import { Agent, request } from 'undici';
import type { ApiClient } from '../../src/api/client.ts';
import { eventually, purchase, secretKey } from '../gateway.fixture.ts';
import type { Vendor, VendorEvent } from './scripted-vendor.ts';

/**
 * The one oracle of the fault suite. The driver issues ids whose payload follows from the id; a `202` makes an id an
 * obligation. After the faults have stopped:
 *
 * - O1 every obligation was delivered, or is visible as a dead letter or a skip with its reason;
 * - O2 every delivered id was issued, and its payload is the one that was issued;
 * - O3 no obligation is at the platform twice but by requests that the in-doubt counter tells of;
 * - O4 a fresh event flows within 10 s of the next success;
 * - O5 other connections are as quick as before (the test's own to measure).
 */
export interface Driver {
  readonly issued: ReadonlySet<string>;
  /** Acknowledged with 202. */
  readonly obligations: ReadonlySet<string>;
  /** Sends these many new events in one request; whether they were acknowledged. A refusal, or a broken line, makes no promise. */
  send(url: string, events?: number): Promise<boolean>;
  /** Sends these many new events in one request, and again while the gateway asks for that by 503, as a shop does. @throws when they are not acknowledged within 60 s. */
  sendUntilTaken(url: string, events?: number): Promise<void>;
  /** Sends single events from so many senders until `isOver`. */
  load(url: string, senders: number, isOver: () => boolean): Promise<void>;
  close(): Promise<void>;
}

/** `prefix` keeps the ids of several drivers apart; `key` is the site's secret key. */
export function makeDriver(prefix: string, key = secretKey): Driver {
  const issued = new Set<string>();
  const obligations = new Set<string>();
  const agent = new Agent({ connections: 64, keepAliveTimeout: 1_000 });
  let made = 0;

  const issue = (events: number) => {
    const ids = Array.from({ length: events }, () => `${prefix}-${made++}`);
    for (const id of ids) issued.add(id);
    return ids;
  };

  /** @throws when the line breaks. */
  const ask = async (url: string, ids: readonly string[]) => {
    const answer = await request(`${url}/v1/events`, {
      method: 'POST',
      dispatcher: agent,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ events: ids.map(eventOf) }),
    });
    await answer.body.dump();
    if (answer.statusCode === 202) for (const id of ids) obligations.add(id);
    return { status: answer.statusCode, retryAfterMs: Number(answer.headers['retry-after'] ?? 1) * 1_000 };
  };

  const send = async (url: string, events = 1): Promise<boolean> => {
    try {
      return (await ask(url, issue(events))).status === 202;
    } catch {
      return false;
    }
  };

  return {
    issued,
    obligations,
    send,
    async sendUntilTaken(url, events = 1) {
      const ids = issue(events);
      for (const until = Date.now() + 60_000; ; ) {
        const { status, retryAfterMs } = await ask(url, ids);
        if (status === 202) return;
        if (status !== 503 || !(Date.now() + retryAfterMs < until)) throw new Error(`the gateway answered ${status}`);
        await sleep(retryAfterMs);
      }
    },
    async load(url, senders, isOver) {
      const one = async () => {
        while (!isOver()) if (!(await send(url))) await sleep(20);
      };
      await Promise.all(Array.from({ length: senders }, one));
    },
    close: () => agent.destroy(),
  };
}

function priceOf(id: string): number {
  return (crc32(id) % 100_000) / 100;
}

function eventOf(id: string) {
  return purchase(id, { commerce: { orderId: id, value: priceOf(id), currency: 'USD', items: [{ id: 'sku1', quantity: 1 }] } });
}

function isAsIssued({ eventId, eventName, customData }: VendorEvent): boolean {
  return eventName === 'purchase' && customData?.value === priceOf(eventId) && customData.transactionId === eventId;
}

export interface Findings {
  /** O1: obligations that are neither at the platform nor told of. */
  readonly lost: readonly string[];
  /** O2: ids at the platform that nobody issued. */
  readonly strangers: readonly string[];
  /** O2: ids whose payload is another than was issued. */
  readonly changed: readonly string[];
  /** O3: requests that brought an event again, beyond those that the gateway counts as in doubt. */
  readonly uncounted: number;
}

/** What the oracle has to find. */
export const nothingWrong: Findings = { lost: [], strangers: [], changed: [], uncounted: 0 };

export interface Judged {
  readonly driver: Pick<Driver, 'issued' | 'obligations'>;
  readonly vendor: Vendor;
  /** Obligations that the gateway says it will not deliver, and why: dead letters and skips. Default none. */
  readonly toldOf?: ReadonlySet<string>;
  /** As the gateway counts them, over all its connections to this platform. */
  readonly inDoubt: number;
  /** How often an event may come without a doubt: once, and once more for each replay of what was delivered. Default 1. */
  readonly often?: number;
}

/** O1 to O3. Names at most ten ids of each kind. */
export function judge({ driver, vendor, toldOf = new Set(), inDoubt, often }: Judged): Findings {
  const some = (ids: Iterable<string>, wrong: (id: string) => boolean) => [...ids].filter(wrong).slice(0, 10);
  return {
    lost: some(driver.obligations, (id) => !vendor.taken.has(id) && !toldOf.has(id)),
    strangers: some(vendor.taken.keys(), (id) => !driver.issued.has(id)),
    changed: some(vendor.taken.keys(), (id) => !(vendor.taken.get(id) ?? []).every(isAsIssued)),
    uncounted: Math.max(0, repeats(vendor, often) - inDoubt),
  };
}

/** Requests that brought an event to the platform again, beyond the `often` times for which it was asked. */
export function repeats(vendor: Vendor, often = 1): number {
  const seen = new Map<string, number>();
  let count = 0;
  for (const { tagId, ids, processed } of vendor.requests) {
    if (!processed) continue;
    const keys = ids.map((id) => `${tagId}/${id}`);
    if (keys.some((key) => (seen.get(key) ?? 0) >= often)) count += 1;
    for (const key of keys) seen.set(key, (seen.get(key) ?? 0) + 1);
  }
  return count;
}

/** Waits until the platform has every obligation but those told of; whether it came to that. */
export function settled(
  { driver, vendor, toldOf = new Set() }: Omit<Judged, 'inDoubt' | 'often'>,
  patienceMs = 60_000,
): Promise<boolean> {
  return eventually(() => [...driver.obligations].every((id) => vendor.taken.has(id) || toldOf.has(id)), patienceMs);
}

/** O4: how many milliseconds a new event takes to the platform. */
export async function freshEvent(driver: Driver, vendor: Vendor, url: string, patienceMs = 60_000): Promise<number> {
  const startedAt = Date.now();
  if (!(await eventually(() => driver.send(url), patienceMs))) return Number.POSITIVE_INFINITY;
  const id = [...driver.obligations].at(-1) ?? '';
  const came = await eventually(() => vendor.taken.has(id), patienceMs);
  return came ? Date.now() - startedAt : Number.POSITIVE_INFINITY;
}

/** Requests that were sent again because no answer came, over all connections. */
export async function inDoubtOf(ask: ApiClient): Promise<number> {
  const connections = await ask('GET /api/connections', {});
  return connections.reduce((sum, { inDoubt }) => sum + inDoubt, 0);
}

/** Dead letters of a site that name an event: its id, and why. */
export async function deadOf(ask: ApiClient, site: string): Promise<ReadonlyMap<string, string>> {
  const dead = new Map<string, string>();
  let cursor: string | undefined;
  do {
    const page = await ask('GET /api/sites/:site/dead-letters', { site, limit: 500, ...(cursor !== undefined && { cursor }) });
    for (const letter of page.deadLetters) if ('eventId' in letter) dead.set(letter.eventId, letter.cause);
    cursor = page.next;
  } while (cursor !== undefined);
  return dead;
}
