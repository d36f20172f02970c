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
import { notRun, tell } from './fault-scale.ts';

const ending: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0).toReversed()) await end();
});

/** One of the two ports that a public endpoint may have: on every address of this machine, so that whoever gets through is counted. */
const port = 8443;

async function listen(server: Server, onPort: number): Promise<number | undefined> {
  const listening = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false)).listen(onPort, '::', () => resolve(true));
  });
  if (!listening) return undefined;
  ending.push(() => new Promise((resolve) => server.close(resolve)));
  const address = server.address();
  return typeof address === 'object' ? address?.port : undefined;
}

/** Every way of Convey's own to call what an operator wrote; the answer is one word. */
function ways(allow: boolean, resolve?: Resolve) {
  const sender = createSender({
    allowPrivateDestinations: allow,
    userAgent: 'Convey/test',
    timeoutMs: 1_000,
    ...(resolve && { resolve }),
  });
  ending.push(() => sender.close());
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

/** What is said of a URL before the host, and after it. */
const around: readonly (readonly [string, string])[] = [
  ['https://', `:${port}/v1/events`],
  ['https://capi.example@', `:${port}/`],
  ['https://capi.example:443@', `:${port}/`],
  ['https:\\\\', `:${port}\\@capi.example/`],
  ['https://', `:${port}#@capi.example/`],
];

/** Names that this machine may know itself; its own only where that leads to no public address. */
async function localNames(): Promise<readonly string[]> {
  const own = await lookup(hostname(), { all: true }).catch(() => []);
  return [
    ...['localhost', 'LOCALHOST', 'localhost.', 'loc%61lhost', 'ip6-localhost', 'ip6-loopback'],
    ...(own.every(({ address }) => isNonPublicAddress(address)) ? [hostname()] : []),
  ];
}

it('connects to no private target, however it is spelt or resolved', async (context) => {
  let connects = 0;
  const server = createServer((socket) => {
    connects += 1;
    socket.on('error', () => undefined).destroy();
  });
  if ((await listen(server, port)) === undefined) notRun(context, 'B6', `port ${port}`);

  for (const [way, open] of Object.entries(ways(true))) {
    const before = connects;
    await open(`https://127.0.0.1:${port}/`);
    expect(connects, `${way}: what gets through is counted`).toBeGreaterThan(before);
  }
  connects = 0;

  const reached: string[] = [];
  let tried = 0;
  const attempt = async (url: string, resolve?: Resolve) => {
    for (const [way, open] of Object.entries(ways(false, resolve))) {
      tried += 1;
      if ((await open(url)) !== 'not sent' || connects > 0) reached.push(`${way}: ${url}`);
    }
  };
  for (const host of privateHosts) await attempt(`https://${host}:${port}/v1/events`);
  for (const [before, after] of around)
    for (const host of ['127.0.0.1', '[::1]', '2130706433', '[::ffff:7f00:1]']) await attempt(`${before}${host}${after}`);
  for (const name of await localNames()) await attempt(`https://${name}:${port}/`);

  const known = (...answers: readonly (readonly string[])[]) => {
    let asked = 0;
    const resolve: Resolve = (_name, _options, answer) => {
      const addresses = answers[Math.min(asked++, answers.length - 1)] ?? [];
      answer(
        null,
        addresses.map((address): LookupAddress => ({ address, family: address.includes(':') ? 6 : 4 })),
      );
    };
    return { resolve, asked: () => asked };
  };
  /** Public by every rule, and nobody's. */
  const nobody = '2e00::1';
  expect(isNonPublicAddress(nobody)).toBe(false);
  const names: readonly (readonly string[])[] = [
    ['127.0.0.1'],
    ['::1'],
    ['::ffff:127.0.0.1'],
    [nobody, '127.0.0.1'],
    ['127.0.0.1', nobody],
    ['10.0.0.1', '192.168.0.1'],
    ['169.254.169.254'],
    ['0.0.0.0'],
    ['fe80::1%lo'],
  ];
  for (const addresses of names) await attempt(`https://capi.example:${port}/`, known(addresses).resolve);

  // A name that is public when it is judged and private a moment later: what was judged is what is connected to.
  for (const way of ['platform', 'page'] as const) {
    const rebinding = known([nobody], ['127.0.0.1']);
    const open = ways(false, rebinding.resolve)[way];
    for (let n = 0; n < 3; n++) {
      tried += 1;
      expect(await open(`https://capi.example:${port}/`)).toMatch(/not sent|TIMEOUT/);
      expect(rebinding.asked(), 'one look for one connection').toBe(n + 1);
    }
  }
  expect(reached).toEqual([]);
  expect(connects).toBe(0);
  expect(privateHosts.length).toBeGreaterThanOrEqual(120);
  tell(context, {
    fault: 'B6',
    what: 'private targets, spelt and resolved',
    times: `${privateHosts.length} spellings, ${tried} requests`,
    holds: '0 connects',
    seen: `${connects} connects`,
  });
});

it('follows no redirect, so none leads to a private target', async (context) => {
  let connects = 0;
  const inner = await listen(
    createServer((socket) => {
      connects += 1;
      socket.destroy();
    }),
    0,
  );
  let asked = 0;
  const outer = await listen(
    createHttpServer((request, answer) => {
      asked += 1;
      const status = Number(request.url?.slice(1));
      answer.writeHead(status, { location: `http://127.0.0.1:${inner}/`, refresh: `0; url=http://127.0.0.1:${inner}/` }).end();
    }),
    0,
  );
  const statuses = [300, 301, 302, 303, 305, 307, 308, 200];
  for (const status of statuses) for (const open of Object.values(ways(true))) await open(`http://127.0.0.1:${outer}/${status}`);
  expect(asked).toBe(2 * statuses.length);
  expect(connects).toBe(0);
  tell(context, {
    fault: 'B6',
    what: 'redirects to private targets',
    times: `${asked} redirects`,
    holds: '0 connects',
    seen: `${connects} connects`,
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
          /import (?:type \{[^}]*|\{ (?:type \w+,? ?|isIP(?:v4)?,? ?|BlockList,? ?|createServer,? ?)+)\} from 'node:(?:net|http)';/g,
          '',
        ),
      );
    })
    .toSorted();
  expect(calls).toEqual([
    'src/cli/cli-context.ts', // the admin socket
    'src/cli/demo.ts', // its own gateway and simulator
    'src/delivery/sending/http-sender.ts',
    'src/doctor/fetch-page.ts',
    'src/doctor/live/probe-collector.ts', // `convey check --live`: whatever address its caller names
    'src/doctor/live/read-certificate.ts', // the same
    'src/net/ssrf-guard.ts', // the guard
  ]);
});
