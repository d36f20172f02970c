import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import type { UnixMs } from '../event/units.ts';
import { createLogger } from '../logger.ts';
import type { Store } from '../storage/ports/store.ts';
import { openSqliteStore } from '../storage/store/sqlite/sqlite-store.ts';

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
  readonly dir: string;
}

/** Opens a store for the tests of a file. */
export function useAlertStore(): AlertStoreScene {
  const dir = mkdtempSync(join(tmpdir(), 'convey-test-'));
  let store: Store;
  const scene = {
    now: start,
    dir,
    get store() {
      return store;
    },
  };
  beforeAll(async () => {
    store = await openSqliteStore(join(dir, 'state.db'), { now: () => scene.now });
  });
  afterAll(async () => {
    await store.close();
    rmSync(dir, { recursive: true });
  });
  return scene;
}
