import { once } from 'node:events';
import { Agent, request as httpRequest } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import {
  connectionLimits,
  dashboardConnectionLimits,
  type PerNetworkLimit,
  type RunningServer,
  startHttpServer,
} from './http-server.ts';

const ending: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0).toReversed()) await end();
});

async function serve(
  answer: (request: Request) => Response | Promise<Response>,
  { limits = connectionLimits, perPeer }: { limits?: typeof connectionLimits; perPeer?: PerNetworkLimit },
): Promise<RunningServer> {
  const where = { host: '127.0.0.1', port: 0, limits, ...(perPeer && { perPeer }) };
  const served = await startHttpServer({ fetch: answer }, where);
  ending.push(() => served.close(0));
  return served;
}

/** Connects from one of this machine's own addresses. `closed` resolves with the data that the socket received. */
function open(port: number, localAddress = '127.0.0.1'): { socket: Socket; closed: Promise<string>; isClosed(): boolean } {
  const socket = connect({ port, host: '127.0.0.1', localAddress });
  ending.push(() => socket.destroy());
  let received = '';
  let isClosed = false;
  socket.setEncoding('utf8').on('data', (text: string) => {
    received += text;
  });
  const closed = new Promise<string>((resolve) =>
    socket
      .on('error', () => undefined)
      .on('close', () => {
        isClosed = true;
        resolve(received);
      }),
  );
  return { socket, closed, isClosed: () => isClosed };
}

const request = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';
const hello = () => new Response('hello');

test('a health check by HTTP/1.0 without a host is answered', async () => {
  const { port } = await serve(({ url }) => new Response(new URL(url).pathname), {});
  const { socket, closed } = open(port);
  socket.write('GET /readyz HTTP/1.0\r\n\r\n');
  expect(await closed).toMatch(/^HTTP\/1\.1 200 .*\r\n\r\n\/readyz$/s);
});

test.skipIf(process.platform !== 'linux')(
  "a peer's connections beyond its limit are closed, and other peers are not affected",
  async () => {
    const crowds: string[] = [];
    const perPeer = {
      max: 3,
      getNetwork: (address: string) => (address.endsWith('127.0.0.9') ? undefined : address),
      onLimit: (peer: string) => void crowds.push(peer),
    };
    const { port } = await serve(hello, { perPeer });
    const answers = async (socket: Socket) => {
      const received = new Promise<string>((resolve) => socket.once('data', (text) => resolve(String(text))));
      socket.write(request);
      return (await received).startsWith('HTTP/1.1 200');
    };
    const mine = Array.from({ length: 3 }, () => open(port, '127.0.0.2'));
    for (const { socket } of mine) expect(await answers(socket)).toBe(true);
    expect(await open(port, '127.0.0.2').closed).toBe('');
    expect(crowds.map((peer) => peer.split(':').at(-1))).toEqual(['127.0.0.2']);
    expect(await answers(open(port, '127.0.0.3').socket)).toBe(true);
    for (let n = 0; n < 5; n++) expect(await answers(open(port, '127.0.0.9').socket), 'that is not limited').toBe(true);
    expect(mine.map(({ isClosed }) => isClosed())).toEqual([false, false, false]);

    const [first] = mine;
    first?.socket.destroy();
    await first?.closed;
    await expect
      .poll(
        async () => {
          const second = open(port, '127.0.0.2');
          return Promise.race([second.closed.then(() => false), answers(second.socket)]);
        },
        { timeout: 20_000 },
      )
      .toBe(true);
  },
);

test.each([
  ['is silent', ''],
  ['stops in the middle of its headers', 'GET / HTTP/1.1\r\nHost: '],
])('a socket that %s is closed', async (_what, bytes) => {
  const limits = { ...connectionLimits, headersTimeout: 300, requestTimeout: 400, connectionsCheckingInterval: 100 };
  const { port } = await serve(hello, { limits });
  const { socket, closed } = open(port);
  socket.write(bytes);
  expect(await closed).toMatch(/^(HTTP\/1\.1 408|$)/);
});

test('a response that the client does not read is not kept for ever', async () => {
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

test('a reused connection waits for its response longer than it may be idle', async () => {
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
  // It is closed after it is idle again.
  const received = await closed;
  expect(received.match(/HTTP\/1\.1 200/g)).toHaveLength(2);
  expect(received).toContain('at last');
});

test('a connection has at most 16 requests handled and 64 waiting, and is closed beyond', async () => {
  let requestCount = 0;
  const waiting: ((answer: Response) => void)[] = [];
  const answer = () => {
    requestCount += 1;
    return new Promise<Response>((resolve) => waiting.push(resolve));
  };
  const { port } = await serve(answer, {});
  const patient = open(port);
  patient.socket.write(request.repeat(80));
  await expect.poll(() => requestCount, { timeout: 20_000 }).toBe(16);
  for (let handled = 32; handled <= 80; handled += 16) {
    for (const resolve of waiting.splice(0)) resolve(hello());
    await expect.poll(() => requestCount, { timeout: 20_000 }).toBe(handled);
  }
  for (const resolve of waiting.splice(0)) resolve(hello());
  const flood = open(port);
  flood.socket.write(request.repeat(1_000));
  expect(await flood.closed).toBe('');
  expect(requestCount, 'those that were parsed together are not handled').toBe(96);
  expect(patient.isClosed()).toBe(false);
  patient.socket.write(request);
  await expect.poll(() => requestCount, { timeout: 20_000 }).toBe(97);
});

describe('a server that waits for handlers', () => {
  const limits = { ...dashboardConnectionLimits, idleTimeout: 300, keepAliveTimeout: 300 };

  test('waits for a response longer than a connection may be idle', async () => {
    const answer = async () => {
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      return hello();
    };
    const { port } = await serve(answer, { limits });
    const { socket, closed } = open(port);
    socket.write(request);
    expect(await closed, 'answered, and closed once it is idle').toContain('hello');
  });

  test('keeps a silent stream longer than a connection may be idle', async () => {
    const encoder = new TextEncoder();
    const stream = () =>
      new Response(
        new ReadableStream({
          async start(controller) {
            for (const text of ['one ', 'two ', 'three']) {
              controller.enqueue(encoder.encode(text));
              await new Promise((resolve) => setTimeout(resolve, 1_000));
            }
            controller.close();
          },
        }),
      );
    const { port } = await serve(stream, { limits });
    const { socket, closed } = open(port);
    socket.write(request);
    expect(await closed).toMatch(/one .*two .*three/s);
  });

  test('closes a connection that does not read its responses', async () => {
    const bytes = new Uint8Array(8 * 1_048_576);
    const { port } = await serve(() => new Response(bytes), { limits });
    const { socket, isClosed } = open(port);
    socket.write(request.repeat(16));
    socket.pause();
    const trickle = setInterval(() => socket.write('\r\n'), 100);
    ending.push(() => clearInterval(trickle));
    // Resumes only after twice the server's time: the data that was sent is read, and the rest never arrives.
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    socket.resume();
    await expect.poll(isClosed, { timeout: 20_000 }).toBe(true);
    expect(socket.bytesRead).toBeLessThan(16 * bytes.length);
  });
});

test.skipIf(process.platform !== 'linux')(
  'the networks of a /56 and of a /48 have 4 and 16 times the connections of a /64',
  async () => {
    let index = 0;
    let apart = 1;
    const perPeer = { max: 2, getNetwork: () => `2001:db8:1:${(index++ * apart).toString(16)}` };
    const { port } = await serve(hello, { perPeer });
    const admitted = async (times: number) => {
      const opened = Array.from({ length: times }, () => open(port));
      for (const { socket } of opened) socket.write(request);
      await expect.poll(() => opened.every((one) => one.isClosed() || one.socket.bytesRead > 0), { timeout: 20_000 }).toBe(true);
      return opened.filter(({ isClosed }) => !isClosed()).length;
    };
    expect(await admitted(12)).toBe(8);
    apart = 256;
    expect(await admitted(40)).toBe(24);
  },
);

test('a slow request is cut off after 10 s of headers or 15 s in total, and a silent socket after 30 s', () => {
  expect(connectionLimits).toMatchObject({ headersTimeout: 10_000, requestTimeout: 15_000, idleTimeout: 30_000 });
});

describe('a server that drains', () => {
  test('fails no request of busy connections whose clients follow `Connection: close`', async () => {
    const { port, drain, close } = await serve(hello, {});
    const failures: unknown[] = [];
    let answers = 0;
    let isOver = false;
    const agent = new Agent({ keepAlive: true, maxSockets: 8 });
    ending.push(() => agent.destroy());
    const send = () =>
      new Promise<void>((resolve, reject) => {
        const sent = httpRequest({ port, host: '127.0.0.1', method: 'POST', agent }, (answer) =>
          answer.resume().on('end', resolve),
        );
        sent.on('error', reject).end('{}');
      });
    const clients = Array.from({ length: 8 }, async () => {
      while (!isOver) {
        try {
          await send();
          answers += 1;
        } catch (error) {
          failures.push(error);
        }
      }
    });
    const waitForMore = async (more: number) => {
      const until = answers + more;
      await expect.poll(() => answers, { timeout: 10_000 }).toBeGreaterThanOrEqual(until);
    };
    await waitForMore(200);
    drain();
    await waitForMore(200);
    isOver = true;
    await Promise.all(clients);
    await close(5_000);
    expect(failures).toEqual([]);
  });

  test('says so in a response that was on its way, and ends the connection after it', async () => {
    const { promise, resolve } = Promise.withResolvers<Response>();
    const asked = Promise.withResolvers<void>();
    const { port, drain } = await serve(() => {
      asked.resolve();
      return promise;
    }, {});
    const { socket, closed } = open(port);
    socket.write(request);
    await asked.promise;
    drain();
    resolve(hello());
    expect(await closed).toMatch(/^HTTP\/1\.1 200 .*\r\nconnection: close\r\n.*hello$/is);
  });

  test('answers all requests that a connection has sent, and ends it after the last', async () => {
    const answers: ((response: Response) => void)[] = [];
    const { port, drain } = await serve(() => new Promise((resolve) => void answers.push(resolve)), {});
    const { socket, closed } = open(port);
    socket.write(request);
    await expect.poll(() => answers.length).toBe(1);
    drain();
    socket.write(request);
    await expect.poll(() => answers.length).toBe(2);
    for (const answer of answers) answer(hello());
    const received = await closed;
    expect(received.match(/hello/g)).toHaveLength(2);
    expect(received.match(/connection: [a-z-]+/gi)).toEqual(['Connection: keep-alive', 'Connection: close']);
  });

  test('answers a request on a connection that was open before the server closed', async () => {
    const { port, drain, close } = await serve(hello, {});
    const { socket, closed } = open(port);
    await once(socket, 'connect');
    drain();
    const closing = close(5_000);
    await new Promise((resolve) => setImmediate(resolve));
    socket.write(request);
    expect(await closed).toContain('hello');
    await closing;
  });
});
