import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual, styleText } from 'node:util';
import { Command } from 'commander';
import { readConfig } from '../config/config.ts';
import { ConveyError } from '../errors.ts';
import { type Gateway, startGateway } from '../gateway/start-gateway.ts';
import { createLogger } from '../logger.ts';
import { type DemoShop, startDemoShop } from '../simulators/demo-shop/demo-shop.ts';
import { type MicrosoftSimulator, startMicrosoftSimulator } from '../simulators/microsoft/simulator.ts';
import { version } from './cli-context.ts';
import { type BrowserStep, type Step, scriptedBrowsing, scriptedPurchases } from './demo-shopper.ts';
import { stopSignal } from './start.ts';
import { print, sanitizeForTerminal, table } from './terminal-output.ts';

const tagId = '187012345';
/** For a connection that somebody makes while they try it. */
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
      'Try Convey offline: the gateway, a simulator of Microsoft and a demo shop, on this machine, with data that is thrown away.',
    )
    .option('--once', 'play a scripted shopper, print what Microsoft would have received, and exit 0 only if all of it is right')
    .action(async (options: { once?: true }) => {
      const running = await startDemo();
      if (!options.once) {
        print(welcome(running));
        return stopSignal(() => running.stop());
      }
      try {
        process.exitCode = (await playOnce(running)) ? 0 : 1;
      } finally {
        await running.stop();
      }
    });
}

/** What was started before a step that fails is stopped again, so that nothing keeps the process or the folder. */
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
        `The demo's own config is wrong: ${read.problems.map(({ path, message }) => `${path}: ${message}`).join(' ')}`,
        'Set TMPDIR to a folder with a short path; if that does not help, please report it',
      );
    const gateway = await startGateway(read.config, { version, logger: createLogger('warn', process.stderr) });
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
    uet: { mode: 'load', tagId, script: `${endpoint}/bat.js`, idSync: `${endpoint}/c.gif` },
    // Browser and server both report purchases here; nobody who tries it should have to wait for copies that do not come.
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
${bold('Convey is running')}, with a demo shop and a simulator of Microsoft Advertising beside it. Nothing leaves this machine.

  Dashboard            ${gateway.dashboard.setupUrl ?? gateway.dashboard.url}
                       ${styleText('dim', '(open it first: make up a name and a password of 15 characters, both thrown away with the demo)')}
  Demo shop            ${storefront.url}
  Microsoft simulator  ${simulator.url}  ${styleText('dim', '(what Microsoft received, and what it would count)')}
  Gateway              ${gateway.url}

${bold('Be a shopper')}, and watch Events in the dashboard:

  1. Come from an ad: open ${storefront.url}/?msclkid=dd4afcccb1c94a4cad9544dd7e5006ab
  2. Accept in the consent banner; before that, and if you decline, Microsoft receives nothing.
  3. Buy a clock with any e-mail address. Click the purchase in the dashboard: it went with the hash and the click.
  4. Open ${simulator.url}: browser tag and gateway both told of it, under one id, and it counts once.

${bold('Make a site of your own')} in the dashboard, then add a destination: UET tag ID ${ownTagId}, token ${demoToken}.

${bold("Play the vendor's bad day")}: refuse the token, buy once more, see what the overview says, and mend it; nothing is lost.

  curl ${simulator.url}/faults -H 'content-type: application/json' -d '{"mode":"401"}'
  curl ${simulator.url}/faults -H 'content-type: application/json' -d '{"mode":"ok"}'   ${styleText('dim', '(then: Destinations, Test connection)')}

${bold('Be a server')}, from a second terminal:

  curl ${gateway.url}/v1/events -H 'authorization: Bearer ${secretKey}' -H 'content-type: application/json' -d '{"events":[
    {"name":"Purchase","user":{"email":"Jane.Doe+x@Example.com"},"consent":{"adStorage":"granted","explicit":true},
     "commerce":{"orderId":"1001","value":125.4,"currency":"USD"}}]}'
  npm run -s convey -- event purchase-1001 --config ${configFile}

Press Ctrl-C to stop; the demo's data is thrown away.`;
}

/** Sends the shopper's events as a browser and a shop's server would, and compares what arrived with what must. */
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
  print(`A shopper left ${steps.length} events at ${gateway.url}; waiting for them to reach ${simulator.url} …\n`);
  const until = Date.now() + patienceMs;
  while (Date.now() < until && (await received(simulator)).length < steps.length)
    await new Promise((resolve) => setTimeout(resolve, 100));

  const events = await received(simulator);
  const rows = steps.map((step) => judge(step, events));
  print(
    table(
      ['event', 'from the', 'arrived as', 'id', 'matched by', 'value', 'verdict'],
      rows.map(({ cells }) => cells),
    ),
  );
  const right = rows.filter((row) => row.right).length;
  const strangers = events.length - rows.filter(({ arrived }) => arrived).length;
  print(
    `\n${right} of ${steps.length} events arrived once, as documented${strangers === 0 ? '' : `; ${strangers} arrived that nobody sent`}.`,
  );
  return right === steps.length && strangers === 0;
}

/** Posts each step as the pixel would, with the cookies of the answers before, and learns which visitor the gateway made of it. */
async function browse(gateway: Gateway, steps: readonly BrowserStep[], origin: string): Promise<readonly Step[]> {
  let cookies = '';
  const known: Step[] = [];
  for (const { submission, expectedOf, userAgent } of steps) {
    const headers = { origin, cookie: cookies, 'user-agent': userAgent, 'content-type': 'text/plain;charset=UTF-8' };
    const body = { writeKey, sentAt: Date.now(), events: [submission] };
    const { answer, setCookies } = await post(`${gateway.url}/e`, headers, body);
    cookies = setCookies.map((line) => line.split(';', 1)[0]).join('; ');
    const { visitorId }: { visitorId: string } = JSON.parse(answer);
    known.push({ by: 'browser', submission, expected: expectedOf(visitorId) });
  }
  return known;
}

async function post(url: string, headers: Readonly<Record<string, string>>, body: object) {
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  const answer = await response.text();
  if (response.status !== 202)
    throw new ConveyError(`The gateway answered ${response.status} at ${url}`, sanitizeForTerminal(answer, 400));
  return { answer, setCookies: response.headers.getSetCookie() };
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
): { right: boolean; arrived: boolean; cells: readonly string[] } {
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
  if (!entry || !report) return { right: false, arrived: false, cells: cells('–', '–', '–', 'never arrived') };

  const { eventName, ...rest } = expected;
  const wanted = eventName === null ? rest : expected;
  const times = matching.reduce((sum, one) => sum + one.server.length, 0);
  const same = isDeepStrictEqual(report.event, wanted);
  const verdict = !same
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
  const right = verdict === 'as documented';
  return {
    right,
    arrived: true,
    cells: cells(
      entry.eventName ?? entry.eventType,
      keys,
      value,
      right ? styleText('green', verdict) : styleText('red', verdict),
    ),
  };
}

/** The usual port, or a free one where somebody has it. */
async function freePort(wanted: number): Promise<number> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(0));
    server.listen(wanted, '127.0.0.1', () => server.close(() => resolve(wanted)));
  });
}
