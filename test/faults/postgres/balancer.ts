import { connect, createServer, type Socket } from 'node:net';
import { eventually } from '../../gateway.fixture.ts';
import { isInstalled } from '../../proxy.fixture.ts';
import { startHaproxy } from './haproxy.ts';

export interface Balancer {
  readonly url: string;
  /** Names the program. */
  readonly program: string;
  close(): Promise<void>;
}

/** Starts a load balancer before the addresses of several gateways, `host:port`: HAProxy if this machine has it, and otherwise a small one of the tests. */
export function startBalancer(addresses: readonly string[], folder: string): Promise<Balancer> {
  return isInstalled('haproxy', '-v') ? startHttpBalancer(addresses, folder) : startTcpBalancer(addresses);
}

async function startHttpBalancer(addresses: readonly string[], folder: string): Promise<Balancer> {
  const { port, close } = await startHaproxy(
    ['mode http', 'timeout connect 1s', 'timeout client 30s', 'timeout server 30s', 'option redispatch'],
    [
      'balance roundrobin',
      'option httpchk',
      'http-check send meth GET uri /readyz ver HTTP/1.1 hdr Host gateway',
      ...addresses.map((one, index) => `server node${index} ${one} check inter 500ms fall 1 rise 1`),
    ],
    folder,
  );
  const url = `http://127.0.0.1:${port}`;
  await eventually(() => fetch(url).then(Boolean, () => false), 5_000);
  return { url, program: 'HAProxy', close };
}

/** Starts a balancer that gives connections to the gateways in turn, and to the next one if a gateway refuses. */
async function startTcpBalancer(addresses: readonly string[]): Promise<Balancer> {
  const open = new Set<Socket>();
  let turn = 0;
  const track = (socket: Socket) => {
    open.add(socket);
    socket.on('error', () => socket.destroy()).once('close', () => open.delete(socket));
  };
  const join = (near: Socket, from: number, left: number) => {
    const [host, port] = addresses[from % addresses.length]?.split(':') ?? [];
    if (left === 0 || host === undefined) return void near.destroy();
    const far = connect({ host, port: Number(port) });
    let isConnected = false;
    track(far);
    far.once('connect', () => {
      isConnected = true;
      near.pipe(far);
      far.pipe(near);
      near.once('close', () => far.destroy());
    });
    far.once('close', () => (isConnected ? near.destroy() : join(near, from + 1, left - 1)));
  };
  const server = createServer((near) => {
    track(near);
    turn += 1;
    join(near, turn, addresses.length);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`,
    program: 'a TCP balancer',
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  };
}
