import { type Event, isSha256, type Sha256 } from '../event/event.ts';
import { formatEventKey } from '../event/event-key.ts';
import type { Site } from '../event/site.ts';
import { dayMs } from '../event/units.ts';
import { createLogger } from '../logger.ts';
import type { LogRecord, Offset } from '../storage/log/event-log.ts';
import type { ConnectionState } from '../storage/ports/connection-state.ts';
import type { ConnectionConsumerOptions } from './consumers/connection-consumer.ts';
import { closedBreaker } from './sending/circuit-breaker.ts';

export const start = 1_795_514_400_000;
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

/** Returns a site as a connection consumer needs it. */
export function createConsumerSite(
  id: string,
  purchaseHoldSeconds: Site['purchaseHoldSeconds'] = 'auto',
  secrets: readonly string[] = [],
): ConnectionConsumerOptions['site'] {
  return {
    id,
    bots: 'drop',
    purchaseHoldSeconds,
    purchases: 'as-reported',
    timeZone: 'UTC',
    webhooks: { secrets, purchaseOn: 'create' },
  };
}

/** Resolves when `done` returns true. @throws after 20 s */
export async function waitUntil(done: () => boolean | Promise<boolean>): Promise<void> {
  const from = performance.now();
  while (!(await done())) {
    if (performance.now() - from > 40_000) throw new Error('timeout: the condition was not met within 40 s');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
