import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, it } from 'vitest';
import { findFreePort } from '../scripts/free-port.ts';

async function listen(port: number) {
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return { port: address.port, close: () => server.close() };
}

it('a free port is below those that the system selects, and is not returned while a server uses it', async () => {
  const selected = await listen(0);
  const used = await listen(await findFreePort());
  expect(used.port).toBeLessThan(selected.port);
  const others = new Set<number>();
  for (let count = 0; count < 1_500; count += 1) others.add(await findFreePort());
  expect(others.size).toBeGreaterThan(900);
  expect(others.has(used.port)).toBe(false);
  selected.close();
  used.close();
});
