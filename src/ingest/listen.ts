import { createServer, type Server } from 'node:http';
import { getRequestListener, type Http2Bindings, type HttpBindings } from '@hono/node-server';

/** What one connection may cost: Node's own bounds are meant for trusted clients. */
export const connectionLimits = {
  headersTimeout: 10_000,
  requestTimeout: 15_000,
  connectionsCheckingInterval: 1_000,
  keepAliveTimeout: 5_000,
  maxHeaderSize: 16_384,
  maxConnections: 10_000,
  maxRequestsPerSocket: 1_000,
};

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
  { host, port, limits = connectionLimits }: { host: string; port: number; limits?: typeof connectionLimits },
): Promise<Served> {
  const { maxConnections, maxRequestsPerSocket, ...options } = limits;
  const listener = getRequestListener(app.fetch);
  const server = createServer(options, (incoming, outgoing) => void listener(incoming, outgoing));
  server.maxConnections = maxConnections;
  server.maxRequestsPerSocket = maxRequestsPerSocket;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const address = server.address();
  const taken = typeof address === 'object' && address !== null ? address.port : port;
  const name = host.includes(':') ? `[${host}]` : host;
  return { port: taken, url: `http://${name}:${taken}`, close: (graceMs) => close(server, graceMs) };
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
