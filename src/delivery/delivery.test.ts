import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Site } from '../event/site.ts';
import type { EventLog } from '../log/log.ts';
import { openSqliteLog } from '../log/sqlite.ts';
import { openSqliteStore } from '../store/sqlite.ts';
import type { Store } from '../store/store.ts';
import { clock } from './clock.ts';
import { anEvent, bytesOf, keyOf, quiet, ScriptedSender, tinyPlatform, until } from './delivery.fixture.ts';
import { type Delivery, startDelivery } from './delivery.ts';

let dir: string;
let log: EventLog;
let store: Store;
let sender: ScriptedSender;
let delivery: Delivery | undefined;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'convey-delivery-'));
  log = await openSqliteLog(join(dir, 'log.db'), { now: Date.now });
  store = await openSqliteStore(join(dir, 'state.db'), { now: Date.now });
  sender = new ScriptedSender();
});
afterEach(async () => {
  await delivery?.stop(5_000);
  await store.close();
  await log.close();
  rmSync(dir, { recursive: true });
});

const connection = { id: 'bing', destination: 'tiny', enabled: true, settings: {} };
const site: Site = {
  id: 'shop',
  name: 'Shop',
  domains: ['shop.example'],
  platform: 'custom',
  writeKey: 'wk_12345678',
  secretKeyHashes: [],
  consent: { policy: 'granted' },
  bots: 'drop',
  uet: { mode: 'off', script: 'https://bat.bing.com/bat.js', queue: 'uetq', idSync: 'https://c.bing.com/c.gif' },
  purchaseHoldSeconds: 'auto',
  connections: [connection],
};

async function start(): Promise<void> {
  delivery = await startDelivery({
    sites: [site],
    platformOf: () => tinyPlatform,
    log,
    store,
    sender,
    clock: clock(50),
    random: () => 0.5,
    newId: (() => {
      let made = 0;
      return () => `attempt-${made++}`;
    })(),
    owner: 'test',
    logger: quiet,
  });
}

const append = (id: string) => {
  const event = anEvent(id, { time: Date.now(), receivedAt: Date.now() });
  return log.append([{ partition: 'shop', key: keyOf(event), bytes: bytesOf(event) }]);
};

it('a connection that is new begins with what comes next, and misses nothing of it even if the process dies at once', async () => {
  await append('before-it-was-made');
  await start();
  expect((await store.connectionState('shop/bing'))?.cursor).toBe((await log.heads()).get('shop'));
  await append('after');
  delivery?.wake('shop');
  await until(() => sender.accepted.length > 0);
  await delivery?.stop(5_000);
  await append('while it was away');
  await start();
  await until(() => sender.accepted.length > 1);
  expect(sender.accepted).toEqual(['after', 'while it was away']);
});

it('a stop waits for nobody who stands still, and nobody stands still after it', async () => {
  await start();
  let isStill = false;
  void delivery?.whileStill('shop', () => {
    isStill = true;
    return new Promise<string>(() => undefined);
  });
  await until(() => isStill);
  const behind = delivery?.whileStill('shop', async () => 'second');
  await delivery?.stop(100);
  expect(await behind).toBe('stopping');
  expect(await delivery?.whileStill('shop', async () => 'late')).toBe('stopping');
  delivery = undefined;
});

it('a stop lets work that began while all stood still come to its end', async () => {
  await start();
  const { promise, resolve } = Promise.withResolvers<string>();
  let isStill = false;
  const work = delivery?.whileStill('shop', () => {
    isStill = true;
    return promise;
  });
  await until(() => isStill);
  let hasStopped = false;
  const stopped = delivery?.stop(20_000).then(() => {
    hasStopped = true;
  });
  await new Promise((resume) => setTimeout(resume, 50));
  expect(hasStopped).toBe(false);
  resolve('done');
  expect(await work).toBe('done');
  await stopped;
});
