import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

/** Real processes, real sockets, real files: what the journeys and the fault suite drive. */

export const root = new URL('..', import.meta.url).pathname;
export const tagId = '187012345';
export const writeKey = 'wk_test_0123';
export const secretKey = 'sk_test_0123456789abcdef';

export interface Folder {
  readonly dir: string;
  readonly dataDir: string;
  /** Writes the config file and answers its path. */
  writeConfig(
    endpoint: string,
    changes?: {
      readonly token?: string;
      readonly port?: number;
      readonly collector?: Readonly<Record<string, unknown>>;
      readonly dashboard?: Readonly<Record<string, unknown>>;
      readonly site?: Readonly<Record<string, unknown>>;
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
    writeConfig(endpoint, { token = 'good-token', port = 0, collector = {}, dashboard = { port: 0 }, site = {} } = {}) {
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
        // What it can take is for the tests to find out, not how much it lets in.
        collector: { host: '127.0.0.1', port, perSecretKey: { perSecond: 100_000, burst: 1_000_000 }, ...collector },
        dashboard,
        allowPrivateDestinations: true,
        endpoints: { microsoft: endpoint },
        sites: [{ ...shop, connections: [connection], ...site }],
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

/** Runs a CLI command to its end in a process of its own. Most tests use `convey` of `cli.fixture.ts`, which needs none. */
export async function runConveyProcess(...args: readonly string[]): Promise<CommandResult> {
  const child = spawn(process.execPath, [join(root, 'bin/convey.js'), ...args], { env: { ...process.env, NO_COLOR: '1' } });
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code, stdout, stderr };
}

export interface RunningGateway {
  readonly url: string;
  readonly pid: number;
  /** Everything that it printed so far, both streams. */
  output(): string;
  /** The signal that ended it, or its exit code. */
  readonly ended: Promise<NodeJS.Signals | number | null>;
  /** SIGKILL: no goodbye. */
  kill(): Promise<void>;
  /** SIGINT: in order. */
  stop(): Promise<NodeJS.Signals | number | null>;
}

export interface ProcessOptions {
  /** Before the program: options of Node.js, or another program that starts it. */
  readonly command?: readonly [program: string, ...options: string[]];
  readonly env?: Readonly<Record<string, string>>;
}

/** `convey start` in a process of its own; resolves when it takes events. */
export async function startGatewayProcess(
  configFile: string,
  { command = [process.execPath], env = {} }: ProcessOptions = {},
): Promise<RunningGateway> {
  const [program, ...options] = command;
  const child: ChildProcess = spawn(program, [...options, join(root, 'bin/convey.js'), 'start', '--config', configFile], {
    env: { ...process.env, NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  const ended = new Promise<NodeJS.Signals | number | null>((resolve) =>
    child.once('exit', (code, signal) => resolve(signal ?? code)),
  );
  const url = await new Promise<string>((resolve, reject) => {
    const read = (chunk: Buffer) => {
      printed += chunk.toString();
      const [, address] = /accepts events at (\S+)\/v1\/events/.exec(printed) ?? [];
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

/** @throws unless the gateway acknowledged with 202. */
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

/** A server that answers 200 and `{}` to everything and keeps what came. */
export async function startSink() {
  const requests: {
    readonly path: string;
    readonly headers: Readonly<Record<string, unknown>>;
    readonly body: { data: Record<string, unknown>[] } & Record<string, unknown>;
  }[] = [];
  const server = createServer(async (incoming, outgoing) => {
    requests.push({
      path: `${incoming.method} ${incoming.url}`,
      headers: incoming.headers,
      body: JSON.parse(await text(incoming)),
    });
    outgoing.setHeader('content-type', 'application/json').end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    /** Every event of every request, in order of arrival. */
    events: () => requests.flatMap(({ body }) => body.data),
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Looks every 50 ms until `holds`, for up to `patienceMs`; the last look's answer. */
export async function eventually(holds: () => boolean | Promise<boolean>, patienceMs = 30_000): Promise<boolean> {
  const until = Date.now() + patienceMs;
  while (Date.now() < until) {
    if (await holds()) return true;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return holds();
}
