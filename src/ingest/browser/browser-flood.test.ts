import { connect, type Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { buildConnectionInfo, createCollectorDeps, createMemoryLog } from '../collector.fixture.ts';
import { createCollectorApp } from '../collector.ts';
import { secretKey, shop } from '../site.fixture.ts';
import { startCollector, view } from './browser-route.fixture.ts';

describe('a flood', () => {
  test('holds at most 2 MiB from one address, and another address is answered', async () => {
    const app = createCollectorApp(createCollectorDeps(createMemoryLog()));
    const ended: number[] = [];
    const endings: (() => void)[] = [];
    const slow = (address: string) => {
      let isOpen = true;
      const body = new ReadableStream<Uint8Array>({
        start(stream) {
          stream.enqueue(new Uint8Array(65_535));
          endings.push(() => isOpen && stream.close());
        },
        cancel() {
          isOpen = false;
        },
      });
      const request = new Request('http://gateway/e', { method: 'POST', body, ...{ duplex: 'half' } });
      return Promise.resolve(app.request(request, undefined, buildConnectionInfo(address))).then(({ status }) =>
        ended.push(status),
      );
    };
    // Its burst is 100 requests, so these come from four addresses.
    const flood = Array.from({ length: 320 }, (_, index) => slow(`203.0.113.${index % 4}`));
    await expect.poll(() => ended.length).toBe(320 - 4 * 32);
    expect(new Set(ended)).toEqual(new Set([503]));
    const body = JSON.stringify({ writeKey: shop.writeKey, events: [view('a')] });
    const post = async (address: string) =>
      (await app.request('/e', { method: 'POST', body }, buildConnectionInfo(address))).status;
    expect(await post('198.51.100.7')).toBe(202);
    expect(await post('203.0.113.1')).toBe(503);
    for (const end of endings) end();
    await Promise.all(flood);
    expect(await post('203.0.113.1')).toBe(202);
  });

  test('from many networks of one IPv6 prefix has 16 times the rate of one network', async () => {
    const rates = { ...createCollectorDeps(createMemoryLog()).rates, perAddress: { perSecond: 1, burst: 2 } };
    const { post } = await startCollector({ rates, proxies: { trustedProxies: ['127.0.0.1'] } });
    const from = async (address: string) => (await post({ events: [view('a')] }, { 'x-forwarded-for': address })).status;
    const statuses: number[] = [];
    for (let index = 0; index < 100; index += 1) statuses.push(await from(`2001:db8:1:${(index * 256).toString(16)}::1`));
    expect(statuses.filter((status) => status === 202)).toHaveLength(32);
    expect(await from('2001:db8:2::1')).toBe(202);
    // Addresses that embed IPv4 are limited separately.
    for (const embedded of ['::ffff:c633:640d', '::ffff:c633:640e', '64:ff9b::c633:640f'])
      expect([await from(embedded), await from(embedded), await from(embedded)]).toEqual([202, 202, 429]);
  });

  test("with slow bodies holds only bytes that have arrived, and none of the server API's limit", async () => {
    const { url, call, post } = await startCollector();
    const port = Number(new URL(url).port);
    const head = `POST /e HTTP/1.1\r\nHost: x\r\nContent-Length: 65000\r\n\r\n`;
    const sockets = Array.from({ length: 300 }, () =>
      connect(port, '127.0.0.1', function (this: Socket) {
        this.write(`${head}{`);
      }),
    );
    await expect.poll(() => sockets.every((socket) => socket.bytesWritten > head.length)).toBe(true);
    expect((await post({ events: [view('a')] })).status).toBe(202);
    const body = JSON.stringify({ events: [view('b')] });
    const answer = await call('/v1/events', { method: 'POST', body, headers: { authorization: `Bearer ${secretKey}` } });
    expect(answer.status).toBe(202);
    for (const socket of sockets) socket.destroy();
  });
});
