import { connect, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { connectionLimits, type PerPeer, type Served, serveCollector } from './listen.ts';

const ending: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0).toReversed()) await end();
});

async function serve(
  answer: (request: Request) => Response | Promise<Response>,
  { limits = connectionLimits, perPeer }: { limits?: typeof connectionLimits; perPeer?: PerPeer },
): Promise<Served> {
  const where = { host: '127.0.0.1', port: 0, limits, ...(perPeer && { perPeer }) };
  const served = await serveCollector({ fetch: answer }, where);
  ending.push(() => served.close(0));
  return served;
}

/** From one of this machine's own addresses. Resolves with what the socket heard until it was closed. */
function open(port: number, localAddress = '127.0.0.1'): { socket: Socket; closed: Promise<string>; isClosed(): boolean } {
  const socket = connect({ port, host: '127.0.0.1', localAddress });
  ending.push(() => socket.destroy());
  let heard = '';
  let isClosed = false;
  socket.setEncoding('utf8').on('data', (text: string) => {
    heard += text;
  });
  const closed = new Promise<string>((resolve) =>
    socket
      .on('error', () => undefined)
      .on('close', () => {
        isClosed = true;
        resolve(heard);
      }),
  );
  return { socket, closed, isClosed: () => isClosed };
}

const request = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';
const hello = () => new Response('hello');

test.skipIf(process.platform !== 'linux')(
  "a peer has its share of connections, which is closed beyond, and takes nothing of another's",
  async () => {
    const crowds: string[] = [];
    const perPeer = {
      most: 3,
      of: (address: string) => (address.endsWith('127.0.0.9') ? undefined : address),
      onCrowd: (peer: string) => void crowds.push(peer),
    };
    const { port } = await serve(hello, { perPeer });
    const answers = async (socket: Socket) => {
      const heard = new Promise<string>((resolve) => socket.once('data', (text) => resolve(String(text))));
      socket.write(request);
      return (await heard).startsWith('HTTP/1.1 200');
    };
    const mine = Array.from({ length: 3 }, () => open(port, '127.0.0.2'));
    for (const { socket } of mine) expect(await answers(socket)).toBe(true);
    expect(await open(port, '127.0.0.2').closed).toBe('');
    expect(crowds.map((peer) => peer.split(':').at(-1))).toEqual(['127.0.0.2']);
    expect(await answers(open(port, '127.0.0.3').socket)).toBe(true);
    for (let n = 0; n < 5; n++) expect(await answers(open(port, '127.0.0.9').socket), 'who counts for nobody').toBe(true);
    expect(mine.map(({ isClosed }) => isClosed())).toEqual([false, false, false]);

    const [first] = mine;
    first?.socket.destroy();
    await first?.closed;
    await expect
      .poll(
        async () => {
          const again = open(port, '127.0.0.2');
          return Promise.race([again.closed.then(() => false), answers(again.socket)]);
        },
        { timeout: 20_000 },
      )
      .toBe(true);
  },
);

test.each([
  ['says nothing', ''],
  ['stops in the middle of its headers', 'GET / HTTP/1.1\r\nHost: '],
])('a socket that %s is cut', async (_what, said) => {
  const limits = { ...connectionLimits, headersTimeout: 300, requestTimeout: 400, connectionsCheckingInterval: 100 };
  const { port } = await serve(hello, { limits });
  const { socket, closed } = open(port);
  socket.write(said);
  expect(await closed).toMatch(/^(HTTP\/1\.1 408|$)/);
});

test('an answer that nobody reads is not kept for ever', async () => {
  let isLetGo = false;
  const endless = () =>
    new Response(
      new ReadableStream({
        pull: (controller) => controller.enqueue(new Uint8Array(1_048_576)),
        cancel() {
          isLetGo = true;
        },
      }),
    );
  const { port } = await serve(endless, { limits: { ...connectionLimits, idleTimeout: 300 } });
  const { socket } = open(port);
  socket.write(request);
  socket.pause();
  await expect.poll(() => isLetGo, { timeout: 20_000 }).toBe(true);
});

test('a connection that is used again waits for its answer, longer than it may be idle', async () => {
  const answer = async ({ url }: Request) => {
    if (!url.endsWith('/slow')) return hello();
    // Node closes an idle connection a second after its time.
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    return new Response('at last');
  };
  const { port } = await serve(answer, { limits: { ...connectionLimits, keepAliveTimeout: 1_000 } });
  const { socket, closed } = open(port);
  const first = new Promise((resolve) => socket.once('data', resolve));
  socket.write(request);
  await first;
  socket.write('GET /slow HTTP/1.1\r\nHost: x\r\n\r\n');
  // And is closed once it is idle again.
  const heard = await closed;
  expect(heard.match(/HTTP\/1\.1 200/g)).toHaveLength(2);
  expect(heard).toContain('at last');
});

test('a slow request is cut after 10 s of headers or 15 s in all, and a silent socket after 30 s', () => {
  expect(connectionLimits).toMatchObject({ headersTimeout: 10_000, requestTimeout: 15_000, idleTimeout: 30_000 });
});
