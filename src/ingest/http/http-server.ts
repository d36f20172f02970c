import { createServer, type Server } from 'node:http';
import { getRequestListener, type Http2Bindings, type HttpBindings } from '@hono/node-server';
import { limitedNetworks } from '../../net/ip-address.ts';
import { limitPendingRequests } from './pending-requests.ts';

/** What one connection may cost: Node's own bounds are meant for trusted clients. */
export const connectionLimits = {
  headersTimeout: 10_000,
  requestTimeout: 15_000,
  connectionsCheckingInterval: 500,
  /** Node closes a second later. A proxy has to close its idle connections sooner, or a request of it may meet the end of one. */
  keepAliveTimeout: 5_000,
  maxHeaderSize: 16_384,
  maxConnections: 10_000,
  maxRequestsPerSocket: 1_000,
  /**
   * Neither side sent a byte for so long: a request is not sent, or its answer is not read. It would cut a slow handler too; none is so slow,
   * since an append is refused after 5 s and a customer's request waits 4 s. Between two requests `keepAliveTimeout` counts in its place.
   */
  idleTimeout: 30_000,
  /** An idle connection is kept while a handler works on its request, or streams and has nothing to send. */
  waitsForHandlers: false,
  /** Requests of one connection that are handled at a time. Browsers and common proxies wait for an answer before they send the next. */
  maxPipelined: 16,
  /** Requests of one connection that wait until fewer are handled. A connection that sends more is closed. */
  maxWaiting: 64,
};

/**
 * For the dashboard: a request of somebody who is signed in may take long, and a stream of events stays open. Node looks for progress of a
 * write once in `idleTimeout`, so that a client that stops reading is cut off after 15 to 30 s.
 */
export const dashboardConnectionLimits = {
  ...connectionLimits,
  maxConnections: 1_000,
  idleTimeout: 15_000,
  waitsForHandlers: true,
};

/** How many connections one peer may have at a time. */
export interface PerNetworkLimit {
  readonly most: number;
  /** Whom a connection counts for, by the address that it came from; `undefined` counts for nobody. */
  readonly of: (remoteAddress: string) => string | undefined;
  /** Told of each connection that was closed because there were too many, and for whom it counted. */
  readonly onCrowd?: (peer: string) => void;
}

/** An app that is being served. */
export interface RunningServer {
  readonly port: number;
  readonly url: string;
  /** Stops accepting, lets requests in flight finish for up to `graceMs`, then cuts what is left. */
  close(graceMs: number): Promise<void>;
}

/** A Hono app, as far as it is served. */
interface App {
  fetch(request: Request, env: HttpBindings | Http2Bindings): Response | Promise<Response>;
}

/** Serves the app over HTTP/1.1; port 0 takes a free one. Rejects when the address cannot be taken. */
export async function startHttpServer(
  app: App,
  {
    host,
    port,
    limits = connectionLimits,
    perPeer,
  }: { host: string; port: number; limits?: typeof connectionLimits; perPeer?: PerNetworkLimit },
): Promise<RunningServer> {
  const { maxConnections, maxRequestsPerSocket, idleTimeout, waitsForHandlers, maxPipelined, maxWaiting, ...options } = limits;
  const listener = getRequestListener(app.fetch);
  const server = createServer(options);
  limitPendingRequests(
    server,
    { maxPipelined, maxWaiting, waitsForHandlers },
    (incoming, outgoing) => void listener(incoming, outgoing),
  );
  server.maxConnections = maxConnections;
  server.maxRequestsPerSocket = maxRequestsPerSocket;
  server.timeout = idleTimeout;
  if (perPeer) boundPeers(server, perPeer);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const address = server.address();
  const taken = typeof address === 'object' && address !== null ? address.port : port;
  const name = host.includes(':') ? `[${host}]` : host;
  return { port: taken, url: `http://${name}:${taken}`, close: (graceMs) => close(server, graceMs) };
}

/**
 * Closes at once what a peer opens beyond its share. The /56 and the /48 of an IPv6 peer have 4 and 16 times the share. What is counted is
 * as bounded as the connections are.
 */
function boundPeers(server: Server, { most, of, onCrowd }: PerNetworkLimit): void {
  const open = new Map<string, number>();
  const count = (network: string, change: 1 | -1) => {
    const connections = (open.get(network) ?? 0) + change;
    if (connections > 0) open.set(network, connections);
    else open.delete(network);
  };
  server.on('connection', (socket) => {
    const peer = socket.remoteAddress === undefined ? undefined : of(socket.remoteAddress);
    if (peer === undefined) return;
    const ranges = limitedNetworks(peer);
    if (ranges.some(({ network, factor }) => (open.get(network) ?? 0) >= most * factor)) {
      socket.destroy();
      onCrowd?.(peer);
      return;
    }
    for (const { network } of ranges) count(network, 1);
    socket.once('close', () => {
      for (const { network } of ranges) count(network, -1);
    });
  });
}

function close(server: Server, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), graceMs);
    server.close(() => {
      clearTimeout(cut);
      resolve();
    });
    server.closeIdleConnections();
  });
}
