import { createServer, type Server } from 'node:http';
import { getRequestListener, type Http2Bindings, type HttpBindings } from '@hono/node-server';

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
};

/** For callers who wait long for an answer, and are known. */
export const patientLimits = { ...connectionLimits, idleTimeout: 0 };

/** How many connections one peer may have at a time. */
export interface PerPeer {
  readonly most: number;
  /** Whom a connection counts for, by the address that it came from; `undefined` counts for nobody. */
  readonly of: (remoteAddress: string) => string | undefined;
  /** Told of each connection that was closed because there were too many, and for whom it counted. */
  readonly onCrowd?: (peer: string) => void;
}

/** An app that is being served. */
export interface Served {
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
export async function serveCollector(
  app: App,
  {
    host,
    port,
    limits = connectionLimits,
    perPeer,
  }: { host: string; port: number; limits?: typeof connectionLimits; perPeer?: PerPeer },
): Promise<Served> {
  const { maxConnections, maxRequestsPerSocket, idleTimeout, ...options } = limits;
  const listener = getRequestListener(app.fetch);
  const server = createServer(options, (incoming, outgoing) => void listener(incoming, outgoing));
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

/** Closes at once what a peer opens beyond its share. What is counted is as bounded as the connections are. */
function boundPeers(server: Server, { most, of, onCrowd }: PerPeer): void {
  const open = new Map<string, number>();
  server.on('connection', (socket) => {
    const peer = socket.remoteAddress === undefined ? undefined : of(socket.remoteAddress);
    if (peer === undefined) return;
    const own = open.get(peer) ?? 0;
    if (own >= most) {
      socket.destroy();
      onCrowd?.(peer);
      return;
    }
    open.set(peer, own + 1);
    socket.once('close', () => {
      const left = (open.get(peer) ?? 1) - 1;
      if (left > 0) open.set(peer, left);
      else open.delete(peer);
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
