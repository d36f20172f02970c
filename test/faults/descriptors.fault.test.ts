import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, expect, it } from 'vitest';
import { eventually, makeFolder, purchase, secretKey, startGatewayProcess, startSink } from '../gateway.fixture.ts';
import { addFaultRow } from './fault-scale.ts';

const limit = 96;
const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanups.splice(0).toReversed()) await cleanUp();
});

it.skipIf(process.platform !== 'linux')(
  'a gateway whose file descriptors run out before its first delivery delivers when there are some again',
  async (context) => {
    const folder = makeFolder();
    const sink = await startSink();
    cleanups.push(folder.remove, sink.close);
    const config = folder.writeConfig(sink.url, { collector: { threads: 1, connectionsPerAddress: 1_000 } });
    const command = ['/bin/sh', '-c', `ulimit -n ${limit}; exec "$0" "$@"`, process.execPath] as const;
    const gateway = await startGatewayProcess(config, { command });
    cleanups.push(() => gateway.kill());
    const { hostname, port } = new URL(gateway.url);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const send = async (path: string, method: string, body?: string) => {
      const headers = { authorization: `Bearer ${secretKey}`, 'content-type': 'application/json' };
      const sent = request({ hostname, port, path, method, agent, headers });
      sent.end(body);
      const [answer] = await once(sent, 'response');
      await text(answer);
      return answer.statusCode;
    };
    // The first connection is open before the others take all descriptors.
    expect(await send('/readyz', 'GET')).toBe(200);
    const sockets: Socket[] = [];
    for (let number = 0; number < limit + 40; number += 1)
      sockets.push(connect(Number(port), hostname).on('error', () => undefined));
    cleanups.push(() => agent.destroy());
    await Promise.all(sockets.map((socket) => (socket.connecting ? once(socket, 'connect').catch(() => undefined) : undefined)));
    const ids = ['a', 'b', 'c', 'd', 'e'];
    for (const id of ids) expect(await send('/v1/events', 'POST', JSON.stringify({ events: [purchase(id)] }))).toBe(202);
    // The delivery has failed.
    expect(await eventually(() => /"(request settled|consumer crashed)"/.test(gateway.output()))).toBe(true);
    for (const socket of sockets) socket.destroy();
    expect(await eventually(() => sink.events().length >= ids.length)).toBe(true);
    addFaultRow(context, {
      fault: 'F5',
      scenario: 'connections take all file descriptors before the first delivery',
      amount: `${limit} descriptors`,
      expected: 'events are delivered once there are some',
      observed: `${sink.events().length} of ${ids.length} delivered`,
    });
  },
);
