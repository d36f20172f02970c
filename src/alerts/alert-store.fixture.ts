import { afterAll, beforeAll } from 'vitest';
import type { UnixMs } from '../event/units.ts';
import { createLogger } from '../logger.ts';
import type { Store } from '../storage/ports/store.ts';
import { EmptiedStore } from '../storage/store/sqlite/emptied-store.fixture.ts';

export const start = Date.parse('2026-11-25T13:10:00Z');
export const logger = createLogger('silent', { write: () => {} });

/** The content of a message in the outbox. */
export const content = {
  kind: 'began',
  on: 'paused',
  isUrgent: false,
  title: 'shop/bing is paused',
  sentence: 'It is paused.',
  figures: [],
  path: '/',
} as const;

/** A store on the disk, with a clock that the test sets. */
export interface AlertStoreScene {
  now: UnixMs;
  readonly store: Store;
}

/** Opens a store for the tests of a file. */
export function useAlertStore(): AlertStoreScene {
  let emptied: EmptiedStore;
  const scene = {
    now: start,
    get store() {
      return emptied.store;
    },
  };
  beforeAll(async () => {
    emptied = await EmptiedStore.open(() => scene.now);
  });
  afterAll(() => emptied.close());
  return scene;
}
