import { request } from 'node:http';
import { afterEach, expect, it } from 'vitest';
import { isOwnHost } from './own-host.ts';
import type { MicrosoftSimulator } from './simulator.ts';
import { startMicrosoftSimulator } from './simulator.ts';

let simulator: MicrosoftSimulator | undefined;
afterEach(() => simulator?.close());

it.each([
  ['127.0.0.1', ['localhost:9090', 'LOCALHOST', 'microsoft.localhost:1', '127.0.0.1:9090', '127.9.9.9', '[::1]:9090']],
  ['simulator', ['simulator:9090', 'localhost']],
  ['0.0.0.0', ['203.0.113.42:9090', 'localhost:9090', '[2001:db8::1]']],
])('a simulator on %s accepts only its own names', (host, names) => {
  for (const name of names) expect(isOwnHost(name, host), name).toBe(true);
  for (const name of [
    undefined,
    '',
    'shop.example',
    '127.0.0.1.shop.example',
    'localhost.shop.example:9090',
    '127.shop.example',
    'a@localhost',
    '[::1].shop.example',
  ])
    expect(isOwnHost(name, host), name).toBe(false);
  expect(isOwnHost('203.0.113.42:9090', host)).toBe(host === '0.0.0.0');
});

it('a foreign host name can use only the routes of the tag', async () => {
  simulator = await startMicrosoftSimulator({ port: 0 });
  const { port } = simulator;
  const send = (method: string, path: string, host = 'shop.example') =>
    new Promise<string>((resolve, reject) => {
      request({ host: '127.0.0.1', port, method, path, headers: { host } }, (answer) => {
        answer.setEncoding('utf8');
        let text = `${answer.statusCode} `;
        answer.on('data', (chunk: string) => {
          text += chunk;
        });
        answer.on('end', () => resolve(text));
      })
        .on('error', reject)
        .end();
    });
  const closed = [
    'GET /',
    'GET /journal',
    'DELETE /journal',
    'GET /journal/events',
    'GET /journal/syncs',
    'GET /faults',
    'POST /faults',
    'GET /goals',
    'POST /goals',
  ];
  for (const each of closed) {
    const [method = '', path = ''] = each.split(' ');
    expect(await send(method, path), each).toMatch(/^403 Unknown host name\./);
  }
  for (const path of ['/bat.js', '/action/0?ti=1&evt=pageLoad', '/c.gif']) expect(await send('GET', path)).toMatch(/^20[04] /);
  expect(await send('GET', '/goals', `localhost:${port}`)).toMatch(/^200 /);
});
