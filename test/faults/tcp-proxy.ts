import { connect, createServer, type Socket } from 'node:net';

/** The proxy's handling of one request and its response. */
export type Transfer =
  | 'complete'
  /** The request is lost, and the connection is reset. */
  | 'request-lost'
  /** The connection breaks after this many bytes of the response. */
  | { readonly responseBytes: number }
  /** The request arrives, but the proxy returns neither a response nor the end of the connection. */
  | 'silence';

export interface TcpProxy {
  readonly url: string;
  /** Called for each request. */
  chooseTransfer: () => Transfer;
  /** In each direction. */
  delayMs: number;
  close(): Promise<void>;
}

/** Starts a TCP proxy to `url` on loopback with a delay and faults. Each connection may have one request in flight. */
export async function startTcpProxy(url: string): Promise<TcpProxy> {
  const { hostname, port } = new URL(url);
  const openSockets = new Set<Socket>();
  const track = (socket: Socket) => {
    openSockets.add(socket);
    socket.on('error', () => socket.destroy()).once('close', () => openSockets.delete(socket));
  };
  const server = createServer((client) => {
    const upstream = connect({ host: hostname, port: Number(port) });
    track(client);
    track(upstream);
    let transfer: Transfer = 'complete';
    let hasResponse = true;
    let bytesLeft = 0;
    client.on('data', (chunk) => {
      if (hasResponse) {
        transfer = proxy.chooseTransfer();
        bytesLeft = typeof transfer === 'object' ? transfer.responseBytes : Number.POSITIVE_INFINITY;
      }
      hasResponse = false;
      if (transfer === 'request-lost') client.resetAndDestroy();
      else setTimeout(() => upstream.write(chunk), proxy.delayMs);
    });
    upstream.on('data', (chunk) => {
      hasResponse = true;
      if (transfer === 'silence') return;
      setTimeout(() => {
        const forwarded = chunk.subarray(0, bytesLeft);
        bytesLeft -= forwarded.length;
        client.write(forwarded, () => bytesLeft <= 0 && client.destroy());
      }, proxy.delayMs);
    });
    client.once('close', () => upstream.destroy());
    upstream.once('close', () => transfer !== 'silence' && setTimeout(() => client.destroy(), proxy.delayMs));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const proxy: TcpProxy = {
    url: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`,
    chooseTransfer: () => 'complete',
    delayMs: 0,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of openSockets) socket.destroy();
      }),
  };
  return proxy;
}
