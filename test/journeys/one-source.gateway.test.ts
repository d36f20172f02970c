import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ConnectionView, ReportedIssue } from '../../src/api/client.ts';
import { createPacedClock } from '../../src/clock/paced-clock.fixture.ts';
import { getDeliveryStats } from '../../src/dashboard/pages/destinations/connection/delivery-stats.ts';
import { getWorst, toSiteRows } from '../../src/dashboard/pages/overview/all-sites/site-table-rows.ts';
import { getDays } from '../../src/dashboard/pages/overview/summary/day-range.ts';
import { summarizeDay } from '../../src/dashboard/pages/overview/summary/day-summary.ts';
import { convey, parseJsonLines } from '../cli.fixture.ts';
import { eventually, type Folder, makeFolder, post } from '../gateway.fixture.ts';
import { type PacedGateway, startPacedGateway } from '../paced-gateway.fixture.ts';

/** Three sites in trouble: page, API, CLI, alerts with their messages, and metrics state the same of each. */

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const sites = ['revoked', 'down', 'late'] as const;
const clock = createPacedClock();
const messages: string[] = [];
/** Answers like three platforms: one refuses the token, the others are down. Receives the chat messages, too. */
const server = createServer(async (incoming, outgoing) => {
  const body = await text(incoming);
  if (incoming.url === '/chat') messages.push(body);
  outgoing.writeHead(incoming.url === '/chat' ? 200 : incoming.url?.includes('111111') ? 401 : 503).end('{}');
});
let folder: Folder;
let config: string;
let gateway: PacedGateway;

const secretKeyOf = (site: string) => `sk_${site}_0123456789abcdef`;

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  folder = makeFolder();
  config = folder.writeConfig(url, {
    alerts: {
      channels: [{ id: 'chat', type: 'discord', url: `${url}/chat` }],
      rules: [{ on: 'paused', threshold: 1 }, { on: 'retrying', threshold: 1 }, { on: 'oldest-undelivered' }],
    },
  });
  const written = JSON.parse(readFileSync(config, 'utf8'));
  const [shop] = written.sites;
  const microsoft = (tagId: string) => ({ destination: 'microsoft', settings: { tagId, token: 'good-token', endpoint: url } });
  const secrets = [`whsec_${Buffer.alloc(32, 1).toString('base64')}`];
  const connections = {
    revoked: microsoft('111111'),
    down: microsoft('222222'),
    late: { destination: 'webhook', settings: { url: `${url}/hook`, secrets } },
  };
  written.sites = sites.map((id) => ({
    ...shop,
    ...{ id, name: id, domains: [`${id}.example`], writeKey: `wk_${id}_0123`, secretKeys: [secretKeyOf(id)] },
    connections: [{ id: 'main', ...connections[id] }],
  }));
  writeFileSync(config, JSON.stringify(written));
  gateway = await startPacedGateway(config, clock);
});

afterAll(async () => {
  await gateway.stop();
  server.close();
  server.closeAllConnections();
  folder.remove();
});

const lead = (id: string, time: number) => ({
  ...{ id, name: 'Lead', time, consent: { adStorage: 'granted', source: 'server', explicit: true } },
  user: { email: 'jane.doe@example.com' },
});

const worths = [
  { value: 1_249.5, currency: 'EUR' },
  { value: 40, currency: 'USD' },
];

/** Two of the events of each site are purchases, in two currencies. */
const createEvent = (id: string, index: number, time: number) => {
  const worth = worths[index];
  return worth ? { ...lead(id, time), name: 'Purchase', commerce: { orderId: id, ...worth } } : lead(id, time);
};

/** Returns the texts and figures of the pages, by the functions that make them of the API's answers. */
async function readPages() {
  const ask = gateway.callApi;
  const days = getDays(clock.now(), 'UTC');
  const [alerts, { issues, connections }, today, yesterday, settings] = [
    (await ask('GET /api/alerts')).open,
    await ask('GET /api/present'),
    await ask('GET /api/totals', days.today),
    await ask('GET /api/totals', days.yesterday),
    await ask('GET /api/sites'),
  ];
  const data = { issues, connections, today, yesterday, destinations: [], accuracy: [], days, fetchedAt: clock.now() };
  const rows = toSiteRows({ ...data, sites: settings }, today, undefined);
  return { alerts, issues, connections, rows, today };
}

/** Replaces the parts of a text that change while the platforms are tried again. */
const withoutTimes = (text: string) => text.replace(/\d+ times in a row|\b(?:now|in \d+ (?:s|min|h))\b/g, '…');

const readMetrics = async () => (await fetch(new URL('/metrics', gateway.dashboardUrl))).text();
const readMetric = (metrics: string, name: string, site: string) =>
  Number(new RegExp(`^${name}\\{site="${site}",connection="main"\\} (.*)$`, 'm').exec(metrics)?.[1]);
const count = (figures: readonly { readonly label: string; readonly value: string }[]) =>
  figures.find(({ label }) => label === 'Waiting to be sent')?.value;

it('page, API, CLI, alerts and metrics state the same counts, state and severity of sites in trouble', {
  timeout: 60_000,
}, async () => {
  const sent = { revoked: 4, down: 7, late: 3 };
  const send = (site: (typeof sites)[number], time: number) =>
    post(
      gateway.url,
      Array.from({ length: sent[site] }, (_, index) => createEvent(`${site}-${index}`, index, time)),
      secretKeyOf(site),
    );
  // The age of an event is not that of its receipt: both alerts about the oldest event open for this site alone.
  await send('late', clock.now() - 5.2 * dayMs);
  clock.jump(6.5 * hourMs);
  await send('revoked', clock.now());
  await send('down', clock.now());
  clock.pace(300);
  const expected = ['down/retrying', 'late/oldest-undelivered', 'late/oldest-undelivered', 'late/retrying', 'revoked/paused'];
  const listAlerts = async () =>
    (await gateway.callApi('GET /api/alerts')).open.map(({ site, on }) => `${site}/${on}`).toSorted();
  expect(await eventually(async () => (await listAlerts()).length === expected.length)).toBe(true);
  expect(await eventually(() => messages.length >= expected.length)).toBe(true);
  // The next failures change the health no more.
  const listHealth = async () => (await gateway.callApi('GET /api/connections')).map(({ health }) => health);
  expect(await eventually(async () => (await listHealth()).every((health) => health === 'unhealthy'))).toBe(true);
  clock.pace(1);
  expect(await listAlerts()).toEqual(expected);

  const { alerts, issues, connections, rows, today } = await readPages();
  const listed: readonly ConnectionView[] = parseJsonLines(
    (await convey('connections', 'list', '--json', '--config', config)).stdout,
  );
  const printed = (await convey('connections', 'list', '--config', config)).stdout.split('\n\n');
  const printedAlerts = (await convey('alerts', 'list', '--config', config)).stdout;
  const printedIssues = (await convey('issues', '--config', config)).stdout;
  const listedIssues: readonly ReportedIssue[] = parseJsonLines((await convey('issues', '--json', '--config', config)).stdout);
  const metrics = await readMetrics();
  for (const site of sites) {
    const waiting = sent[site];
    const money = worths.map(({ value: amount, currency }) => ({ amount, currency }));
    const view = connections.find((one) => one.site === site);
    const row = rows.find(({ id }) => id === site);
    const own = alerts.filter((alert) => alert.site === site);
    const cli = listed.find((one) => one.site === site);
    const text = printed.find((block) => block.includes(`${site}/main`)) ?? '';
    const issue = issues.find((one) => one.site === site && one.kind === 'delivery');
    if (!view || !row || !cli || !issue) throw new Error(`${site} is missing`);

    // The same count everywhere.
    expect(view).toMatchObject({ waiting, lag: { events: waiting } });
    expect(cli).toMatchObject({ waiting, health: view.health });
    expect(text).toMatch(new RegExp(`waiting +${waiting}\n`));
    expect(row.waiting).toBe(waiting);
    expect(getDeliveryStats(view)).toContainEqual(expect.objectContaining({ label: 'Waiting', value: String(waiting) }));
    expect(new Set(own.map(({ figures }) => count(figures)))).toEqual(new Set([`${waiting} events`]));
    for (const name of ['waiting_events', 'lag_events'])
      expect(readMetric(metrics, `convey_connection_${name}`, site)).toBe(waiting);
    for (const { title } of own) {
      expect(printedAlerts).toContain(title);
      expect(messages.find((message) => message.includes(title))).toContain(`${waiting} events`);
    }

    // The same age, and no more events than were received.
    expect(view.lag.ms).toBeGreaterThan(0);
    expect(Math.abs(readMetric(metrics, 'convey_connection_lag_seconds', site) * 1_000 - view.lag.ms)).toBeLessThan(60_000);
    const [day] = summarizeDay(today, site).connections;
    expect((day?.accepted ?? 0) + (day?.skipped ?? 0) + (day?.unsent ?? 0) + (day?.waiting ?? 0)).toBe(row.today.received);

    // The same state and severity.
    const isUrgent = own.some((alert) => alert.isUrgent);
    expect([view.losesAt !== undefined, isUrgent]).toEqual(site === 'late' ? [true, true] : [false, false]);
    expect(view.says).not.toMatch(/Delivering|Ready/);
    expect(withoutTimes(text)).toContain(withoutTimes(view.says).slice(0, 200));
    expect(issue).toMatchObject({ severity: isUrgent ? 'urgent' : 'warning', events: waiting, money, state: 'open' });
    expect(issues.find((one) => one.site === site)).toEqual(issue);
    expect(withoutTimes(issue.detail ?? '')).toBe(withoutTimes(view.says));
    expect(issue.sentence).toContain(`${waiting} events wait`);
    // The same money: in sentence, page, message, CLI and metrics.
    const worth = 'worth EUR 1,249.50 and USD 40.00';
    const withSpaces = (text: string) => text.replaceAll('\u00a0', ' ');
    for (const text of [issue.sentence, row.status.title, ...own.map((alert) => alert.sentence)])
      expect(withSpaces(text)).toContain(worth);
    expect(messages.filter((message) => message.includes(`${site}: `)).map(withSpaces)).toContainEqual(
      expect.stringContaining('EUR 1,249.50'),
    );
    expect(printedIssues).toMatch(new RegExp(`EUR 1,249\\.50 \\+ USD 40\\.00 .*${issue.id}`));
    expect(listedIssues.find(({ id }) => id === issue.id)).toMatchObject({ money });
    const label = `site="${site}",connection="main",kind="delivery"`;
    for (const { amount, currency } of money)
      expect(metrics).toContain(`convey_issue_money{${label},currency="${currency}"} ${amount}`);
    expect(row.status).toMatchObject({ level: issue.severity, title: issue.sentence });
    expect(getWorst(row)).toContain(`${issue.title}.`);
    expect(listedIssues.find(({ id }) => id === issue.id)).toMatchObject({ title: issue.title, severity: issue.severity });
    expect(printedIssues).toMatch(new RegExp(`^${issue.severity} +${site} +main .* ${waiting} .*${issue.id}$`, 'm'));
    // An alert keeps the title of its first message, and has the present sentence.
    const name = view.platform;
    for (const { title, sentence } of own) {
      expect(title).toMatch(new RegExp(`^${site}: ${name} `));
      expect(sentence).toContain(`${waiting} events wait`);
    }
    const withoutAges = (text: string) => text.replace(/\d+ (?:minute|hour|day)s?/g, '…');
    expect(own.map(({ sentence }) => withoutAges(sentence))).toContain(withoutAges(issue.sentence));
  }
  expect(issues[0]).toMatchObject({ site: 'late', severity: 'urgent', title: expect.any(String), losesAt: expect.any(Number) });
  expect(printedIssues).toContain(issues[0]?.sentence.slice(0, 30));
  expect(issues.find(({ site }) => site === 'revoked')?.title).toMatch(/ refuses the token$/);
  const [worst] = issues;
  const decide = async (...args: readonly string[]) => (await convey('issues', ...args, '--config', config)).stdout;
  expect(await decide('snooze', worst?.id ?? '', '--for', '4h')).toMatch(/is snoozed until /);
  expect((await gateway.callApi('GET /api/issues'))[0]).toMatchObject({ id: worst?.id, state: 'snoozed' });
  expect(await decide('open', worst?.id ?? '')).toMatch(/is open\./);
  const urgent = issues.filter(({ severity, state }) => severity === 'urgent' && state === 'open').length;
  expect(metrics).toContain(`convey_issues{severity="urgent",state="open"} ${urgent}`);
  const healthOf = (site: string) => connections.find((one) => one.site === site);
  expect(healthOf('revoked')).toMatchObject({ health: 'unhealthy', says: expect.stringContaining('401') });
  expect(healthOf('down')).toMatchObject({ health: 'unhealthy', says: expect.stringMatching(/HTTP 503, \d+ times in a row/) });
  expect(healthOf('late')?.says).toMatch(/^The oldest waiting events become too old/);
});
