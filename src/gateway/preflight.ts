import { createServer } from 'node:http';
import { isLoopback } from '../api/auth/host-guard.ts';
import { listEvents } from '../api/events/event-queries.ts';
import type { EventRow } from '../api/events/schemas.ts';
import type { Config } from '../config/config.ts';
import { readBudgetState } from '../delivery/profiles/browser-budget.ts';
import { makeSender, type Sender } from '../delivery/sending/http-sender.ts';
import { probe } from '../delivery/sending/probe-connection.ts';
import type { BoundDestination } from '../destinations/kit/destination.ts';
import { microsoft } from '../destinations/microsoft/microsoft.ts';
import { type ConsentReport, consentReport } from '../doctor/consent-report.ts';
import type { Finding } from '../doctor/finding.ts';
import { errorMessage } from '../errors.ts';
import { type BudgetState, budgetKinds } from '../event/browser-budget.ts';
import { domainMatches, type Site } from '../event/site.ts';
import { type KeyRing, openKeyRing } from '../sites/key-ring.ts';
import { type MergedSites, mergeSites, type SiteEntry, type SiteSources } from '../sites/merge-sites.ts';
import { type DataDir, DataDirInUseError, openDataDir } from '../storage/disk/data-dir.ts';
import { openFile } from '../storage/disk/open-file.ts';
import type { EventLog } from '../storage/log/event-log.ts';
import { openSqliteLog } from '../storage/log/sqlite-log.ts';
import { assertUndamaged } from '../storage/recovery/assert-undamaged.ts';
import type { DashboardSiteStore } from '../storage/store/dashboard-sites.ts';
import { openSqliteStore } from '../storage/store/sqlite/sqlite-store.ts';
import type { Store } from '../storage/store/store.ts';
import { closeServer, listenOrExplain } from './startup.ts';

const maxClockSkewMs = 300_000;

/**
 * Tries everything that a start would need, and each connection's credential, without sending an event.
 * @param budgetsOfRunning asks the gateway that runs on the folder, where one does.
 */
export async function* runPreflight(
  config: Config,
  version: string,
  budgetsOfRunning: () => Promise<readonly SiteBudget[]> = async () => [],
): AsyncGenerator<Finding> {
  const made = yield* checkData(config);
  yield* checkBudgets(await readBudgets(config, budgetsOfRunning));
  if (made !== 'running') {
    for (const key of ['collector', 'dashboard'] as const) {
      const { host, port } = config[key];
      yield await finding(`${key}.port`, async () => {
        await listenOrExplain({ host, port }, key, () => tryPort(host, port));
        return port === 0 ? 'Any free port will be taken' : `${host}:${port} is free`;
      });
    }
  }
  const { host: dashboard, publicUrl } = config.dashboard;
  if (!isLoopback(dashboard) && publicUrl?.startsWith('https:') !== true) {
    yield {
      level: 'warning',
      subject: 'dashboard.host',
      says: 'Other machines reach the dashboard, and passwords cross the network in clear text. Set `dashboard.host` to `127.0.0.1`, or put a proxy with TLS before it and set `dashboard.publicUrl`',
    };
  }
  const { countryHeader, trustedProxies } = config.collector;
  if (publicUrl !== undefined && trustedProxies.length === 0) {
    yield {
      level: 'warning',
      subject: 'dashboard.publicUrl',
      says: 'Everybody who comes through the proxy counts as one address, so that wrong passwords of anybody slow down all. List the proxy in `collector.trustedProxies`',
    };
  }
  const keys = keysOf(config);
  if (keys.problem !== undefined) yield { level: 'problem', subject: 'secretsKeyFile', says: keys.problem };
  if (keys.risk !== undefined) yield { level: 'warning', subject: 'secretsKeyFile', says: keys.risk };
  const { entries, platforms } = everySite(config, made === 'running' ? nothingMade : made, keys);
  const sites = entries.filter(({ runs }) => runs).map(({ site }) => site);
  if (made === 'running') {
    const says = 'What was made in the dashboard is not looked at while the gateway runs: see its checklists';
    yield { level: 'ok', subject: 'dashboard', says };
  }
  yield* checkEntries(entries);
  const asking = sites.filter(({ consent }) => consent.policy === 'regional').map(({ id }) => id);
  if (asking.length > 0 && (countryHeader === undefined || trustedProxies.length === 0)) {
    yield {
      level: 'warning',
      subject: 'collector.countryHeader',
      says: `The browser's endpoint has no source of country, so silence about consent counts as denied for everyone at ${asking.join(', ')}. Set \`countryHeader\` to the header in which your proxy tells the country, and list the proxy in \`trustedProxies\``,
    };
  }
  const sender = makeSender({ allowPrivateDestinations: config.allowPrivateDestinations, userAgent: `convey/${version}` });
  for (const site of sites) {
    if (site.secretKeyHashes.length === 0)
      yield { level: 'warning', subject: site.id, says: 'The site has no `secretKeys`, so nobody can send events from a server' };
    if (site.platform !== 'custom' && site.webhooks.secrets.length === 0)
      yield { level: 'warning', subject: site.id, says: noWebhooks };
    yield* checkTag(site);
    for (const connection of site.connections) {
      const subject = `${site.id}/${connection.id}`;
      if (!connection.enabled) yield { level: 'warning', subject, says: 'The connection is disabled, so nothing is sent' };
      else {
        const platform = platforms.get(connection);
        if (platform) yield* checkConnection(subject, platform, sender);
      }
    }
  }
  await sender.close();
}

const noWebhooks =
  'The shop tells of no orders itself, so a purchase that its pages do not report is lost. Set up its webhooks, and put what they are signed with into `webhooks.secrets`';

/** What the store keeps of what was made in the dashboard. */
type Made = Pick<SiteSources, 'madeSites' | 'madeConnections'>;

const nothingMade: Made = { madeSites: [], madeConnections: [] };

async function readMade(store: DashboardSiteStore): Promise<Made> {
  return { madeSites: await store.listDashboardSites(), madeConnections: await store.listDashboardConnections() };
}

function keysOf({ secretsKeyFile, secretsKeys }: Config): KeyRing {
  return openKeyRing(secretsKeyFile, secretsKeys);
}

function everySite(config: Config, made: Made, keys: KeyRing): MergedSites {
  return mergeSites({ file: config, rules: config, findKey: (id) => keys.find(id), ...made });
}

function* checkEntries(entries: readonly SiteEntry[]): Generator<Finding> {
  for (const { site, origin, runs, problem, connections } of entries) {
    if (problem !== undefined) {
      const isIgnored = origin === 'dashboard' && runs; // Stored values are ignored, and the site runs.
      yield { level: isIgnored ? 'warning' : 'problem', subject: site.id, says: problem };
    }
    for (const one of connections)
      if (one.problem !== undefined) yield { level: 'problem', subject: `${site.id}/${one.id}`, says: one.problem };
  }
}

type SiteBudget = { readonly site: string; readonly budget: BudgetState };

/** What browsers have used of today's budget at each site; nothing where it cannot be read, which other findings report. */
async function readBudgets(config: Config, askRunning: () => Promise<readonly SiteBudget[]>): Promise<readonly SiteBudget[]> {
  try {
    const read = await withFiles(config, async (files) => {
      const stateOf = async (site: string) => ({
        site,
        budget: await readBudgetState(config.collector.browserBudget, Date.now(), { site, ...files }),
      });
      return Promise.all((await files.store.listSites()).map(stateOf));
    });
    return read === 'running' ? await askRunning() : read;
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
      says: `Browsers have used up what they may add to the site today. Find out whether somebody floods it; if what they report is real, raise ${settings}`,
    };
  }
}

/** Answers what was made in the dashboard, unless a gateway is running on the folder. */
async function* checkData(config: Config): AsyncGenerator<Finding, Made | 'running'> {
  let dataDir: DataDir;
  try {
    dataDir = openDataDir(config.dataDir);
  } catch (error) {
    const busy = error instanceof DataDirInUseError;
    yield {
      level: busy ? 'ok' : 'problem',
      subject: 'dataDir',
      says: busy ? 'A gateway is running on it; its ports and files are in use' : errorMessage(error),
    };
    return busy ? 'running' : nothingMade;
  }
  let made = nothingMade;
  try {
    let browsersRefused: string | undefined;
    yield await finding('log', async () => {
      assertUndamaged(dataDir.log);
      const log = await openFile(dataDir.log, () => openSqliteLog(dataDir.log, { now: Date.now }));
      const { writable, problem, browserProblem, records } = await log.health();
      await log.close();
      if (!writable) throw new Error(problem);
      browsersRefused = browserProblem;
      return `Writable, ${records} records`;
    });
    if (browsersRefused !== undefined) yield { level: 'warning', subject: 'log', says: browsersRefused };
    yield await finding('store', async () => {
      assertUndamaged(dataDir.state);
      const store = await openFile(dataDir.state, () => openSqliteStore(dataDir.state, { now: Date.now }));
      made = await readMade(store);
      await store.close();
      return 'Readable and writable';
    });
  } finally {
    dataDir.release();
  }
  return made;
}

/** The pixel speaks to one tag of the page; what goes to other tags cannot know whether theirs counted a page view. */
function* checkTag({ id, uet, connections }: Site): Generator<Finding> {
  if (uet.mode === 'off') return;
  const ofMicrosoft = connections.filter(({ destination }) => destination === microsoft.id);
  if (!ofMicrosoft.some(({ settings }) => settings.tagId === uet.tagId)) {
    yield {
      level: 'warning',
      subject: `${id}/uet`,
      says: 'No connection of the site sends to the tag `uet.tagId`, so Microsoft merges nothing that the tag reports. Set it to the `tagId` of a connection',
    };
  }
  for (const { id: connection, settings } of ofMicrosoft) {
    if (settings.tagId === uet.tagId || settings.pageLoads !== 'auto') continue;
    yield {
      level: 'warning',
      subject: `${id}/${connection}`,
      says: "Its tag is not the site's `uet.tagId`, so `pageLoads` at `auto` goes by another tag. Set it to `always` if its tag is not on the pages, else to `never`",
    };
  }
}

/**
 * The sites of the config file and of the dashboard.
 * @param askRunning lists them where a gateway runs on the folder.
 * @throws ConveyError as `readConsent` does.
 */
export async function loadSites(config: Config, askRunning: () => Promise<readonly Site[]>): Promise<readonly Site[]> {
  const read = await withFiles(config, async ({ store }) => everySite(config, await readMade(store), keysOf(config)));
  return read === 'running' ? askRunning() : read.entries.filter(({ runs }) => runs).map(({ site }) => site);
}

/** The site that a page's host belongs to: the one with the longest domain that covers it. */
export function findSiteByHost(sites: readonly Site[], host: string): Site | undefined {
  const lengthOf = ({ domains }: Site) =>
    Math.max(0, ...domains.filter((one) => domainMatches([one], host)).map(({ length }) => length));
  return sites.filter(({ domains }) => domainMatches(domains, host)).toSorted((a, b) => lengthOf(b) - lengthOf(a))[0];
}

/**
 * What the newest `count` records of a site say of consent.
 * @param askRunning lists them where a gateway runs on the folder and so holds its files.
 * @throws ConveyError where the folder or a file in it cannot be opened.
 */
export async function loadConsentReport(
  config: Config,
  site: Site,
  count: number,
  askRunning: () => Promise<readonly EventRow[]>,
): Promise<ConsentReport> {
  const rows = await withFiles(config, async (files) => (await listEvents(site, files, count)).rows);
  return consentReport(rows === 'running' ? await askRunning() : rows);
}

/** Does the work on the files of the folder, unless a gateway is running on it. @throws ConveyError where one cannot be opened. */
async function withFiles<T>(
  config: Config,
  work: (files: { readonly log: EventLog; readonly store: Store }) => Promise<T>,
): Promise<T | 'running'> {
  let dataDir: DataDir;
  try {
    dataDir = openDataDir(config.dataDir);
  } catch (error) {
    if (error instanceof DataDirInUseError) return 'running';
    throw error;
  }
  const now = Date.now;
  const undo: (() => Promise<void> | void)[] = [() => dataDir.release()];
  try {
    assertUndamaged(dataDir.log, dataDir.state);
    const log = await openFile(dataDir.log, () => openSqliteLog(dataDir.log, { now }));
    undo.push(() => log.close());
    const store = await openFile(dataDir.state, () => openSqliteStore(dataDir.state, { now }));
    undo.push(() => store.close());
    return await work({ log, store });
  } finally {
    for (const step of undo.toReversed()) await step();
  }
}

async function* checkConnection(subject: string, platform: BoundDestination, sender: Sender): AsyncGenerator<Finding> {
  const { ok, says, date } = await probe(platform, sender);
  yield { level: ok ? 'ok' : 'problem', subject, says };
  if (date === undefined) return;
  const theirs = Date.parse(date);
  const skewMs = Math.abs(theirs - Date.now());
  if (skewMs > maxClockSkewMs) {
    yield {
      level: 'problem',
      subject: 'clock',
      says: `This machine's clock is ${Math.round(skewMs / 60_000)} minutes off the platform's. Set it by NTP: event times are judged by it`,
    };
  } else if (!Number.isNaN(skewMs))
    yield { level: 'ok', subject: 'clock', says: `Within ${Math.ceil(skewMs / 1_000)} s of the platform's` };
}

async function finding(subject: string, look: () => Promise<string>): Promise<Finding> {
  try {
    return { level: 'ok', subject, says: await look() };
  } catch (error) {
    return { level: 'problem', subject, says: errorMessage(error) };
  }
}

async function tryPort(host: string, port: number): Promise<void> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, host, resolve));
  await closeServer(server);
}
