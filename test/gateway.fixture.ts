import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

/** Helpers that run the gateway with real processes, sockets and files. */

export const root = new URL('..', import.meta.url).pathname;
/** The command as a bundle, which `test/setup/bundle-command.ts` builds. */
export const bundleFolder = join(root, 'node_modules/.cache/bundle');
/** The script of the command. */
export const conveyScript = join(bundleFolder, 'bin/convey.js');
export const tagId = '187012345';
export const writeKey = 'wk_test_0123';
export const secretKey = 'sk_test_0123456789abcdef';
/** The cost of password hashes in a gateway inside the test's process: a thousandth of the real one. */
export const passwordCost = { logN: 7, r: 8, p: 1 };

export interface Folder {
  readonly dir: string;
  readonly dataDir: string;
  /** Writes the config file and returns its path. */
  writeConfig(
    endpoint: string,
    changes?: {
      readonly token?: string;
      readonly port?: number;
      readonly collector?: Readonly<Record<string, unknown>>;
      readonly dashboard?: Readonly<Record<string, unknown>>;
      readonly metrics?: Readonly<Record<string, unknown>>;
      readonly site?: Readonly<Record<string, unknown>>;
      /** Sites in place of the one. */
      readonly sites?: readonly Readonly<Record<string, unknown>>[];
      readonly alerts?: Readonly<Record<string, unknown>>;
      readonly country?: Readonly<Record<string, unknown>>;
      readonly store?: string;
      readonly roles?: readonly string[];
    },
  ): string;
  remove(): void;
}

export function makeFolder(): Folder {
  const dir = mkdtempSync(join(tmpdir(), 'convey-test-'));
  const dataDir = join(dir, 'data');
  return {
    dir,
    dataDir,
    writeConfig(
      endpoint,
      {
        token = 'good-token',
        port = 0,
        collector = {},
        dashboard = { port: 0 },
        metrics = {},
        site = {},
        sites,
        alerts,
        country,
        store,
        roles,
      } = {},
    ) {
      const file = join(dir, 'convey.json');
      const connection = { id: 'bing', destination: 'microsoft', settings: { tagId, token, endpoint } };
      const shop = {
        id: 'shop',
        domains: ['shop.example'],
        writeKey,
        secretKeys: [secretKey],
        defaultCountry: 'US',
        defaultCurrency: 'USD',
      };
      const config = {
        dataDir,
        // Tests measure the capacity, so the rate limit must not apply.
        collector: { host: '127.0.0.1', port, perSecretKey: { perSecond: 100_000, burst: 1_000_000 }, ...collector },
        dashboard,
        metrics,
        allowPrivateDestinations: true,
        endpoints: { microsoft: endpoint },
        sites: sites ?? [{ ...shop, connections: [connection], ...site }],
        ...(alerts && { alerts }),
        ...(country && { country }),
        ...(store !== undefined && { store }),
        ...(roles && { roles }),
      };
      writeFileSync(file, JSON.stringify(config));
      return file;
    },
    remove: () => rmSync(dir, { recursive: true, force: true }),
  };
}

export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a CLI command to its end in a separate process. Most tests use `convey` of `cli.fixture.ts`, which runs in this process. */
export async function runConveyProcess(...args: readonly string[]): Promise<CommandResult> {
  const child = spawn(process.execPath, [conveyScript, ...args], { env: { ...process.env, NO_COLOR: '1' } });
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code, stdout, stderr };
}

export interface RunningGateway {
  readonly url: string;
  readonly pid: number;
  /** Returns all output of both streams so far. */
  output(): string;
  /** The signal that ended the process, or its exit code. */
  readonly ended: Promise<NodeJS.Signals | number | null>;
  /** Sends SIGKILL. */
  kill(): Promise<void>;
  /** Sends SIGINT, for a graceful shutdown. */
  stop(): Promise<NodeJS.Signals | number | null>;
}

export interface ProcessOptions {
  /** Options of Node.js before the script, or another program that starts it. */
  readonly command?: readonly [program: string, ...options: string[]];
  readonly env?: Readonly<Record<string, string>>;
  /** Called with the output, also before the gateway accepts events. */
  readonly onOutput?: (text: string) => void;
  /** The script of another version of the command. */
  readonly script?: string;
}

/** Runs `convey start` in a separate process. Resolves when the gateway accepts events. */
export async function startGatewayProcess(
  configFile: string,
  { command = [process.execPath], env = {}, onOutput, script = conveyScript }: ProcessOptions = {},
): Promise<RunningGateway> {
  const [program, ...options] = command;
  const child: ChildProcess = spawn(program, [...options, script, 'start', '--config', configFile], {
    env: {
      ...process.env,
      NO_COLOR: '1',
      // Otherwise the launcher would start Node.js a second time with its options for the heap.
      NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --max-semi-space-size=16`,
      // Node.js would read the certificates of this machine, which takes a twentieth of the start.
      NODE_EXTRA_CA_CERTS: undefined,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  const ended = new Promise<NodeJS.Signals | number | null>((resolve) =>
    child.once('exit', (code, signal) => resolve(signal ?? code)),
  );
  const url = await new Promise<string>((resolve, reject) => {
    const read = (chunk: Buffer) => {
      printed += chunk.toString();
      onOutput?.(chunk.toString());
      const [, address] = /(?:accepts events at (?=\S+\/v1)|Its health is at )(\S+?)\/(?:v1\/events|readyz)/.exec(printed) ?? [];
      if (address !== undefined) resolve(address);
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    void ended.then((code) => reject(new Error(`the gateway ended with ${code}: ${printed}`)));
  });
  return {
    url,
    pid: child.pid ?? 0,
    output: () => printed,
    ended,
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
    async stop() {
      child.kill('SIGINT');
      return ended;
    },
  };
}

export interface Acknowledgement {
  readonly accepted: number;
  readonly duplicates: number;
  readonly rejected: readonly {
    readonly index: number;
    readonly id: string | null;
    readonly issues: readonly { field: string; code: string; message: string }[];
  }[];
  readonly ids: readonly (string | null)[];
}

/** Posts events to the server API. @throws unless the gateway responds with 202. */
export async function post(url: string, events: readonly unknown[], key = secretKey): Promise<Acknowledgement> {
  const response = await fetch(`${url}/v1/events`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ events }),
  });
  const body = await response.text();
  if (response.status !== 202) throw new Error(`${response.status}: ${body}`);
  return JSON.parse(body);
}

export function purchase(id: string, extra: Readonly<Record<string, unknown>> = {}) {
  return {
    id,
    name: 'Purchase',
    user: { anonymousId: 'b171a9b06ce011ecafcd1b209be8601b' },
    consent: { adStorage: 'granted', source: 'server', explicit: true },
    commerce: { orderId: id, value: 125.4, currency: 'USD', items: [{ id: 'sku1', price: 125.4, quantity: 1 }] },
    ...extra,
  };
}

/** Starts a server that records all requests and accepts their events as Microsoft does. */
export async function startSink() {
  const requests: {
    readonly path: string;
    readonly headers: Readonly<Record<string, unknown>>;
    readonly body: { data: Record<string, unknown>[] } & Record<string, unknown>;
  }[] = [];
  const server = createServer(async (incoming, outgoing) => {
    const body = JSON.parse(await text(incoming));
    requests.push({ path: `${incoming.method} ${incoming.url}`, headers: incoming.headers, body });
    outgoing.setHeader('content-type', 'application/json').end(JSON.stringify({ eventsReceived: body.data.length }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    /** Returns the events of all requests, in order of arrival. */
    events: () => requests.flatMap(({ body }) => body.data),
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Checks a condition every 50 ms until it is true, for up to `timeoutMs`. Returns the last result. */
export async function eventually(condition: () => boolean | Promise<boolean>, timeoutMs = 30_000): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  while (Date.now() < deadline) {
    if (await condition()) return true;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return condition();
}
