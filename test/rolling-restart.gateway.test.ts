import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { findFreePort } from '../scripts/free-port.ts';
import { eventually, makeFolder, purchase, secretKey, startGatewayProcess, startSink, writeKey } from './gateway.fixture.ts';
import { isInstalled, startNginx } from './proxy.fixture.ts';

const withNginx = isInstalled('nginx', '-v') && isInstalled('openssl', 'version');
const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanups.splice(0).toReversed()) await cleanUp();
});

interface Tally {
  answered: number;
  /** The new connections that a closed port refused. */
  refused: number;
  /** The connections that were reset without an answer, such as those that wait in a port's queue when it closes. */
  reset: number;
  readonly failures: string[];
}

/** Runs clients that send one request after another. Returns a function that ends them. */
function startClients(count: number, tally: Tally, send: (id: string) => Promise<string | undefined>): () => Promise<unknown> {
  let isOver = false;
  const run = async (client: number) => {
    for (let number = 0; !isOver; number += 1) {
      const failure = await send(`c-${client}-${number}`).catch(String);
      if (failure === undefined) tally.answered += 1;
      else if (failure.includes('ECONNREFUSED')) tally.refused += 1;
      else if (failure.includes('ECONNRESET')) tally.reset += 1;
      else tally.failures.push(failure);
    }
  };
  const running = Array.from({ length: count }, (_, client) => run(client));
  return () => {
    isOver = true;
    return Promise.all(running);
  };
}

async function startGateway(port: number, threads: number) {
  const folder = makeFolder();
  const sink = await startSink();
  const site = { consent: { policy: 'granted' } };
  const config = folder.writeConfig(sink.url, { port, site, collector: { threads } });
  cleanups.push(folder.remove, sink.close);
  const start = async () => {
    const gateway = await startGatewayProcess(config);
    cleanups.push(() => gateway.kill());
    return gateway;
  };
  return { start, gateway: await start() };
}

it.each([1, 2])(
  'SIGTERM fails no request of busy connections, and each answer says that it is the last: %d threads',
  async (threads) => {
    const { gateway } = await startGateway(0, threads);
    const { hostname, port } = new URL(gateway.url);
    const agent = new Agent({ keepAlive: true, maxSockets: 8 });
    cleanups.push(() => agent.destroy());
    let isStopping = false;
    let last = 0;
    const sendDirectly = (path: string) => async (id: string) => {
      // Without a pause, clients and gateway would occupy the machine until the gateway ends.
      await sleep(2);
      const wasStopping = isStopping;
      const { promise, resolve, reject } = Promise.withResolvers<string | undefined>();
      const headers = { authorization: `Bearer ${secretKey}`, 'content-type': 'application/json' };
      const sent = request({ host: hostname, port, path, method: 'POST', agent, headers }, async (answer) => {
        const body = await text(answer);
        if (answer.headers.connection === 'close') last += 1;
        if (wasStopping && answer.headers.connection !== 'close') resolve('kept alive');
        else resolve(answer.statusCode === 202 ? undefined : `${answer.statusCode}: ${body}`);
      });
      sent.on('error', reject).end(JSON.stringify({ writeKey, events: [purchase(id)] }));
      return promise;
    };
    const tally: Tally = { answered: 0, refused: 0, reset: 0, failures: [] };
    const ends = [startClients(4, tally, sendDirectly('/v1/events')), startClients(4, tally, sendDirectly('/e'))];
    expect(await eventually(() => tally.answered > 200)).toBe(true);
    expect(last).toBe(0);
    process.kill(gateway.pid, 'SIGTERM');
    expect(await eventually(() => last > 0)).toBe(true);
    isStopping = true;
    const before = tally.answered;
    expect(await eventually(() => tally.answered > before + 200 || tally.failures.length > 0)).toBe(true);
    expect(tally).toMatchObject({ refused: 0, reset: 0 });
    // To the end of the process, also while its port closes. A closed port refuses connections, which are the balancer's: it had 7 s to learn
    // from `/readyz` that this gateway stops, and tries another one, as it does for a connection that is reset before its request.
    await gateway.ended;
    expect(await eventually(() => tally.refused > 0)).toBe(true);
    await Promise.all(ends.map((end) => end()));
    expect(tally.failures).toEqual([]);
    // At most one of each client waited in the queue when the port closed. On a machine without idle time there is no moment at which it is
    // empty, and the kernel resets those that wait, however the port is closed.
    expect(tally.reset).toBeLessThanOrEqual(8);
  },
);

it.runIf(withNginx)('a rolling restart of two gateways behind nginx fails no request', { timeout: 120_000 }, async () => {
  const ports = [await findFreePort(), await findFreePort()];
  const servers = [];
  for (const port of ports) servers.push(await startGateway(port, 1));
  const nginx = await startNginx(...ports);
  cleanups.push(nginx.stop);
  const tally: Tally = { answered: 0, refused: 0, reset: 0, failures: [] };
  const end = startClients(4, tally, async (id) => {
    await sleep(10);
    const body = JSON.stringify({ events: [purchase(id)] });
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${secretKey}` };
    const answer = await nginx.send({ path: '/v1/events', method: 'POST', body, headers });
    return answer.status === 202 ? undefined : `${answer.status}: ${answer.body}`;
  });
  for (const { gateway, start } of servers) {
    const before = tally.answered;
    expect(await eventually(() => tally.answered > before + 50)).toBe(true);
    process.kill(gateway.pid, 'SIGTERM');
    await gateway.ended;
    await start();
  }
  const before = tally.answered;
  expect(await eventually(() => tally.answered > before + 50)).toBe(true);
  await end();
  console.info(`rolling restart behind nginx: ${tally.failures.length} of ${tally.answered + tally.failures.length} failed`);
  expect(tally).toMatchObject({ refused: 0, reset: 0, failures: [] });
});
