import { accessSync, constants, existsSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { dirname } from 'node:path';
import type { Config } from '../config/config.ts';
import { readBudgetState } from '../delivery/profiles/browser-budget.ts';
import { createSender } from '../delivery/sending/http-sender.ts';
import type { Finding } from '../doctor/finding.ts';
import { errorMessage } from '../errors.ts';
import { budgetKinds } from '../event/browser-budget.ts';
import { onlyCollects } from '../event/node-role.ts';
import { isLoopback } from '../net/ip-address.ts';
import type { KeyRing } from '../sites/key-ring.ts';
import { type DataDir, DataDirInUseError } from '../storage/disk/data-dir.ts';
import { checkDiskSpace } from '../storage/disk/disk-space.ts';
import { openFile } from '../storage/disk/open-file.ts';
import { openSqliteLog } from '../storage/log/sqlite-log.ts';
import type { DatabaseCheck, Durability } from '../storage/postgres/check-settings.ts';
import { assertUndamaged } from '../storage/recovery/assert-undamaged.ts';
import { openSqliteStore } from '../storage/store/sqlite/sqlite-store.ts';
import { checkDelivery } from './check-delivery.ts';
import { askRunningGateway, checkRunning, type RunningState, reportUnchecked, type SiteBudget } from './check-running.ts';
import { lockGatewayFolder } from './lock-data-folder.ts';
import { checkAddress, checkConnections, checkCountry, checkEntries, checkSite } from './preflight-sites.ts';
import {
  type DashboardSites,
  mergeAllSites,
  noDashboardSites,
  openSecretsKeys,
  readDashboardSites,
  readFiles,
} from './read-data-folder.ts';
import { checkSpool, spoolPromises } from './spool/check-spool.ts';
import { closeServer, listenOrExplain } from './startup.ts';

/** A check only reports a full disk: the reserve is for the start. */
const checkLock = { keepsReserve: true };

/**
 * Checks everything that a start needs, and the credential of each connection, without sending an event.
 * @param askRunning returns the state of a gateway that runs on the folder.
 */
export async function* runPreflight(
  config: Config,
  version: string,
  askRunning: () => Promise<RunningState>,
): AsyncGenerator<Finding> {
  const stored = yield* checkData(config);
  const running = stored === 'running' ? await askRunningGateway(config.collector, askRunning) : undefined;
  if (stored === 'running') yield* checkRunning(running);
  yield* checkDelivery(config, stored === 'running');
  yield* checkBudgets(running ? running.budgets : await readBudgets(config));
  if (stored !== 'running') yield* checkPorts(config);
  yield* checkDashboard(config);
  const keys = openSecretsKeys(config);
  yield* checkKeys(keys);
  const { entries, platforms } = mergeAllSites(config, stored === 'running' ? noDashboardSites : stored, keys);
  if (stored === 'running') yield* reportUnchecked(config, running);
  yield* checkEntries(entries);
  const sites = entries.filter(({ runs }) => runs).map(({ site }) => site);
  yield* checkCountry(config, sites, Date.now());
  const sender = createSender({ allowPrivateDestinations: config.allowPrivateDestinations, userAgent: `convey/${version}` });
  for (const site of sites) {
    yield* checkAddress(config.collector, site);
    yield* checkSite(site);
    yield* checkConnections(site, platforms, sender);
  }
  await sender.close();
}

async function* checkPorts(config: Config): AsyncGenerator<Finding> {
  // Both stay open, as in a gateway, because they may be the same.
  const tried: Server[] = [];
  try {
    for (const key of ['collector', 'dashboard'] as const) {
      const { host, port } = config[key];
      yield await runCheck(`${key}.port`, async () => {
        const server = createServer();
        await listenOrExplain(config, key, () => listen(server, host, port));
        tried.push(server);
        return port === 0 ? 'Any free port is used' : `${host}:${port} is free`;
      });
    }
  } finally {
    await Promise.all(tried.map(closeServer));
  }
}

function* checkDashboard({ dashboard: { host, publicUrl }, collector }: Config): Generator<Finding> {
  if (!isLoopback(host) && publicUrl?.startsWith('https:') !== true) {
    yield {
      level: 'warning',
      subject: 'dashboard.host',
      says: 'Passwords for the dashboard cross the network in clear text. Set `dashboard.host` to `127.0.0.1`, or use a proxy with TLS and set `dashboard.publicUrl`',
    };
  }
  if (publicUrl !== undefined && collector.trustedProxies.length === 0) {
    yield {
      level: 'warning',
      subject: 'dashboard.publicUrl',
      says: 'All clients of the proxy count as one address, so the wrong passwords of one client delay all sign-ins. List the proxy in `collector.trustedProxies`',
    };
  }
}

function* checkKeys({ problem, risk }: KeyRing): Generator<Finding> {
  if (problem !== undefined) yield { level: 'problem', subject: 'secretsKeyFile', says: problem };
  if (risk !== undefined) yield { level: 'warning', subject: 'secretsKeyFile', says: risk };
}

/** Returns how much of today's budget browsers have used at each site. Returns nothing if it cannot be read; other findings report that. */
async function readBudgets(config: Config): Promise<readonly SiteBudget[]> {
  if (!existsSync(config.dataDir)) return [];
  try {
    const budgets = await readFiles(
      config,
      async (files) => {
        const readBudget = async (site: string) => ({
          site,
          budget: await readBudgetState(config.collector.browserBudget, Date.now(), { site, ...files }),
        });
        return Promise.all((await files.store.listSites()).map(readBudget));
      },
      checkLock,
    );
    return budgets === 'running' ? [] : budgets;
  } catch {
    return [];
  }
}

function* checkBudgets(budgets: readonly SiteBudget[]): Generator<Finding> {
  for (const { site, budget } of budgets) {
    const reached = budgetKinds.filter((kind) => budget[kind].used >= budget[kind].limit);
    if (reached.length === 0) continue;
    const settings = reached.map((kind) => `\`collector.browserBudget.${kind}\``).join(', ');
    yield {
      level: 'warning',
      subject: site,
      says: `Browsers have used up the site's budget of today. Check for a flood of false events; if the traffic is real, raise ${settings}`,
    };
  }
}

/** Checks the settings of the database, and reports which failures an acknowledged event survives. Returns whether the database can be used. */
async function* checkDatabase(url: string, durability: Durability): AsyncGenerator<Finding, boolean> {
  const { inspectDatabase } = await import('../storage/open-postgres.ts');
  let check: DatabaseCheck;
  try {
    check = await inspectDatabase(url, durability);
  } catch (error) {
    yield { level: 'problem', subject: 'store', says: errorMessage(error) };
    return false;
  }
  for (const { setting, rule, remedy } of check.problems)
    yield { level: 'problem', subject: 'store', says: `The database's \`${setting}\` ${rule}. ${remedy}` };
  if (check.problems.length > 0) return false;
  yield { level: 'ok', subject: 'store', says: check.promise };
  if (check.risk !== undefined) yield { level: 'warning', subject: 'store', says: check.risk };
  return true;
}

/** Checks that the database can be written. Returns the sites of the dashboard. */
async function* checkDatabaseData(url: string, { durability, roles }: Config): AsyncGenerator<Finding, DashboardSites> {
  const { isSchemaCurrent, openPostgresStorage } = await import('../storage/open-postgres.ts');
  let dashboardSites = noDashboardSites;
  yield await runCheck('log', async () => {
    if (!(await isSchemaCurrent(url))) return 'The start will create or update the tables';
    const { log, store, close } = await openPostgresStorage(url, {
      durability,
      updatesSchema: false,
      readsSecrets: !onlyCollects(roles),
    });
    try {
      const health = await log.health();
      if (!health.writable) throw new Error(health.problem);
      dashboardSites = await readDashboardSites(store);
      return `Writable, about ${health.records} records`;
    } finally {
      await close();
    }
  });
  return dashboardSites;
}

/** Checks that the start can create the data folder. Does not create it: `dataDir` may be mistyped. */
function* checkMissingFolder(dir: string): Generator<Finding> {
  let parent = dirname(dir);
  while (!existsSync(parent)) parent = dirname(parent);
  try {
    accessSync(parent, constants.W_OK | constants.X_OK);
  } catch {
    const says = `The data folder ${dir} cannot be created. Set \`dataDir\` to a folder that Convey may write to`;
    yield { level: 'problem', subject: 'dataDir', says };
    return;
  }
  const says = `The data folder ${dir} does not exist. The start creates it. If a gateway has run before, correct \`dataDir\``;
  yield { level: 'warning', subject: 'dataDir', says };
  const space = checkDiskSpace(parent, {});
  if (space.state === 'full') yield { level: 'problem', subject: 'log', says: space.problem };
}

/** Checks the data folder and its files. Returns the sites of the dashboard, unless a gateway runs on the folder. */
async function* checkData(config: Config): AsyncGenerator<Finding, DashboardSites | 'running'> {
  const canUseDatabase = config.store === undefined || (yield* checkDatabase(config.store, config.durability));
  if (config.store !== undefined) yield { level: 'ok', subject: 'spool', says: spoolPromises[config.spool] };
  if (!existsSync(config.dataDir)) {
    yield* checkMissingFolder(config.dataDir);
    return config.store !== undefined && canUseDatabase ? yield* checkDatabaseData(config.store, config) : noDashboardSites;
  }
  let dataDir: DataDir;
  try {
    dataDir = lockGatewayFolder(config, checkLock);
  } catch (error) {
    const isRunning = error instanceof DataDirInUseError;
    yield {
      level: isRunning ? 'ok' : 'problem',
      subject: 'dataDir',
      says: isRunning ? 'A gateway runs on this folder and uses its files and ports' : errorMessage(error),
    };
    return isRunning ? 'running' : noDashboardSites;
  }
  if (config.store !== undefined) {
    yield* checkSpool(config.spool, dataDir);
    dataDir.release();
    return canUseDatabase ? yield* checkDatabaseData(config.store, config) : noDashboardSites;
  }
  let dashboardSites = noDashboardSites;
  try {
    let browserProblem: string | undefined;
    yield await runCheck('log', async () => {
      assertUndamaged(dataDir.log);
      const log = await openFile(dataDir.log, () => openSqliteLog(dataDir.log, { now: Date.now }));
      const health = await log.health();
      await log.close();
      if (!health.writable) throw new Error(health.problem);
      browserProblem = health.browserProblem;
      return `Writable, ${health.records} records`;
    });
    if (browserProblem !== undefined) yield { level: 'warning', subject: 'log', says: browserProblem };
    yield await runCheck('store', async () => {
      assertUndamaged(dataDir.state);
      const store = await openFile(dataDir.state, () => openSqliteStore(dataDir.state, { now: Date.now }));
      dashboardSites = await readDashboardSites(store);
      await store.close();
      return 'Readable and writable';
    });
  } finally {
    dataDir.release();
  }
  return dashboardSites;
}

async function runCheck(subject: string, check: () => Promise<string>): Promise<Finding> {
  try {
    return { level: 'ok', subject, says: await check() };
  } catch (error) {
    return { level: 'problem', subject, says: errorMessage(error) };
  }
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => server.once('error', reject).listen(port, host, () => resolve()));
}
