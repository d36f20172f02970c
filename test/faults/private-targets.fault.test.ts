import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { globSync, readFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type Server } from 'node:net';
import { hostname } from 'node:os';
import { afterEach, expect, it } from 'vitest';
import { privateHosts } from '../../src/delivery/private-hosts.fixture.ts';
import { createSender } from '../../src/delivery/sending/http-sender.ts';
import { fetchPage } from '../../src/doctor/fetch-page.ts';
import { isNonPublicAddress, type Resolve } from '../../src/net/ssrf-guard.ts';
import { root } from '../gateway.fixture.ts';
import { addFaultRow, skipWithoutTool } from './fault-scale.ts';

const cleanups: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanups.splice(0).toReversed()) await cleanUp();
});

/** One of the two ports that a public endpoint may have. The test listens on all addresses of this machine, to count connections. */
const port = 8443;

async function listen(server: Server, onPort: number): Promise<number | undefined> {
  const listening = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false)).listen(onPort, '::', () => resolve(true));
  });
  if (!listening) return undefined;
  cleanups.push(() => new Promise((resolve) => server.close(resolve)));
  const address = server.address();
  return typeof address === 'object' ? address?.port : undefined;
}

/** Returns each function that calls a URL from an operator. It resolves with `not sent`, or with the response as text. */
function createCallers(allow: boolean, resolve?: Resolve) {
  const sender = createSender({
    allowPrivateDestinations: allow,
    userAgent: 'Convey/test',
    timeoutMs: 1_000,
    ...(resolve && { resolve }),
  });
  cleanups.push(() => sender.close());
  const page = { userAgent: 'Convey/test', allowPrivate: allow, ...(resolve && { resolve }) };
  return {
    platform: async (url: string) => {
      const sent = await sender.send({ method: 'POST', url, headers: {}, body: '{}' });
      return 'notSent' in sent ? 'not sent' : JSON.stringify(sent);
    },
    page: async (url: string) => {
      const parsed = URL.parse(url);
      if (!parsed) return 'not sent';
      const fetched = await fetchPage(parsed, page);
      return 'problem' in fetched ? 'not sent' : fetched.html;
    },
  };
}

/** Beginnings and ends of a URL, without its host. */
const urlParts: readonly (readonly [string, string])[] = [
  ['https://', `:${port}/v1/events`],
  ['https://capi.example@', `:${port}/`],
  ['https://capi.example:443@', `:${port}/`],
  ['https:\\\\', `:${port}\\@capi.example/`],
  ['https://', `:${port}#@capi.example/`],
];

/** Returns local host names. Includes the name of this machine if it resolves to private addresses only. */
async function getLocalNames(): Promise<readonly string[]> {
  const ownAddresses = await lookup(hostname(), { all: true }).catch(() => []);
  return [
    ...['localhost', 'LOCALHOST', 'localhost.', 'loc%61lhost', 'ip6-localhost', 'ip6-loopback'],
    ...(ownAddresses.every(({ address }) => isNonPublicAddress(address)) ? [hostname()] : []),
  ];
}

it('connects to no private target, however it is spelt or resolved', async (context) => {
  let connectionCount = 0;
  const server = createServer((socket) => {
    connectionCount += 1;
    socket.on('error', () => undefined).destroy();
  });
  if ((await listen(server, port)) === undefined) skipWithoutTool(context, 'B6', `port ${port}`);

  for (const [caller, call] of Object.entries(createCallers(true))) {
    const before = connectionCount;
    await call(`https://127.0.0.1:${port}/`);
    expect(connectionCount, `${caller}: connections are counted`).toBeGreaterThan(before);
  }
  connectionCount = 0;

  const reached: string[] = [];
  let attempts = 0;
  const attempt = async (url: string, resolve?: Resolve) => {
    for (const [caller, call] of Object.entries(createCallers(false, resolve))) {
      attempts += 1;
      if ((await call(url)) !== 'not sent' || connectionCount > 0) reached.push(`${caller}: ${url}`);
    }
  };
  for (const host of privateHosts) await attempt(`https://${host}:${port}/v1/events`);
  for (const [before, after] of urlParts)
    for (const host of ['127.0.0.1', '[::1]', '2130706433', '[::ffff:7f00:1]']) await attempt(`${before}${host}${after}`);
  for (const name of await getLocalNames()) await attempt(`https://${name}:${port}/`);

  const createResolver = (...answers: readonly (readonly string[])[]) => {
    let lookups = 0;
    const resolve: Resolve = (_name, _options, done) => {
      const addresses = answers[Math.min(lookups++, answers.length - 1)] ?? [];
      done(
        null,
        addresses.map((address): LookupAddress => ({ address, family: address.includes(':') ? 6 : 4 })),
      );
    };
    return { resolve, getLookups: () => lookups };
  };
  /** A public address that is not assigned. */
  const unassigned = '2e00::1';
  expect(isNonPublicAddress(unassigned)).toBe(false);
  const names: readonly (readonly string[])[] = [
    ['127.0.0.1'],
    ['::1'],
    ['::ffff:127.0.0.1'],
    [unassigned, '127.0.0.1'],
    ['127.0.0.1', unassigned],
    ['10.0.0.1', '192.168.0.1'],
    ['169.254.169.254'],
    ['0.0.0.0'],
    ['fe80::1%lo'],
  ];
  for (const addresses of names) await attempt(`https://capi.example:${port}/`, createResolver(addresses).resolve);

  // DNS rebinding: the name resolves to a public address first and to a private one later. The caller connects to the checked address.
  for (const caller of ['platform', 'page'] as const) {
    const rebinding = createResolver([unassigned], ['127.0.0.1']);
    const call = createCallers(false, rebinding.resolve)[caller];
    for (let n = 0; n < 3; n++) {
      attempts += 1;
      expect(await call(`https://capi.example:${port}/`)).toMatch(/not sent|TIMEOUT/);
      expect(rebinding.getLookups(), 'one lookup per connection').toBe(n + 1);
    }
  }
  expect(reached).toEqual([]);
  expect(connectionCount).toBe(0);
  expect(privateHosts.length).toBeGreaterThanOrEqual(120);
  addFaultRow(context, {
    fault: 'B6',
    scenario: 'private targets in all spellings and resolutions',
    amount: `${privateHosts.length} spellings, ${attempts} requests`,
    expected: '0 connections',
    observed: `${connectionCount} connections`,
  });
});

it('follows no redirect, so none leads to a private target', async (context) => {
  let connectionCount = 0;
  const inner = await listen(
    createServer((socket) => {
      connectionCount += 1;
      socket.destroy();
    }),
    0,
  );
  let redirects = 0;
  const outer = await listen(
    createHttpServer((request, response) => {
      redirects += 1;
      const status = Number(request.url?.slice(1));
      response.writeHead(status, { location: `http://127.0.0.1:${inner}/`, refresh: `0; url=http://127.0.0.1:${inner}/` }).end();
    }),
    0,
  );
  const statuses = [300, 301, 302, 303, 305, 307, 308, 200];
  for (const status of statuses)
    for (const call of Object.values(createCallers(true))) await call(`http://127.0.0.1:${outer}/${status}`);
  expect(redirects).toBe(2 * statuses.length);
  expect(connectionCount).toBe(0);
  addFaultRow(context, {
    fault: 'B6',
    scenario: 'redirects to private targets',
    amount: `${redirects} redirects`,
    expected: '0 connections',
    observed: `${connectionCount} connections`,
  });
});

it('has no unguarded outgoing connection, except local commands', () => {
  const calls = globSync('src/**/*.ts', {
    cwd: root,
    exclude: ['**/*.{test,fixture,suite,contract}.ts', 'src/{dashboard,pixel,simulators}/**'],
  })
    .filter((path) => {
      const text = readFileSync(`${root}${path}`, 'utf8');
      return /from 'undici'|from 'node:(?:https?|http2|net|tls|dgram|dns)'|await fetch\(|new WebSocket\(/.test(
        text.replace(
          /import (?:type \{[^}]*|\{ (?:type \w+,? ?|isIP(?:v4)?,? ?|BlockList,? ?|createServer,? ?|Server as NetServer,? ?)+)\} from 'node:(?:net|http)';/g,
          '',
        ),
      );
    })
    .toSorted();
  expect(calls).toEqual([
    'src/alerts/channels/email.ts', // with the guarded lookup
    'src/cli/cli-context.ts', // the admin socket
    'src/cli/demo/post.ts', // to its own gateway and simulators
    'src/delivery/sending/http-sender.ts',
    'src/doctor/fetch-page.ts',
    'src/doctor/live/probe-collector.ts', // `convey check --live`: the address that its caller names
    'src/doctor/live/read-certificate.ts', // the same
    'src/gateway/check-running.ts', // the port of a gateway on this machine
    'src/net/ssrf-guard.ts', // the guard
  ]);
});
