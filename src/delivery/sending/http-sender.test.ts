import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { createSender, type HttpSender, type Sender } from './http-sender.ts';

const servers: { server: Server; sockets: Set<Socket> }[] = [];
const senders: Sender[] = [];

afterEach(async () => {
  for (const sender of senders.splice(0)) await sender.close();
  for (const { server, sockets } of servers.splice(0)) {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
});

async function listen(server: Server): Promise<{ url: string; connections: () => number }> {
  const sockets = new Set<Socket>();
  servers.push({ server, sockets });
  server.on('connection', (socket) => sockets.add(socket.on('error', () => undefined)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (!isAddressInfo(address)) throw new Error('no port');
  return { url: `http://127.0.0.1:${address.port}/v1/events`, connections: () => sockets.size };
}

function isAddressInfo(address: AddressInfo | string | null): address is AddressInfo {
  return typeof address === 'object' && address !== null;
}

const http = (answer: RequestListener) => listen(createHttpServer(answer));
/** Responds to the first bytes of each connection with `answer`, or calls it with the socket. */
const raw = (answer: (socket: Socket) => void) => listen(createServer((socket) => socket.once('data', () => answer(socket))));

it('loads its library again after a failure, and then sends', async () => {
  const { url } = await http((_, response) => response.end('ok'));
  let loads = 0;
  const loadLibrary = async () => {
    loads += 1;
    if (loads === 1) throw new Error('EMFILE: too many open files');
    return import('undici');
  };
  const failing = createSender({ allowPrivateDestinations: true, userAgent: 'Convey/test', loadLibrary });
  senders.push(failing);
  const request = { method: 'POST', url, headers: {}, body: '{}' } as const;
  await expect(failing.send(request)).rejects.toThrow('EMFILE');
  expect(await failing.send(request)).toMatchObject({ response: { status: 200 } });
  await failing.prepare();
  expect(loads).toBe(2);
});

function sender(timeoutMs = 2_000, allowPrivateDestinations = true): HttpSender {
  const sender = createSender({ allowPrivateDestinations, timeoutMs, userAgent: 'Convey/test' });
  senders.push(sender);
  return sender;
}

const post = (url: string, body = '{"data":[]}') =>
  ({ method: 'POST', url, headers: { 'content-type': 'application/json', authorization: 'Bearer secret' }, body }) as const;

describe('the HTTP sender', () => {
  it('downloads a bounded file without credentials, follows no redirect, and calls no private address', async () => {
    const headers: unknown[] = [];
    const { url } = await http((request, response) => {
      headers.push(request.headers);
      if (request.url?.endsWith('missing')) response.writeHead(404).end('gone');
      else if (request.url?.endsWith('moved')) response.writeHead(302, { location: '/' }).end();
      else response.end(Buffer.from([0, 255, 128]));
    });
    expect(await sender().download(url, 3)).toEqual({ bytes: Buffer.from([0, 255, 128]) });
    expect(await sender().download(url, 2)).toEqual({ failure: 'too-long' });
    expect(await sender().download(`${url}/missing`, 9)).toEqual({ failure: 'HTTP 404' });
    expect(await sender().download(`${url}/moved`, 9)).toEqual({ failure: 'HTTP 302' });
    expect(headers[0]).toEqual({ host: new URL(url).host, connection: 'keep-alive', 'user-agent': 'Convey/test' });
    expect(await sender(2_000, false).download(url, 9)).toEqual({ failure: 'address-refused' });
    expect(await sender().download('no address', 9)).toEqual({ failure: 'address-refused' });
    expect(await sender().download('http://127.0.0.1:1/', 9)).toEqual({ failure: 'ECONNREFUSED', isUnreached: true });
  });

  it('sends to the simulator of the gateway, and to no other private address', async () => {
    const [simulator, other] = [await http((_, answer) => answer.end('{}')), await http((_, answer) => answer.end('{}'))];
    const { origin } = new URL(simulator.url);
    const guarded = createSender({
      allowPrivateDestinations: false,
      isSimulator: (one) => one === origin,
      userAgent: 'Convey/test',
    });
    senders.push(guarded);
    expect(await guarded.send(post(simulator.url))).toMatchObject({ response: { status: 200 } });
    for (const url of [other.url, simulator.url.replace('127.0.0.1', 'localhost'), `${origin}@${new URL(other.url).host}/`])
      expect(await guarded.send(post(url))).toEqual({ notSent: 'only https is allowed' });
    expect(other.connections()).toBe(0);
  });

  it('returns notSent for a failed TLS handshake, because no byte of the request was sent', async () => {
    const plain = await http((_, answer) => answer.end('{}'));
    const request = { method: 'POST', url: plain.url.replace('http:', 'https:'), headers: {}, body: '{}' } as const;
    expect(await sender().send(request)).toEqual({ notSent: expect.stringMatching(/SSL|EPROTO|UND_ERR|ECONNRESET/) });
    const cut = await raw((socket) => socket.destroy());
    expect(await sender().send({ ...request, url: cut.url.replace('http:', 'https:') })).toHaveProperty('notSent');
  });

  it('sends the request as it was encoded, and returns the response', async () => {
    const seen: unknown[] = [];
    const { url } = await http((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (chunk: string) => {
        body += chunk;
      });
      request.on('end', () => {
        const { authorization, 'user-agent': agent, 'content-type': type } = request.headers;
        seen.push({ method: request.method, url: request.url, authorization, agent, type, body });
        response.writeHead(429, { 'Retry-After': '7', 'X-Many': ['a', 'b'] }).end('{"title":"Straße"}');
      });
    });
    expect(await sender().send(post(url, '{"title":"☃"}'))).toEqual({
      response: {
        status: 429,
        headers: expect.objectContaining({ 'retry-after': '7', 'x-many': 'a, b' }),
        body: '{"title":"Straße"}',
        incomplete: false,
      },
    });
    expect(seen).toEqual([
      {
        method: 'POST',
        url: '/v1/events',
        authorization: 'Bearer secret',
        agent: 'Convey/test',
        type: 'application/json',
        body: '{"title":"☃"}',
      },
    ]);
  });

  it('returns notSent for a closed port', async () => {
    const { url } = await http(() => undefined);
    const [{ server } = { server: undefined }] = servers.splice(0);
    await new Promise((resolve) => server?.close(resolve));
    expect(await sender().send(post(url))).toEqual({ notSent: 'ECONNREFUSED' });
  });

  it('returns notSent for a name that does not resolve', async () => {
    const sent = await sender().send(post(`http://${'a'.repeat(64)}.example/v1/events`));
    expect(sent).toEqual({ notSent: expect.stringMatching(/^(ENOTFOUND|EAI_AGAIN)$/) });
  });

  it('returns unknown for a connection that is reset after the request', async () => {
    const { url } = await raw((socket) => socket.resetAndDestroy());
    expect(await sender().send(post(url))).toEqual({ unknown: expect.any(String) });
  });

  it('returns unknown for a connection that is closed without a response', async () => {
    const { url } = await raw((socket) => socket.end());
    expect(await sender().send(post(url))).toEqual({ unknown: expect.any(String) });
  });

  it('returns unknown for a platform that never responds, after the timeout at the latest', async () => {
    const { url } = await raw(() => undefined);
    const from = performance.now();
    expect(await sender(150).send(post(url))).toEqual({ unknown: 'TIMEOUT' });
    expect(performance.now() - from).toBeGreaterThanOrEqual(140);
    expect(performance.now() - from).toBeLessThan(10_000);
  });

  it('stops a platform that responds byte by byte forever at the timeout', async () => {
    const { url } = await raw((socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n');
      const drip = setInterval(() => socket.write('x'), 20);
      socket.once('close', () => clearInterval(drip));
    });
    const from = performance.now();
    expect(await sender(1_500).send(post(url))).toMatchObject({ response: { status: 200, incomplete: 'cut' } });
    expect(performance.now() - from).toBeLessThan(10_000);
  });

  it('reads a response of 64 KiB completely, and truncates one more byte', async () => {
    const { url } = await http((request, response) => {
      request.resume();
      response.end('x'.repeat(Number(request.headers['x-size'])));
    });
    const requestSize = (size: number) => sender().send({ ...post(url), headers: { 'x-size': String(size) } });
    expect(await requestSize(65_536)).toMatchObject({ response: { body: 'x'.repeat(65_536), incomplete: false } });
    expect(await requestSize(65_537)).toMatchObject({ response: { body: 'x'.repeat(65_536), incomplete: 'too-long' } });
  });

  it('keeps the beginning of a truncated response and marks it incomplete', async () => {
    const { url } = await raw((socket) => socket.end('HTTP/1.1 400 Bad Request\r\ncontent-length: 100\r\n\r\n{"error":'));
    expect(await sender().send(post(url))).toMatchObject({ response: { status: 400, body: '{"error":', incomplete: 'cut' } });
  });

  it('returns unknown for a server that does not speak HTTP', async () => {
    const { url } = await raw((socket) => socket.end('220 mail.example ESMTP\r\n'));
    expect(await sender().send(post(url))).toEqual({ unknown: expect.any(String) });
  });

  it('returns a redirect as a response and does not follow it', async () => {
    let redirectedCount = 0;
    const other = await http((_, response) => {
      redirectedCount += 1;
      response.end();
    });
    const { url } = await http((request, response) => {
      request.resume();
      response.writeHead(307, { location: other.url }).end();
    });
    expect(await sender().send(post(url))).toMatchObject({ response: { status: 307, headers: { location: other.url } } });
    expect(redirectedCount).toBe(0);
  });

  it('takes no connection from others at the same address if a platform hangs', async () => {
    const { url } = await http((request, response) => {
      request.resume();
      if (request.headers['x-hang'] === undefined) response.end('ok');
    });
    const shared = sender(1_000);
    const hanging = Array.from({ length: 4 }, () => shared.send({ ...post(url), headers: { 'x-hang': '1' } }));
    expect(await shared.send(post(url))).toMatchObject({ response: { status: 200 } });
    expect(await Promise.all(hanging)).toEqual(Array.from({ length: 4 }, () => ({ unknown: 'TIMEOUT' })));
  });
});

describe('a hostile platform', () => {
  const answering = (bytes: string | Uint8Array) => raw((socket) => void socket.end(bytes));

  it('is cut off at 64 KiB of an endless body, and keeps no resources', async () => {
    let isLetGo = false;
    const { url } = await raw((socket) => {
      socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n');
      const more = () => {
        while (socket.write(`10000\r\n${'x'.repeat(0x10000)}\r\n`));
      };
      socket.on('drain', more).once('close', () => {
        isLetGo = true;
      });
      more();
    });
    const sent = await sender(20_000).send(post(url));
    expect(sent).toMatchObject({ response: { status: 200, body: 'x'.repeat(65_536), incomplete: 'too-long' } });
    await expect.poll(() => isLetGo, { timeout: 15_000 }).toBe(true);
  });

  it('is given up if it sends endless headers', async () => {
    const { url } = await raw((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n');
      const more = () => {
        while (!socket.destroyed && socket.write(`x-${'y'.repeat(1_000)}: ${'z'.repeat(1_000)}\r\n`));
      };
      socket.on('drain', more);
      more();
    });
    expect(await sender(20_000).send(post(url))).toEqual({ unknown: expect.stringMatching(/OVERFLOW|ECONNRESET|UND_ERR/) });
  });

  it('is given up at the timeout if it only sends interim responses', async () => {
    const { url } = await raw((socket) => {
      const more = setInterval(() => socket.write('HTTP/1.1 102 Processing\r\n\r\n'), 5);
      socket.once('close', () => clearInterval(more));
    });
    expect(await sender(300).send(post(url))).toEqual({ unknown: expect.any(String) });
  });

  it('has a compressed response read as it is: nothing is decompressed', async () => {
    const packed = gzipSync(Buffer.alloc(10_000_000));
    const head = `HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: ${packed.length}\r\n\r\n`;
    const { url } = await answering(Buffer.concat([Buffer.from(head), packed]));
    const sent = await sender().send(post(url));
    expect(sent).toMatchObject({ response: { status: 200, headers: { 'content-encoding': 'gzip' } } });
    expect('response' in sent && sent.response.body.length).toBeLessThan(65_537);
  });

  it('changes nothing of ours with invalid text or names of built-in properties', async () => {
    const body = Buffer.concat([
      Buffer.from('{"__proto__":{"admin":true},"a":"'),
      Buffer.from([0xff, 0xc0, 0x00]),
      Buffer.from('"}'),
    ]);
    const head = `HTTP/1.1 200 OK\r\n__proto__: 1\r\nconstructor: 2\r\ncontent-length: ${body.length}\r\n\r\n`;
    const { url } = await answering(Buffer.concat([Buffer.from(head), body]));
    const sent = await sender().send(post(url));
    expect(sent).toMatchObject({ response: { status: 200, body: '{"__proto__":{"admin":true},"a":"\ufffd\ufffd\u0000"}' } });
    expect('response' in sent && Object.getPrototypeOf(sent.response.headers)).toBe(Object.prototype);
    expect({}).not.toHaveProperty('admin');
  });
});

describe('private destinations without permission', () => {
  it.each([
    ['by its address', (url: string) => url],
    ['over https', (url: string) => url.replace('http:', 'https:')],
    ['by a name', (url: string) => url.replace('http:', 'https:').replace('127.0.0.1', 'localhost')],
  ])('loopback is refused %s, without a connection', async (_, spelt) => {
    const { url, connections } = await http((_request, response) => response.end());
    expect(await sender(1_000, false).send(post(spelt(url)))).toEqual({ notSent: expect.any(String) });
    expect(connections()).toBe(0);
  });

  it('a name that resolves to loopback is refused on an allowed port, without a connection', async () => {
    expect(await sender(1_000, false).send(post('https://localhost:8443/v1/events'))).toEqual({ notSent: 'EPRIVATE' });
  });
});
