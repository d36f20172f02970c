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
import { demoFacts, type PlatformDemo } from '../simulators/kit/demo.ts';
import { type Fields, isFields } from '../simulators/kit/fields.ts';
import type { ComparedEvent, Simulator } from '../simulators/kit/simulator.ts';
import { type SideBySide, startSideBySide } from '../simulators/side-by-side/side-by-side.ts';
import { simulators } from '../simulators/simulators.ts';
import { version } from './cli-context.ts';
import { type Submission, scriptedBrowsing, scriptedPurchases } from './demo-shopper.ts';
import { runUntilSignal } from './start.ts';
import { currentTerminal, fail, print } from './terminal.ts';
import { sanitizeForTerminal, table } from './terminal-output.ts';

const secretKey = 'sk_demo_0123456789abcdef';
const writeKey = 'wk_demo_0123456789';
const patienceMs = 15_000;

interface Demo {
  readonly gateway: Gateway;
  /** The simulators of all platforms, at one address. */
  readonly platforms: SideBySide;
  readonly storefront: DemoShop;
  readonly configFile: string;
  stop(): Promise<void>;
}

export function demo(): Command {
  return new Command('demo')
    .description(
      'Try Convey offline: runs the gateway, simulated ad platforms and a demo shop on this machine. Removes their data at the end.',
    )
    .option(
      '--once',
      'run a scripted shopper, print the events that each platform would have received, and exit 0 only if all are correct',
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
    const platforms = await startSideBySide(simulators, {
      port: await freePort(9090),
      values: Object.fromEntries(simulators.map(({ id, demo }) => [id, demo.options])),
    });
    undo.push(() => platforms.close());
    const file = JSON.stringify(demoConfig(dataDir, await freePort(8080), await freePort(8081), platforms.url), null, 2);
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
    const storefront = await startDemoShop({ port: await freePort(8082), pixel, tagOrigin: platforms.url });
    undo.push(() => storefront.close());
    return { gateway, platforms, storefront, configFile, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function demoConfig(dataDir: string, port: number, dashboardPort: number, origin: string) {
  const site = {
    id: 'demo',
    name: 'Demo shop',
    domains: ['127.0.0.1', 'localhost'],
    writeKey,
    secretKeys: [secretKey],
    defaultCountry: 'US',
    defaultCurrency: 'USD',
    tags: Object.fromEntries(simulators.flatMap(({ id, demo }) => (demo.tag ? [[id, demo.tag(origin)]] : []))),
    // Browser and server both report purchases here. A short hold avoids waiting for duplicate reports that never arrive.
    purchaseHoldSeconds: 3,
    connections: simulators.map(({ id, demo }) => ({ id, destination: id, settings: demo.settings(origin) })),
  };
  return {
    dataDir,
    collector: { host: '127.0.0.1', port },
    dashboard: { host: '127.0.0.1', port: dashboardPort },
    allowPrivateDestinations: true,
    endpoints: Object.fromEntries(simulators.map(({ id, demo }) => [id, demo.settings(origin).endpoint ?? origin])),
    sites: [site],
  };
}

function welcome({ gateway, platforms, storefront, configFile }: Demo): string {
  const bold = (text: string) => styleText('bold', text);
  const names = new Intl.ListFormat('en').format(simulators.map(({ name }) => name));
  const clickParameters = simulators.flatMap(({ demo }) => demo.clickParameter ?? []).join('&');
  return `
${bold('Convey is running')}, with a demo shop and simulators of ${names}. No data leaves this machine.

  Dashboard            ${gateway.dashboard.setupUrl ?? gateway.dashboard.url}
                       ${styleText('dim', '(open it first: choose a name and a password of 15 characters, which are removed with the demo)')}
  Demo shop            ${storefront.url}
  Simulated platforms  ${platforms.url}  ${styleText('dim', '(the events that each platform received, and those that it would count)')}
  Gateway              ${gateway.url}

${bold('Act as a shopper')}, and watch Events in the dashboard:

  1. Arrive from an ad: open ${storefront.url}/?${clickParameters}
  2. Accept the consent banner. Before that, and if you decline, no platform receives anything.
  3. Buy a clock with any e-mail address. Open the purchase in the dashboard: it was sent with the e-mail hash and the click id.
  4. Open ${platforms.url}: the browser tags and the gateway reported the purchase with one id, and each platform counts it once.

${bold('Create your own site')} in the dashboard, then add a destination:

${simulators.map(({ name, demo }) => `  ${name}: ${demo.ownConnection}`).join('\n')}

${bold('Simulate an outage')}: refuse the token, buy again, check the overview, and repair the token. No event is lost.

  curl ${platforms.url}/faults -H 'content-type: application/json' -d '{"mode":"401"}'
  curl ${platforms.url}/faults -H 'content-type: application/json' -d '{"mode":"ok"}'   ${styleText('dim', '(then: Destinations, Test connection)')}

${bold('Act as a server')}, from a second terminal:

  curl ${gateway.url}/v1/events -H 'authorization: Bearer ${secretKey}' -H 'content-type: application/json' -d '{"events":[
    {"name":"Purchase","user":{"email":"Jane.Doe+x@Example.com"},"consent":{"adStorage":"granted","explicit":true},
     "commerce":{"orderId":"1001","value":125.4,"currency":"USD"}}]}'
  npm run -s convey -- event purchase-1001 --config ${configFile}

Press Ctrl-C to stop. The demo's data is then removed.`;
}

/** Sends the shopper's events as a browser and a shop's server would, and compares the received events with the expected ones. */
async function playOnce({ gateway, platforms, storefront }: Demo): Promise<boolean> {
  const id = `demo-${Date.now()}`;
  const startedAt = Date.now() - 60_000;
  const browsing = scriptedBrowsing(id, startedAt, storefront.url);
  const purchases = scriptedPurchases(id, startedAt);
  const visitorId = await browse(gateway, browsing, storefront.url);
  for (const submission of purchases) {
    const headers = { authorization: `Bearer ${secretKey}`, 'content-type': 'application/json' };
    await post(`${gateway.url}/v1/events`, headers, { events: [submission] });
  }
  const steps = [
    ...browsing.map((submission) => ({ reporter: 'browser', submission })),
    ...purchases.map((submission) => ({ reporter: 'server', submission })),
  ];
  print(`Sent ${steps.length} events to ${gateway.url}. Waiting for them at ${platforms.url} …\n`);
  const run = { id, startedAt, origin: storefront.url, visitorId };
  const expected = simulators.map(({ demo }) => demo.expected(run));
  const listReceived = () => platforms.platforms.map(({ simulator }) => simulator.listEvents());
  const until = Date.now() + patienceMs;
  while (Date.now() < until && listReceived().some((events, index) => events.length < (expected[index]?.size ?? 0)))
    await new Promise((resolve) => setTimeout(resolve, 100));

  const received = listReceived();
  return simulators
    .map((simulator, index) => compare(simulator, expected[index] ?? new Map(), steps, received[index] ?? []))
    .every((isPassed) => isPassed);
}

/** Prints what one platform received. Returns whether it received every event once, and as its documentation asks. */
function compare(
  { name, demo }: Simulator,
  expected: ReadonlyMap<string, Fields>,
  steps: readonly Step[],
  events: readonly ComparedEvent[],
): boolean {
  const rows = steps.map((step) => judge(step, expected.get(step.submission.id), events, demo));
  print(
    table(
      ['event', 'from the', 'arrived as', 'id', 'matched by', 'value', 'result'],
      rows.map(({ cells }) => cells),
    ),
  );
  const passedCount = rows.filter(({ isPassed, hasArrived }) => isPassed && hasArrived).length;
  const unexpected = events.length - rows.filter(({ hasArrived }) => hasArrived).length;
  const others = unexpected === 0 ? '' : `; ${formatCount(unexpected, 'unexpected event')}`;
  print(`\n${name}: ${passedCount} of ${expected.size} events arrived once, as documented${others}.\n`);
  return rows.every(({ isPassed }) => isPassed) && unexpected === 0;
}

/** Posts each event as the pixel would, with the cookies of earlier responses. Returns the visitor id that the gateway gave. */
async function browse(gateway: Gateway, submissions: readonly Submission[], origin: string): Promise<string> {
  let cookies = '';
  let visitor = '';
  for (const submission of submissions) {
    const headers = { origin, cookie: cookies, 'user-agent': demoFacts.agent, 'content-type': 'text/plain;charset=UTF-8' };
    const body = { writeKey, sentAt: Date.now(), events: [submission] };
    const { body: responseBody, setCookies } = await post(`${gateway.url}/e`, headers, body);
    cookies = setCookies.map((line) => line.split(';', 1)[0]).join('; ');
    const { visitorId }: { visitorId: string } = JSON.parse(responseBody);
    visitor = visitorId;
  }
  return visitor;
}

async function post(url: string, headers: Readonly<Record<string, string>>, body: object) {
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  const text = await response.text();
  if (response.status !== 202) throw new ConveyError(`${url} returned status ${response.status}`, sanitizeForTerminal(text, 400));
  return { body: text, setCookies: response.headers.getSetCookie() };
}

interface Step {
  readonly reporter: string;
  readonly submission: Submission;
}

function judge(
  { reporter, submission }: Step,
  expected: Fields | undefined,
  events: readonly ComparedEvent[],
  { listMatchKeys }: PlatformDemo,
): { isPassed: boolean; hasArrived: boolean; cells: readonly string[] } {
  // Some platforms know an order by its own id.
  const matching = events.filter(
    ({ eventId }) => eventId === submission.id || (eventId !== null && eventId === getOrderId(submission)),
  );
  const [entry] = matching;
  const [report] = entry?.server ?? [];
  const cells = (as: string, keys: string, value: string, verdict: string) => [
    submission.name,
    reporter,
    as,
    submission.id,
    keys,
    value,
    verdict,
  ];
  if (!entry || !report) {
    const isPassed = expected === undefined;
    return { isPassed, hasArrived: false, cells: cells('–', '–', '–', isPassed ? 'not sent, as documented' : 'never arrived') };
  }

  const times = matching.reduce((sum, one) => sum + one.server.length, 0);
  const verdict = !isDeepStrictEqual(report.event, expected)
    ? 'differs from what is documented'
    : times > 1
      ? `arrived ${times} times`
      : report.warnings > 0
        ? 'with warnings'
        : 'as documented';
  const isPassed = verdict === 'as documented';
  const shown = isPassed ? styleText('green', verdict) : styleText('red', verdict);
  return { isPassed, hasArrived: true, cells: cells(entry.eventName, listMatchKeys(report.event).join(' '), entry.value, shown) };
}

function getOrderId({ commerce }: Submission): unknown {
  return isFields(commerce) ? commerce.orderId : undefined;
}

/** Returns the preferred port if it is free, else 0 for any free port. */
async function freePort(preferred: number): Promise<number> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(0));
    server.listen(preferred, '127.0.0.1', () => server.close(() => resolve(preferred)));
  });
}
