import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual, styleText } from 'node:util';
import { Command } from 'commander';
import { readConfig } from '../config/config.ts';
import { ConveyError } from '../errors.ts';
import { formatCount } from '../event/format-numbers.ts';
import { type Gateway, startGateway } from '../gateway/start-gateway.ts';
import { createLogger } from '../logger.ts';
import { type DemoShop, startDemoShop } from '../simulators/demo-shop/demo-shop.ts';
import { type MicrosoftSimulator, startMicrosoftSimulator } from '../simulators/microsoft/simulator.ts';
import { version } from './cli-context.ts';
import { type BrowserStep, type Step, scriptedBrowsing, scriptedPurchases } from './demo-shopper.ts';
import { runUntilSignal } from './start.ts';
import { currentTerminal, fail, print } from './terminal.ts';
import { sanitizeForTerminal, table } from './terminal-output.ts';

const tagId = '187012345';
/** For a connection that the user creates in the demo. */
const ownTagId = '187012346';
const demoToken = 'demo-token';
const secretKey = 'sk_demo_0123456789abcdef';
const writeKey = 'wk_demo_0123456789';
const patienceMs = 15_000;

interface Demo {
  readonly gateway: Gateway;
  readonly simulator: MicrosoftSimulator;
  readonly storefront: DemoShop;
  readonly configFile: string;
  stop(): Promise<void>;
}

export function demo(): Command {
  return new Command('demo')
    .description(
      'Try Convey offline: runs the gateway, a Microsoft simulator and a demo shop on this machine. Removes their data at the end.',
    )
    .option(
      '--once',
      'run a scripted shopper, print the events that Microsoft would have received, and exit 0 only if all are correct',
    )
    .action(async (options: { once?: true }) => {
      const running = await startDemo();
      if (!options.once) {
        print(welcome(running));
        return runUntilSignal(() => running.stop());
      }
      try {
        if (!(await playOnce(running))) fail();
      } finally {
        await running.stop();
      }
    });
}

/** Starts the demo. If a step fails, stops the steps before it, so that neither process nor folder remains. */
async function startDemo(): Promise<Demo> {
  const dataDir = mkdtempSync(join(tmpdir(), 'convey-demo-'));
  const undo: (() => Promise<void> | void)[] = [() => rmSync(dataDir, { recursive: true, force: true })];
  const stop = async () => {
    for (const step of undo.toReversed()) await step();
  };
  try {
    const simulator = await startMicrosoftSimulator({
      port: await freePort(9090),
      tokens: { [tagId]: demoToken, [ownTagId]: demoToken },
    });
    undo.push(() => simulator.close());
    const file = JSON.stringify(demoConfig(dataDir, await freePort(8080), await freePort(8081), simulator.url), null, 2);
    const configFile = join(dataDir, 'convey.json');
    writeFileSync(configFile, file);
    const read = readConfig(file, {}, dataDir);
    if ('problems' in read)
      throw new ConveyError(
        `The demo's own config is not valid: ${read.problems.map(({ path, message }) => `${path}: ${message}`).join(' ')}`,
        'Set TMPDIR to a folder with a short path. If the error persists, please report it',
      );
    const gateway = await startGateway(read.config, { version, logger: createLogger('warn', currentTerminal().stderr) });
    undo.push(() => gateway.stop(0));
    const pixel = `${gateway.url}/p.js?k=${writeKey}`;
    const storefront = await startDemoShop({ port: await freePort(8082), pixel, tagOrigin: simulator.url });
    undo.push(() => storefront.close());
    return { gateway, simulator, storefront, configFile, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function demoConfig(dataDir: string, port: number, dashboardPort: number, endpoint: string) {
  const settings = { tagId, token: demoToken, endpoint, customerId: '254610987' };
  const connection = { id: 'bing', destination: 'microsoft', settings };
  const site = {
    id: 'demo',
    name: 'Demo shop',
    domains: ['127.0.0.1', 'localhost'],
    writeKey,
    secretKeys: [secretKey],
    defaultCountry: 'US',
    defaultCurrency: 'USD',
    tags: { microsoft: { mode: 'load', tagId, script: `${endpoint}/bat.js`, idSync: `${endpoint}/c.gif` } },
    // Browser and server both report purchases here. A short hold avoids waiting for duplicate reports that never arrive.
    purchaseHoldSeconds: 3,
    connections: [connection],
  };
  return {
    dataDir,
    collector: { host: '127.0.0.1', port },
    dashboard: { host: '127.0.0.1', port: dashboardPort },
    allowPrivateDestinations: true,
    endpoints: { microsoft: endpoint },
    sites: [site],
  };
}

function welcome({ gateway, simulator, storefront, configFile }: Demo): string {
  const bold = (text: string) => styleText('bold', text);
  return `
${bold('Convey is running')}, with a demo shop and a Microsoft Advertising simulator. No data leaves this machine.

  Dashboard            ${gateway.dashboard.setupUrl ?? gateway.dashboard.url}
                       ${styleText('dim', '(open it first: choose a name and a password of 15 characters, which are removed with the demo)')}
  Demo shop            ${storefront.url}
  Microsoft simulator  ${simulator.url}  ${styleText('dim', '(the events that Microsoft received, and those that it would count)')}
  Gateway              ${gateway.url}

${bold('Act as a shopper')}, and watch Events in the dashboard:

  1. Arrive from an ad: open ${storefront.url}/?msclkid=dd4afcccb1c94a4cad9544dd7e5006ab
  2. Accept the consent banner. Before that, and if you decline, Microsoft receives nothing.
  3. Buy a clock with any e-mail address. Open the purchase in the dashboard: it was sent with the e-mail hash and the click id.
  4. Open ${simulator.url}: the browser tag and the gateway both reported the purchase with one id, and it counts once.

${bold('Create your own site')} in the dashboard, then add a destination: UET tag ID ${ownTagId}, token ${demoToken}.

${bold('Simulate an outage')}: refuse the token, buy again, check the overview, and repair the token. No event is lost.

  curl ${simulator.url}/faults -H 'content-type: application/json' -d '{"mode":"401"}'
  curl ${simulator.url}/faults -H 'content-type: application/json' -d '{"mode":"ok"}'   ${styleText('dim', '(then: Destinations, Test connection)')}

${bold('Act as a server')}, from a second terminal:

  curl ${gateway.url}/v1/events -H 'authorization: Bearer ${secretKey}' -H 'content-type: application/json' -d '{"events":[
    {"name":"Purchase","user":{"email":"Jane.Doe+x@Example.com"},"consent":{"adStorage":"granted","explicit":true},
     "commerce":{"orderId":"1001","value":125.4,"currency":"USD"}}]}'
  npm run -s convey -- event purchase-1001 --config ${configFile}

Press Ctrl-C to stop. The demo's data is then removed.`;
}

/** Sends the shopper's events as a browser and a shop's server would, and compares the received events with the expected ones. */
async function playOnce({ gateway, simulator, storefront }: Demo): Promise<boolean> {
  const run = `demo-${Date.now()}`;
  const startedAt = Date.now() - 60_000;
  const steps = [
    ...(await browse(gateway, scriptedBrowsing(run, startedAt, storefront.url), storefront.url)),
    ...scriptedPurchases(run, startedAt),
  ];
  for (const { submission } of steps.filter(({ by }) => by === 'server')) {
    const headers = { authorization: `Bearer ${secretKey}`, 'content-type': 'application/json' };
    await post(`${gateway.url}/v1/events`, headers, { events: [submission] });
  }
  print(`Sent ${steps.length} events to ${gateway.url}. Waiting for them at ${simulator.url} …\n`);
  const until = Date.now() + patienceMs;
  while (Date.now() < until && (await received(simulator)).length < steps.length)
    await new Promise((resolve) => setTimeout(resolve, 100));

  const events = await received(simulator);
  const rows = steps.map((step) => judge(step, events));
  print(
    table(
      ['event', 'from the', 'arrived as', 'id', 'matched by', 'value', 'result'],
      rows.map(({ cells }) => cells),
    ),
  );
  const passedCount = rows.filter((row) => row.isPassed).length;
  const unexpected = events.length - rows.filter(({ hasArrived }) => hasArrived).length;
  print(
    `\n${passedCount} of ${steps.length} events arrived once, as documented${unexpected === 0 ? '' : `; ${formatCount(unexpected, 'unexpected event')}`}.`,
  );
  return passedCount === steps.length && unexpected === 0;
}

/** Posts each step as the pixel would, with the cookies of earlier responses. Expects the visitor id that the gateway returns. */
async function browse(gateway: Gateway, steps: readonly BrowserStep[], origin: string): Promise<readonly Step[]> {
  let cookies = '';
  const known: Step[] = [];
  for (const { submission, buildExpected, userAgent } of steps) {
    const headers = { origin, cookie: cookies, 'user-agent': userAgent, 'content-type': 'text/plain;charset=UTF-8' };
    const body = { writeKey, sentAt: Date.now(), events: [submission] };
    const { body: responseBody, setCookies } = await post(`${gateway.url}/e`, headers, body);
    cookies = setCookies.map((line) => line.split(';', 1)[0]).join('; ');
    const { visitorId }: { visitorId: string } = JSON.parse(responseBody);
    known.push({ by: 'browser', submission, expected: buildExpected(visitorId) });
  }
  return known;
}

async function post(url: string, headers: Readonly<Record<string, string>>, body: object) {
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  const text = await response.text();
  if (response.status !== 202) throw new ConveyError(`${url} returned status ${response.status}`, sanitizeForTerminal(text, 400));
  return { body: text, setCookies: response.headers.getSetCookie() };
}

type Received = ReturnType<MicrosoftSimulator['journalEvents']>[number];

async function received(simulator: MicrosoftSimulator): Promise<readonly Received[]> {
  const response = await fetch(`${simulator.url}/journal/events`);
  const { events }: { events: readonly Received[] } = JSON.parse(await response.text());
  return events;
}

function judge(
  { by: reporter, submission, expected }: Step,
  events: readonly Received[],
): { isPassed: boolean; hasArrived: boolean; cells: readonly string[] } {
  const matching = events.filter(({ eventId }) => eventId === submission.id);
  const [entry] = matching;
  const [report] = entry?.server ?? [];
  const cells = (as: string, by: string, value: string, verdict: string) => [
    submission.name,
    reporter,
    as,
    submission.id,
    by,
    value,
    verdict,
  ];
  if (!entry || !report) return { isPassed: false, hasArrived: false, cells: cells('–', '–', '–', 'never arrived') };

  const { eventName, ...rest } = expected;
  const expectedEvent = eventName === null ? rest : expected;
  const times = matching.reduce((sum, one) => sum + one.server.length, 0);
  const isEqual = isDeepStrictEqual(report.event, expectedEvent);
  const verdict = !isEqual
    ? 'differs from what is documented'
    : times > 1
      ? `arrived ${times} times`
      : report.warnings.length > 0
        ? 'with warnings'
        : 'as documented';
  const { userData = {}, customData = {} }: { userData?: object; customData?: { value?: number; currency?: string } } =
    report.event;
  const keys = ['msclkid', 'em', 'ph', 'externalId', 'anonymousId'].filter((key) => key in userData).join(' ');
  const value = customData.value === undefined ? '' : `${customData.value} ${customData.currency ?? ''}`;
  const isPassed = verdict === 'as documented';
  return {
    isPassed,
    hasArrived: true,
    cells: cells(
      entry.eventName ?? entry.eventType,
      keys,
      value,
      isPassed ? styleText('green', verdict) : styleText('red', verdict),
    ),
  };
}

/** Returns the preferred port if it is free, else 0 for any free port. */
async function freePort(preferred: number): Promise<number> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(0));
    server.listen(preferred, '127.0.0.1', () => server.close(() => resolve(preferred)));
  });
}
