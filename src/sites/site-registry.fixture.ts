import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { readConfig } from '../config/config.ts';
import type { Site } from '../event/site.ts';
import { createLogger } from '../logger.ts';
import type { Store } from '../storage/ports/store.ts';
import { EmptiedStore } from '../storage/store/sqlite/emptied-store.fixture.ts';
import { openKeyRing } from './key-ring.ts';
import { SiteRegistry, type SiteRegistryDeps } from './site-registry.ts';

export const token = 'canary-token-4711';
export const bing = { destination: 'microsoft', settings: { tagId: '187012345', token } };
/** The site of the config file. */
export const fileSite = {
  id: 'shop',
  domains: ['shop.example'],
  writeKey: 'wk_shop_example',
  secretKeys: ['sk_0123456789abcdef'],
  connections: [{ id: 'bing', destination: 'microsoft', settings: { tagId: '1', token: 'token-of-the-file' } }],
};

/** The surroundings of a registry, which a test may change before it opens one. */
class RegistryScene {
  readonly dir = mkdtempSync(join(tmpdir(), 'convey-book-'));
  /** The text of the config file. */
  config = JSON.stringify({ sites: [fileSite] });
  store: Store;
  logged: string[] = [];
  /** The running sites after each change. */
  applied: (readonly Site[])[] = [];
  onApply: () => void = () => undefined;
  isMoving = false;
  readonly #storeFile: string;

  constructor({ store, file }: EmptiedStore) {
    this.store = store;
    this.#storeFile = file;
  }

  /** Opens the site registry of this folder, as a gateway does when it starts. */
  async open(environment: NodeJS.ProcessEnv = {}, more: Partial<SiteRegistryDeps> = {}): Promise<SiteRegistry> {
    const read = readConfig(this.config, environment, this.dir);
    if ('problems' in read) throw new Error(JSON.stringify(read.problems));
    return SiteRegistry.open({
      file: read.config,
      rules: read.config,
      store: this.store,
      keys: openKeyRing(join(this.dir, 'secrets.key'), read.config.secretsKeys),
      wasThere: async (site) => site === 'once',
      apply: async (sites) => {
        this.applied.push(sites);
        this.onApply();
      },
      isMoving: () => this.isMoving,
      now: () => 1_000,
      logger: createLogger('debug', { write: (line) => this.logged.push(line) }),
      ...more,
    });
  }

  /** Opens the registry with a site `made` of the dashboard. */
  async openWithSite(): Promise<SiteRegistry> {
    const registry = await this.open();
    await registry.createSite({ id: 'made', domains: ['made.example'] });
    return registry;
  }

  /** Reads the key file, and the files of the store with what earlier tests left there. */
  readFiles(): string[] {
    return [this.dir, dirname(this.#storeFile)].flatMap((from) =>
      readdirSync(from).map((name) => readFileSync(join(from, name)).toString('latin1')),
    );
  }
}

/** Gives each test of the file a scene of its own, with an empty store. */
export function useRegistry(): () => RegistryScene {
  let emptied: EmptiedStore;
  let scene: RegistryScene;
  beforeAll(async () => {
    emptied = await EmptiedStore.open();
  });
  beforeEach(() => {
    emptied.empty();
    scene = new RegistryScene(emptied);
  });
  afterEach(() => rmSync(scene.dir, { recursive: true }));
  afterAll(() => emptied.close());
  return () => scene;
}

export const listIds = (sites: readonly Site[]) => sites.map(({ id }) => id);

export function getSettings(registry: SiteRegistry, site: string, connection: string) {
  const found = registry.sites().find(({ id }) => id === site);
  return found?.connections.find(({ id }) => id === connection)?.settings;
}
