import { expect, it } from 'vitest';
import type { Site } from '../../event/site.ts';
import { dayMs, hourMs, minuteMs, type UnixMs } from '../../event/units.ts';
import { createLogger } from '../../logger.ts';
import { shop } from '../api.fixture.ts';
import { listDeliveryAlerts, startDeliveryAlerts } from './delivery-alerts.ts';

const now = Date.parse('2026-11-25T13:00:00Z');
const paused = 'connection paused for over 15 minutes';
const unsent = 'oldest unsent event is over 6 hours old';
const nearlyLost = 'oldest unsent event is over 5 days old and will be lost in two days';

it('alerts after 15 minutes of a pause, and for unsent events that are 6 hours or 5 days old', () => {
  expect(listDeliveryAlerts(undefined, undefined, now)).toEqual([]);
  expect(listDeliveryAlerts(now - 15 * minuteMs, now - 6 * hourMs, now)).toEqual([]);
  expect(listDeliveryAlerts(now - 15 * minuteMs - 1, undefined, now)).toEqual([paused]);
  expect(listDeliveryAlerts(undefined, now - 6 * hourMs - 1, now)).toEqual([unsent]);
  expect(listDeliveryAlerts(undefined, now - 5 * dayMs, now)).toEqual([unsent]);
  expect(listDeliveryAlerts(now - dayMs, now - 5 * dayMs - 1, now)).toEqual([paused, unsent, nearlyLost]);
});

function watched() {
  const lines: Readonly<Record<string, unknown>>[] = [];
  let [ring, time] = [() => {}, now];
  const connections = shop.connections.slice(0, 1);
  let site: Site = { ...shop, connections };
  let of: { readonly oldest?: UnixMs } | Error = {};
  const watch = startDeliveryAlerts({
    sites: () => [site],
    store: {
      getConnectionState: async () => undefined,
      getUnsent: async () => {
        if (of instanceof Error) throw of;
        return { waiting: 0, deadLetters: 0, deadPurchases: 0, ...of };
      },
    },
    clock: {
      now: () => time,
      after: (_, next) => {
        ring = next;
        return () => {};
      },
    },
    logger: createLogger('debug', { write: (line: string) => lines.push(JSON.parse(line)) }),
  });
  return {
    watch,
    lines,
    enable: (enabled: boolean) => {
      site = { ...shop, connections: connections.map((one) => ({ ...one, enabled })) };
    },
    async check(at: UnixMs, oldest: typeof of) {
      [time, of] = [at, oldest];
      const before = ring;
      ring();
      while (ring === before) await new Promise((resolve) => setTimeout(resolve, 1));
    },
  };
}

it('logs each alert once, and once that all have ended, for enabled connections', async () => {
  const { check, lines, enable } = watched();
  const [bing] = shop.connections;
  await check(now, { oldest: now - hourMs });
  expect(lines).toEqual([]);
  await check(now + 6 * hourMs, { oldest: now - hourMs });
  await check(now + 7 * hourMs, { oldest: now - hourMs });
  expect(lines).toMatchObject([{ level: 'warn', site: 'shop', connection: bing?.id, msg: expect.stringContaining(unsent) }]);
  await check(now + 6 * dayMs, { oldest: now - hourMs });
  expect(lines).toMatchObject([{}, { level: 'error', msg: expect.stringContaining(nearlyLost) }]);
  await check(now + 6 * dayMs, {});
  await check(now + 6 * dayMs, {});
  expect(lines.slice(2)).toMatchObject([{ level: 'info', msg: 'delivery alerts ended' }]);
  enable(false);
  await check(now + 6 * dayMs, { oldest: now });
  expect(lines).toHaveLength(3);
});

it('logs a fault of the disk and continues', async () => {
  const { check, lines } = watched();
  await check(now, new Error('disk I/O error'));
  await check(now + dayMs, { oldest: now });
  expect(lines).toMatchObject([
    { level: 'error', msg: 'delivery check failed', error: { message: 'disk I/O error' } },
    { level: 'warn', msg: expect.stringContaining(unsent) },
  ]);
});
