import { once } from 'node:events';
import { createAdaptorServer, type HttpBindings } from '@hono/node-server';
import type { Hono } from 'hono';

export interface RunningServer {
  /** Has no slash at its end. */
  readonly url: string;
  readonly port: number;
  /** Cuts open connections, requests in flight included. */
  close(): Promise<void>;
}

/** Serves a Hono app over HTTP/1.1. Port 0 takes a free port. Rejects if the port is taken or the host is not local. */
export async function startServer(
  app: Hono<{ Bindings: HttpBindings }>,
  { host, port: requestedPort }: { host: string; port: number },
): Promise<RunningServer> {
  const server = createAdaptorServer({ fetch: app.fetch, hostname: host });
  server.listen(requestedPort, host);
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://${toReachableHost(host)}:${port}`,
    port,
    close: async () => {
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      if ('closeAllConnections' in server) server.closeAllConnections();
      await closed;
    },
  };
}

function toReachableHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
