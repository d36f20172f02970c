import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Server as NetServer } from 'node:net';
import { limitedNetworks } from '../../net/ip-address.ts';
import { createLimitTable, type LimitTable, limitSizes } from '../limits/limit-table.ts';
import { createHonoListener, type ServedApp } from './hono-listener.ts';
import { limitPendingRequests } from './pending-requests.ts';

/** The limits of one connection. Node's own defaults are meant for trusted clients. */
export const connectionLimits = {
  headersTimeout: 10_000,
  requestTimeout: 15_000,
  connectionsCheckingInterval: 500,
  /**
   * Node closes a second later, and a graceful stop later than that. A proxy must close its idle connections sooner, or one of its requests may arrive at a closed connection.
   */
  keepAliveTimeout: 5_000,
  maxHeaderSize: 16_384,
  maxConnections: 10_000,
  /** The number of connections that wait to be accepted. The kernel drops more, and their clients try again only a second later. */
  backlog: 4_096,
  maxRequestsPerSocket: 1_000,
  /**
   * The time without a byte in either direction, because the client does not send its request or does not read the response. It would also
   * cut off a slow handler, but no handler is so slow: an append is refused after 5 s, and a shop's privacy request waits 4 s. Between two
   * requests `keepAliveTimeout` applies instead.
   */
  idleTimeout: 30_000,
  /** Whether an idle connection is kept while a handler works on its request, or streams and has nothing to send. */
  waitsForHandlers: false,
  /**
   * The number of requests of one connection that are handled at a time. Browsers and common proxies wait for a response before they send
   * the next.
   */
  maxPipelined: 16,
  /** The number of requests of one connection that wait until fewer are handled. A connection that sends more is closed. */
  maxWaiting: 64,
};

/**
 * For the dashboard: a request of a signed-in account may take long, and an event stream stays open. Node checks the progress of a write
 * once in `idleTimeout`, so that a client which stops reading is cut off after 15 to 30 s.
 */
export const dashboardConnectionLimits = {
  ...connectionLimits,
  maxConnections: 1_000,
  idleTimeout: 15_000,
  waitsForHandlers: true,
};

/** The limit of connections of one client network. */
export interface PerNetworkLimit {
  readonly max: number;
  /** The number of open connections by network. By default it is this server's own. */
  readonly open?: LimitTable;
  /** Returns the network that a connection counts for, by its remote address; `undefined` if it is not limited. */
  readonly getNetwork: (remoteAddress: string) => string | undefined;
  /** Called for each connection that is closed because its network has too many. */
  readonly onLimit?: (peer: string) => void;
}

/** A server that accepts connections. */
export interface RunningServer {
  readonly port: number;
  readonly url: string;
  /**
   * Lets each connection end with its next response, which says so: a proxy would otherwise send a request on a connection that is being closed.
   * New connections are accepted.
   */
  drain(): void;
  /** Stops accepting connections, lets requests in flight finish for up to `graceMs`, then closes the rest. */
  close(graceMs: number): Promise<void>;
}

/** Handles a request and returns true, or returns false without any effect, so that the Hono app handles it. */
export type DirectHandler = (incoming: IncomingMessage, outgoing: ServerResponse) => boolean;

interface App extends ServedApp {
  /** Is asked before Hono. */
  readonly handleDirectly?: DirectHandler;
}

interface ServerOptions {
  readonly host: string;
  readonly port: number;
  readonly limits?: typeof connectionLimits;
  readonly perPeer?: PerNetworkLimit;
  /** Shares the port with other threads that do, among which the kernel distributes the connections. */
  readonly reusePort?: boolean;
}

/** Serves the app over HTTP/1.1; port 0 uses a free port. Rejects if the address cannot be used. */
export async function startHttpServer(
  app: App,
  { host, port, limits = connectionLimits, perPeer, reusePort = false }: ServerOptions,
): Promise<RunningServer> {
  const { maxConnections, backlog, maxRequestsPerSocket, idleTimeout, waitsForHandlers, maxPipelined, maxWaiting, ...options } =
    limits;
  const listener = createHonoListener(app);
  const server = createServer(options);
  const drain = limitPendingRequests(server, { maxPipelined, maxWaiting, waitsForHandlers }, (incoming, outgoing) => {
    if (app.handleDirectly?.(incoming, outgoing) !== true) listener(incoming, outgoing);
  });
  server.maxConnections = maxConnections;
  server.maxRequestsPerSocket = maxRequestsPerSocket;
  server.timeout = idleTimeout;
  if (perPeer) limitConnections(server, perPeer);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host, backlog, reusePort }, resolve);
  });
  const address = server.address();
  const actualPort = typeof address === 'object' && address !== null ? address.port : port;
  const name = host.includes(':') ? `[${host}]` : host;
  return {
    port: actualPort,
    url: `http://${name}:${actualPort}`,
    drain,
    close(graceMs) {
      drain();
      return closeServer(server, graceMs);
    },
  };
}

/**
 * Closes the connections of a network beyond its limit at once. The /56 and the /48 of an IPv6 network have 4 and 16 times the limit. The
 * counters are bounded by the number of connections.
 */
function limitConnections(
  server: Server,
  { max: most, open = createLimitTable(limitSizes.connections), getNetwork: of, onLimit }: PerNetworkLimit,
): void {
  const count = (network: string, change: 1 | -1) => {
    const connections = (open.get(network)?.value ?? 0) + change;
    if (connections > 0) open.set(network, connections, 0);
    else open.delete(network);
  };
  server.on('connection', (socket) => {
    const peer = socket.remoteAddress === undefined ? undefined : of(socket.remoteAddress);
    if (peer === undefined) return;
    const ranges = limitedNetworks(peer);
    const isAdmitted = open.exclusively(() => {
      if (ranges.some(({ network, factor }) => (open.get(network)?.value ?? 0) >= most * factor)) return false;
      for (const { network } of ranges) count(network, 1);
      return true;
    });
    if (!isAdmitted) {
      socket.destroy();
      onLimit?.(peer);
      return;
    }
    socket.once('close', () =>
      open.exclusively(() => {
        for (const { network } of ranges) count(network, -1);
      }),
    );
  });
}

/** The longest wait for a moment without new connections. */
const quietWithinMs = 200;
/** The wait for the first request of a connection that was opened just before the port closed. */
const firstRequestMs = 250;

/** Closes the port at a moment without new connections, because the kernel resets one that waits to be accepted. */
async function closeServer(server: Server, graceMs: number): Promise<void> {
  const cut = setTimeout(() => server.closeAllConnections(), graceMs);
  let isBusy = true;
  const noteWork = () => {
    isBusy = true;
  };
  server.on('connection', noteWork).on('request', noteWork);
  for (const until = performance.now() + quietWithinMs; isBusy && performance.now() < until; ) {
    isBusy = false;
    await new Promise((resolve) => setTimeout(resolve, 1));
    // Directly after Node has looked for new connections.
    await new Promise((resolve) => setImmediate(resolve));
  }
  // The first request of a new connection may be on its way. Node's own `close` for HTTP would reset it.
  const closed = new Promise<void>((resolve) => NetServer.prototype.close.call(server, () => resolve()));
  const cutIdle = setTimeout(() => server.closeIdleConnections(), Math.min(graceMs, firstRequestMs));
  await closed;
  clearTimeout(cut);
  clearTimeout(cutIdle);
}
