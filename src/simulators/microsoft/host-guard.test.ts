import { afterEach, expect, it } from 'vitest';
import { sendToHost } from '../kit/http/host-guard.fixture.ts';
import type { MicrosoftSimulator } from './simulator.ts';
import { startMicrosoftSimulator } from './simulator.ts';

let simulator: MicrosoftSimulator | undefined;
afterEach(() => simulator?.close());

it('a foreign host name can use only the routes of the tag', async () => {
  simulator = await startMicrosoftSimulator({ port: 0 });
  const { port } = simulator;
  const send = (method: string, path: string, host = 'shop.example') => sendToHost(port, host, method, path);
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
