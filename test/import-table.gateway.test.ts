import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, normalize } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';

const root = join(import.meta.dirname, '..');

/**
 * Files that break exactly one rule of `.dependency-cruiser.cjs`: the content of each by path, for each rule. A plant replaces the
 * project's file of its name. `npm run check` holds the project itself to the rules.
 */
const plants: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'room-event': { 'event/planted.ts': "import '../config/config.ts';" },
  'room-pixel': { 'pixel/planted.ts': "import '../errors.ts';" },
  'room-js-package': { 'js-package/planted.ts': "import type {} from '../event/event.ts';" },
  'room-identity': {
    'identity/planted.ts': "import type { AcceptResult } from '../ingest/accept/accept.ts';",
    'identity/planted-registry.ts': "import '../destinations/page-identifiers.ts';",
    'identity/planted-visitors.ts': "import '../visitors/click-ids.ts';",
  },
  'room-visitors': { 'visitors/planted.ts': "import '../destinations/destinations.ts';" },
  'room-clock': { 'clock/planted.ts': "import '../net/ip-address.ts';" },
  'room-net': { 'net/planted.ts': "import '../event/event.ts';" },
  'room-country': { 'country/planted.ts': "import '../config/config.ts';" },
  'room-shopify-app': { 'shopify-app/planted.ts': "import '../config/config.ts';" },
  'room-storage': { 'storage/planted.ts': "import '../delivery/sending/settle.ts';" },
  'room-ingest': { 'ingest/planted.ts': "import '../storage/ports/store.ts';" },
  'room-destinations': { 'destinations/planted.ts': "import '../identity/hashing.ts';" },
  'room-delivery': {
    'delivery/planted.ts': "import '../destinations/microsoft/map.ts';",
    'delivery/planted-port.ts': "import type { Account } from '../storage/ports/accounts.ts';",
  },
  'room-privacy': { 'privacy/planted.ts': "import '../retention/sweep.ts';" },
  'room-retention': { 'retention/planted.ts': "import '../delivery/delivery.ts';" },
  'room-rules': { 'rules/planted.ts': "import '../delivery/delivery.ts';" },
  'room-hooks': { 'hooks/planted.ts': "import '../config/config.ts';" },
  'room-doctor': { 'doctor/planted.ts': "import '../storage/ports/store.ts';" },
  'room-activity': { 'activity/planted.ts': "import '../storage/ports/store.ts';" },
  'room-issues': { 'issues/planted.ts': "import '../alerts/message.ts';" },
  'room-alerts': { 'alerts/planted.ts': "import '../delivery/delivery.ts';" },
  'room-config': { 'config/planted.ts': "import '../sites/site-keys.ts';" },
  'room-sites': { 'sites/planted.ts': "import '../delivery/delivery.ts';" },
  'room-platform-accounts': { 'platform-accounts/planted.ts': "import type { Account } from '../storage/ports/accounts.ts';" },
  'room-api': { 'api/planted.ts': "import '../delivery/delivery.ts';" },
  'room-dashboard': { 'dashboard/planted.ts': "import '../api/api.ts';" },
  'room-simulators': { 'simulators/planted.ts': "import type { Event } from '../event/event.ts';" },
  'room-cli': { 'cli/planted.ts': "import '../storage/log/event-log.ts';" },
  'folder-ingest-segment': { 'ingest/segment/planted.ts': "import '../collector.ts';" },
  'folder-ingest-webhooks': { 'ingest/webhooks/planted.ts': "import '../collector.ts';" },
  'folder-ingest-server': { 'ingest/server/planted.ts': "import '../webhooks/webhook.ts';" },
  'folder-ingest-browser': { 'ingest/browser/planted.ts': "import '../server/find-secret-key.ts';" },
  'folder-ingest-links': { 'ingest/links/planted.ts': "import '../browser/browser-batch.ts';" },
  'folder-ingest-accept': { 'ingest/accept/planted.ts': "import '../browser/browser-batch.ts';" },
  'folder-ingest-http': { 'ingest/http/planted.ts': "import '../accept/accept.ts';" },
  'folder-ingest-limits': { 'ingest/limits/planted.ts': "import '../http/rate-limit.ts';" },
  'folder-storage-backup': { 'storage/backup/planted.ts': "import '../migrate.ts';" },
  'folder-storage-move': { 'storage/move/planted.ts': "import '../backup/tar.ts';" },
  'folder-storage-spool': { 'storage/spool/planted.ts': "import '../backup/tar.ts';" },
  'folder-storage-recovery': { 'storage/recovery/planted.ts': "import '../backup/tar.ts';" },
  'folder-storage-store': { 'storage/store/planted.ts': "import '../recovery/btree-cells.ts';" },
  'folder-storage-ports': { 'storage/ports/planted.ts': "import '../store/release-states.ts';" },
  'folder-storage-log': { 'storage/log/planted.ts': "import '../ports/store.ts';" },
  'folder-storage-disk': { 'storage/disk/planted.ts': "import '../log/event-log.ts';" },
  'folder-storage-sqlite': { 'storage/sqlite/planted.ts': "import '../log/event-log.ts';" },
  'folder-storage-postgres': { 'storage/postgres/planted.ts': "import '../log/event-log.ts';" },
  'folder-storage-sql': { 'storage/sql/planted.ts': "import '../log/event-log.ts';" },
  'folder-delivery-consumers': { 'delivery/consumers/planted.ts': "import '../delivery.ts';" },
  'folder-delivery-uploads': { 'delivery/uploads/planted.ts': "import '../delivery.ts';" },
  'folder-delivery-sending': { 'delivery/sending/planted.ts': "import '../consumers/command-queue.ts';" },
  'folder-delivery-replay': { 'delivery/replay/planted.ts': "import '../sending/backoff.ts';" },
  'folder-delivery-planning': { 'delivery/planning/planted.ts': "import '../replay/requeue.ts';" },
  'folder-delivery-profiles': { 'delivery/profiles/planted.ts': "import '../planning/batch.ts';" },
  'folder-api-reference': { 'api/reference/planted.ts': "import '../router.ts';" },
  'folder-api-gateway': { 'api/gateway/planted.ts': "import '../reference/openapi.ts';" },
  'folder-api-metrics': { 'api/metrics/planted.ts': "import '../gateway/schemas.ts';" },
  'folder-api-hooks': { 'api/hooks/planted.ts': "import '../metrics/counters.ts';" },
  'folder-api-rules': { 'api/rules/planted.ts': "import '../metrics/counters.ts';" },
  'folder-api-connections': { 'api/connections/planted.ts': "import '../metrics/counters.ts';" },
  'folder-api-sites': { 'api/sites/planted.ts': "import '../connections/event-counts.ts';" },
  'folder-api-account-links': { 'api/account-links/planted.ts': "import '../sites/site-view.ts';" },
  'folder-api-platform-accounts': { 'api/platform-accounts/planted.ts': "import '../sites/handlers.ts';" },
  'folder-api-events': { 'api/events/planted.ts': "import '../routes.ts';" },
  'folder-api-accuracy': { 'api/accuracy/planted.ts': "import '../events/event-view.ts';" },
  'folder-api-alerts': { 'api/alerts/planted.ts': "import '../accuracy/accuracy-reader.ts';" },
  'folder-api-issues': { 'api/issues/planted.ts': "import '../accuracy/accuracy-reader.ts';" },
  'folder-api-people': { 'api/people/planted.ts': "import '../accuracy/accuracy-reader.ts';" },
  'folder-api-auth': { 'api/auth/planted.ts': "import '../people/handlers.ts';" },
  'folder-api-http': { 'api/http/planted.ts': "import '../auth/csrf.ts';" },
  'folder-dashboard-pages': { 'dashboard/pages/planted.ts': "import '../theme.ts';" },
  'folder-dashboard-shell': { 'dashboard/shell/planted.ts': "import '../pages/overview/Overview.tsx';" },
  'folder-dashboard-components': { 'dashboard/components/planted.ts': "import '../shell/Brand.tsx';" },
  'folder-dashboard-data': { 'dashboard/data/planted.ts': "import '../components/display/format.ts';" },
  'no-cycles': { 'event/planted-a.ts': "import './planted-b.ts';", 'event/planted-b.ts': "import './planted-a.ts';" },
  'adapters-from-the-roots': {
    'planted-log.ts': "import './storage/log/sqlite-log.ts';",
    'planted-store.ts': "import './storage/disk/data-dir.ts';",
    'planted-engine.ts': "import './storage/sqlite/writer.ts';",
  },
  'postgres-on-demand': { 'gateway/planted.ts': "import '../storage/open-postgres.ts';" },
  'destinations-keep-apart': { 'destinations/other/planted.ts': "import '../microsoft/map.ts';" },
  'destinations-do-no-io': { 'destinations/other/planted-io.ts': "import 'node:crypto';" },
  'platform-accounts-do-no-io': { 'platform-accounts/planted-io.ts': "import 'node:crypto';" },
  'event-does-no-io': { 'event/planted-io.ts': "import 'node:fs';", 'event/planted-package.ts': "import 'zod';" },
  'drivers-belong-to-the-pixel': {
    'destinations/microsoft/browser/planted.ts': "import '../map.ts';",
    'destinations/other/browser/planted.ts': "import '../../kit/mapping/omit-empty.ts';",
  },
  'drivers-run-in-browsers': { 'destinations/microsoft/planted-driver.ts': "import './browser/driver.ts';" },
  'pixel-imports-types': {
    'pixel/planted-value.ts': "import { normalizeEventName } from '../event/event-names.ts';",
    'destinations/other/browser/planted-value.ts': "import { normalizeEventName } from '../../../event/event-names.ts';",
  },
  'js-package-imports-types': { 'js-package/planted-value.ts': "import '../pixel/commands.ts';" },
  'js-package-has-no-dependencies': { 'js-package/planted-package.ts': "import 'zod';" },
  'pixel-has-no-dependencies': { 'pixel/planted-io.ts': "import 'node:fs';", 'pixel/planted-package.ts': "import 'zod';" },
  'dashboard-imports-types': { 'dashboard/planted-value.ts': "import { normalizeEventName } from '../event/event-names.ts';" },
  'dashboard-runs-in-browsers': { 'dashboard/planted-io.ts': "import 'node:fs';" },
  'api-contract-runs-anywhere': {
    'api/planted/schemas.ts': "import 'node:fs';",
    'api/planted/routes.ts': "import '../http/page-cursor.ts';",
  },
  'api-client-imports-types': { 'api/client.ts': "import './planted/schemas.ts';\nimport 'zod/mini';" },
  'no-test-in-production': {
    'planted-fixture.ts': "import './ingest/site.fixture.ts';",
    'planted-contract.ts': "import './storage/log/event-log.contract.ts';",
  },
  resolvable: { 'planted-nowhere.ts': "import './nowhere.ts';" },
  'no-dev-dependencies-in-production': { 'planted-development.ts': "import 'fast-check';" },
};

const report = z.object({
  summary: z.object({
    violations: z.array(
      z.object({
        from: z.string(),
        to: z.string(),
        rule: z.object({ name: z.string() }),
        /** The other files of the cycle, if the rule forbids cycles. Each cycle is reported once. */
        cycle: z.array(z.object({ name: z.string() })).default([]),
      }),
    ),
    ruleSetUsed: z.object({ forbidden: z.array(z.object({ name: z.string() })) }),
  }),
});

const files: Readonly<Record<string, string>> = Object.fromEntries(
  Object.values(plants).flatMap((planting) => Object.entries(planting)),
);

/** The files of the project that the plants import. Their content has no meaning for a rule. */
const targets = Object.entries(files)
  .flatMap(([path, code]) =>
    [...code.matchAll(/'(\.[^']+)'/g)].map(([, imported = '']) => normalize(join(dirname(path), imported))),
  )
  .filter((path) => !Object.hasOwn(files, path));

/** Checks the plants, beside empty files in place of those that they import. */
function cruise(dir: string) {
  const depcruise = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs');
  const args = [depcruise, '--config', '.dependency-cruiser.cjs', '--output-type', 'json', 'src'];
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: dir, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  expect(stderr).toBe('');
  return report.parse(JSON.parse(stdout)).summary;
}

let dir: string;
let planted: ReturnType<typeof cruise>;

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'convey-import-table-'));
  for (const path of ['.dependency-cruiser.cjs', 'package.json', 'tsconfig.base.json', 'tsconfig.server.json'])
    cpSync(join(root, path), join(dir, path));
  symlinkSync(join(root, 'node_modules'), join(dir, 'node_modules'));
  const existing = targets.filter((path) => existsSync(join(root, 'src', path)));
  for (const [path, code] of [...existing.map((target) => [target, 'export {};'] as const), ...Object.entries(files)]) {
    mkdirSync(dirname(join(dir, 'src', path)), { recursive: true });
    writeFileSync(join(dir, 'src', path), `${code}\n`);
  }
  planted = cruise(dir);
}, 240_000);

afterAll(() => rmSync(dir, { recursive: true }));

test('every rule of the import table has a plant that breaks it', () => {
  expect(planted.ruleSetUsed.forbidden.map(({ name }) => name).toSorted()).toEqual(Object.keys(plants).toSorted());
});

test.each(Object.entries(plants))('%s detects its violation, and no other rule does', (rule, planting) => {
  const paths = Object.keys(planting).map((path) => `src/${path}`);
  const found = planted.violations.filter(({ from }) => paths.includes(from));
  const named = new Set(found.flatMap(({ from, cycle }) => [from, ...cycle.map(({ name }) => name)]));
  expect([...named].toSorted()).toEqual(paths.toSorted());
  expect([...new Set(found.map(({ rule: { name } }) => name))]).toEqual([rule]);
});

test('every plant imports a file of the project, but the one that imports none', () => {
  expect(targets.length).toBeGreaterThan(50);
  expect(targets.filter((path) => !existsSync(join(root, 'src', path)))).toEqual(['nowhere.ts']);
});
