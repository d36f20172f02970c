import { afterAll, afterEach, beforeAll, beforeEach, vi } from 'vitest';
import { createPacedClock } from '../clock/paced-clock.fixture.ts';
import { formatEventKey } from '../event/event-key.ts';
import type { Site } from '../event/site.ts';
import { EmptiedLog } from '../storage/log/emptied-log.fixture.ts';
import type { EventLog } from '../storage/log/event-log.ts';
import type { StoreNode } from '../storage/ports/nodes.ts';
import type { Store } from '../storage/ports/store.ts';
import { EmptiedStore } from '../storage/store/sqlite/emptied-store.fixture.ts';
import { buildEvent, encodeEvent, silentLogger } from './delivery.fixture.ts';
import type { Delivery } from './delivery.ts';
import type { SharedDeliveryOptions } from './shared-delivery.ts';
import { type DeliveryOptions, startDelivery } from './start-delivery.ts';
import { ScriptedSender, tinyPlatform } from './tiny-platform.fixture.ts';

export const connection = { id: 'bing', destination: 'tiny', enabled: true, settings: {} };
export const site: Site = {
  id: 'shop',
  name: 'Shop',
  domains: ['shop.example'],
  platform: 'custom',
  writeKey: 'wk_12345678',
  secretKeyHashes: [],
  consent: { policy: 'granted' },
  timeZone: 'UTC',
  bots: 'drop',
  tags: {},
  purchaseHoldSeconds: 'auto',
  purchases: 'as-reported',
  webhooks: { secrets: [], purchaseOn: 'create' },
  accuracy: { alertUnder: 0.9 },
  connections: [connection],
};

export const other = { ...connection, id: 'other' };
export const withConnections = (...connections: Site['connections']): Site => ({ ...site, connections });

/** A delivery with an empty event log and an empty store. */
class DeliveryScene {
  readonly sender = new ScriptedSender();
  readonly faults: unknown[] = [];
  readonly log: EventLog;
  store: Store;
  delivery: Delivery | undefined;

  constructor(log: EventLog, store: Store) {
    this.log = log;
    this.store = store;
  }

  listOptions(sites: readonly Site[] = [site]): DeliveryOptions {
    let attemptCount = 0;
    return {
      sites,
      listConnections: () => ['bing', 'left-out'],
      bindDestination: () => tinyPlatform,
      log: this.log,
      store: this.store,
      sender: this.sender,
      clock: createPacedClock(50),
      random: () => 0.5,
      newId: () => `attempt-${attemptCount++}`,
      owner: 'test',
      logger: silentLogger,
      onFault: (error) => this.faults.push(error),
    };
  }

  async start(sites?: readonly Site[]): Promise<void> {
    this.delivery = await startDelivery(this.listOptions(sites));
  }

  append(id: string) {
    const event = buildEvent(id, { time: Date.now(), receivedAt: Date.now() });
    return this.log.append([{ partition: 'shop', key: formatEventKey(event), bytes: encodeEvent(event) }]);
  }
}

/** Gives each test of the file a scene of its own. Their event log and store are emptied in between. */
export function useDelivery(): () => DeliveryScene {
  let scene: DeliveryScene;
  let log: EmptiedLog;
  let store: EmptiedStore;
  beforeAll(async () => {
    log = await EmptiedLog.open(Date.now);
    store = await EmptiedStore.open();
  });
  beforeEach(async () => {
    await log.empty();
    store.empty();
    scene = new DeliveryScene(log.log, store.store);
  });
  afterEach(async () => {
    await scene.delivery?.stop(5_000);
    vi.restoreAllMocks();
  });
  afterAll(() => {
    store.close();
    log.close();
  });
  return () => scene;
}

/** Returns the options of a node among others, which send no commands. Each start of a connection is added to `stored`. */
export const listSharedOptions = (
  node: StoreNode,
  nodes: readonly StoreNode[],
  stored: { readonly consumer: string; readonly state: { readonly cursor: string } }[],
): Omit<SharedDeliveryOptions, keyof DeliveryOptions> => ({
  node,
  nodes: {
    beat: async () => nodes,
    listNodes: async () => nodes,
    countHeldSites: async () => 0,
    removeNode: async () => undefined,
  },
  commands: {
    addCommand: async () => undefined,
    listOpenCommands: async () => [],
    takeCommand: async () => false,
    withdrawCommand: async () => true,
    answerCommand: async () => undefined,
    getCommandAnswer: async () => undefined,
  },
  starts: {
    findUnstarted: async (ids) => ids.filter((id) => stored.every(({ consumer }) => consumer !== id)),
    storeStarts: async (starts) => void stored.push(...starts),
  },
  onTaken: async () => undefined,
});
