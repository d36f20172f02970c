import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Hono } from 'hono';
import { type ActivityRecorder, createActivityRecorder } from '../activity/activity-recorder.ts';
import { AlertSettings } from '../alerts/alert-settings.ts';
import { tinyPlatform } from '../delivery/tiny-platform.fixture.ts';
import { destinations } from '../destinations/destinations.ts';
import type { Site } from '../event/site.ts';
import { createFacts } from '../issues/facts/facts.fixture.ts';
import type { Facts } from '../issues/facts/facts.ts';
import { createIssueList, type IssueList } from '../issues/issue-list.ts';
import { createLogger } from '../logger.ts';
import { GoalChecks } from '../platform-accounts/goal-checks.ts';
import { GoalMaking } from '../platform-accounts/goal-making.ts';
import { GrantSecrets } from '../platform-accounts/grant-secrets.ts';
import { PlatformAccounts } from '../platform-accounts/platform-accounts.ts';
import { PlatformApps } from '../platform-accounts/platform-apps.ts';
import { openKeyRing } from '../sites/key-ring.ts';
import { SiteRegistry } from '../sites/site-registry.ts';
import { EmptiedLog } from '../storage/log/emptied-log.fixture.ts';
import type { Store } from '../storage/ports/store.ts';
import { EmptiedStore } from '../storage/store/sqlite/emptied-store.fixture.ts';
import { AccountLinks } from './account-links/account-links.ts';
import { accuracyReader } from './accuracy/accuracy-reader.ts';
import { type ApiDeps, createAdminApi } from './api.ts';
import { createPasswordHasher } from './auth/password-hash.ts';
import { type ApiClient, createApiClient } from './client.ts';
import type { AdminEnv } from './http/handler.ts';

const now = () => 1_795_514_400_000;

const connection = (id: string) => ({ id, destination: 'tiny', enabled: true, settings: {} });

/** A site with two connections that do not run. */
export const shop: Site = {
  id: 'shop',
  name: 'Shop',
  domains: ['shop.example'],
  platform: 'custom',
  writeKey: 'wk_test',
  secretKeyHashes: [],
  consent: { policy: 'granted' },
  timeZone: 'UTC',
  bots: 'drop',
  tags: {},
  purchaseHoldSeconds: 'auto',
  purchases: 'as-reported',
  webhooks: { secrets: [], purchaseOn: 'create' },
  accuracy: { alertUnder: 0.9 },
  connections: [connection('bing'), connection('other')],
};

export function createAccountDeps(store: Store): ApiDeps['accounts'] {
  const logger = createLogger('silent', { write: () => {} });
  return { store, passwords: createPasswordHasher({ logN: 8, r: 8, p: 1 }), now, logger };
}

export function createTestRecorder(activity: Store): ActivityRecorder {
  return createActivityRecorder({ activity, now, logger: createLogger('silent', { write: () => {} }) });
}

/** Creates the settings of sites of the config file. */
export function createSettingsDeps(
  { log, store }: Pick<ApiDeps, 'log' | 'store'>,
  sites: readonly Site[] = [],
): ApiDeps['settings'] {
  const never = () => {
    throw new Error('no site is configured');
  };
  const keys = openKeyRing('/nowhere/secrets.key', {});
  const file = { sites, getPlatform: () => tinyPlatform };
  const rules = { endpoints: {}, allowPrivateDestinations: false };
  const logger = createLogger('silent', { write: () => {} });
  const wasThere = async () => false;
  const secrets = new GrantSecrets(store, keys);
  const apps = new PlatformApps({ file: {}, store, secrets });
  const registry = new SiteRegistry(
    { file, rules, store, keys, wasThere, apply: async () => {}, now, logger },
    { sites: [], connections: [], distrusted: [] },
    0,
  );
  return {
    registry,
    destinations,
    getCollectorUrl: never,
    isLive: () => false,
    startSimulator: async () => false,
    getSimulatorUrl: () => undefined,
    probe: never,
    accountLinks: new AccountLinks({ store, keys, now }),
    accounts: new PlatformAccounts({ platforms: [], apps, store, secrets, send: never, now, newId: never, sleep: never }),
    apps,
    goalChecks: new GoalChecks({
      accounts: { open: never },
      store,
      readSent: never,
      making: new GoalMaking({ lock: never, sleep: never }),
      now,
    }),
    clickChecks: { step: never },
    lateGoals: { choose: never },
    grants: store,
    exchange: never,
    admitTrial: () => undefined,
    log,
    store,
    now,
    loadNewestEvents: async function* () {},
    fetching: { userAgent: 'convey/test', allowPrivate: false },
    readNotices: async () => ({ refusedDomains: [] }),
    pageSessions: { open: never, list: async () => ({ events: [] }) },
    getServerConsent: () => 'granted',
    getHookState: () => ({}),
    watchHook: () => undefined,
    previewRequest: never,
    pixelPath: '/p.js',
    knowsCountry: false,
  };
}

export const noExports: ApiDeps['exports'] = {
  write: () => Promise.reject(new Error('exports are disabled')),
  list: async () => [],
  read: async () => undefined,
  remove: async () => false,
  removeUnfinished: async () => {},
  ofPerson: async () => [],
  removeOld: async () => 0,
  askedByShops: async () => new Map(),
  sites: async () => [],
};

export const unusedBudget = {
  visitors: { used: 0, limit: 200_000 },
  links: { used: 0, limit: 400_000 },
  purchases: { used: 0, limit: 10_000 },
  bytes: { used: 0, limit: 2_000_000_000 },
} as const;

/** Creates the alert settings of a gateway without a config file. */
function createAlertSettings(store: Store): AlertSettings {
  const keys = openKeyRing(join(tmpdir(), 'convey-no-such-key'), {});
  const logger = createLogger('silent', { write: () => {} });
  return new AlertSettings(
    { store, keys, allowPrivateDestinations: false, siteIds: () => [shop.id], now, logger },
    { config: null, secrets: {}, mutes: [] },
  );
}

/** Creates the list of issues of facts that a test gives. */
export function createTestIssues(store: Store, facts: Facts = createFacts([])): IssueList {
  return createIssueList({ store, now, readFacts: async () => facts, listThresholds: () => [] });
}

/** Creates the API without running consumers. */
export function createTestApi(parts: Pick<ApiDeps, 'log' | 'store'> & Partial<ApiDeps>): Hono<AdminEnv> {
  const time = parts.now ?? now;
  const accuracy = accuracyReader({
    log: parts.log,
    store: parts.store,
    now: time,
    getPlatform: parts.getPlatform ?? (() => tinyPlatform),
  });
  return createAdminApi({
    version: '1',
    startedAt: now(),
    collectorUrl: 'http://127.0.0.1:8080',
    getDashboardUrl: () => 'http://127.0.0.1:8081',
    now,
    readHealth: () => parts.log.health(),
    sites: () => [shop],
    getPlatform: () => tinyPlatform,
    control: () => undefined,
    watch: () => ({
      notify: () => {},
      wait: (ms) => new Promise((resolve) => setTimeout(resolve, Math.min(ms, 10))),
      end: () => {},
    }),
    stopping: new AbortController().signal,
    isLive: () => false,
    readAccount: async () => undefined,
    getMatchKeyReport: async () => ({ recalled: [], missing: [], explain: () => undefined }),
    people: {
      erase: async () => 'busy',
      export: async () => 'busy',
      countScanned: () => undefined,
      hasUnfinished: async () => false,
      drop: async () => 'stopping',
    },
    exports: noExports,
    sendTest: async () => 'test-1',
    rowImporter: { append: async () => [], check: async () => [] },
    getMissingConsent: () => 'granted',
    backup: async () => 'backup-no-room',
    referencePage: '<!doctype html>',
    browserBudget: async () => unusedBudget,
    countsDays: 400,
    accounts: createAccountDeps(parts.store),
    recorder: createTestRecorder(parts.store),
    checkCheckpoint: () => 'valid',
    settings: createSettingsDeps(parts),
    accuracy,
    alertSettings: createAlertSettings(parts.store),
    testChannel: async () => undefined,
    issues: createTestIssues(parts.store),
    ...parts,
  });
}

/** Creates the API on an empty log and an empty store. */
export async function openApi() {
  const [emptiedLog, emptiedStore] = [await EmptiedLog.open(now), await EmptiedStore.open(now)];
  const [{ log }, { store }] = [emptiedLog, emptiedStore];
  return {
    log,
    store,
    app: (more: Partial<ApiDeps> = {}): Hono<AdminEnv> => createTestApi({ log, store, ...more }),
    dispose() {
      emptiedLog.close();
      emptiedStore.close();
    },
  };
}

/** Creates a client that calls an app without a socket. */
export function createTestClient(app: Hono<AdminEnv>): ApiClient {
  return createApiClient(async (method, path, body) => {
    const answer = await app.request(path, { method, ...(body !== undefined && { body }) });
    return { status: answer.status, body: await answer.text() };
  });
}
