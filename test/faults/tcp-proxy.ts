import { connect, createServer, type Socket } from 'node:net';

/** What becomes of one request and its answer on the way. */
export type OnTheWay =
  | 'arrives'
  /** The request is lost, and the connection breaks. */
  | 'request-lost'
  /** The answer breaks off after so many bytes. */
  | { readonly answerBytes: number }
  /** The request arrives and nothing comes back, not even an end: the other side is gone without a word. */
  | 'silence';

export interface Line {
  readonly url: string;
  /** Asked for each request. */
  next: () => OnTheWay;
  /** One way, in milliseconds. */
  delayMs: number;
  close(): Promise<void>;
}

/** A TCP line to `url` over loopback that is slow, breaks and goes silent as it is told. It carries one request at a time on each connection. */
export async function startLine(url: string): Promise<Line> {
  const { hostname, port } = new URL(url);
  const open = new Set<Socket>();
  const keep = (socket: Socket) => {
    open.add(socket);
    socket.on('error', () => socket.destroy()).once('close', () => open.delete(socket));
  };
  const server = createServer((near) => {
    const far = connect({ host: hostname, port: Number(port) });
    keep(near);
    keep(far);
    let way: OnTheWay = 'arrives';
    let isAnswered = true;
    let left = 0;
    near.on('data', (chunk) => {
      if (isAnswered) {
        way = line.next();
        left = typeof way === 'object' ? way.answerBytes : Number.POSITIVE_INFINITY;
      }
      isAnswered = false;
      if (way === 'request-lost') near.resetAndDestroy();
      else setTimeout(() => far.write(chunk), line.delayMs);
    });
    far.on('data', (chunk) => {
      isAnswered = true;
      if (way === 'silence') return;
      setTimeout(() => {
        const passed = chunk.subarray(0, left);
        left -= passed.length;
        near.write(passed, () => left <= 0 && near.destroy());
      }, line.delayMs);
    });
    near.once('close', () => far.destroy());
    far.once('close', () => way !== 'silence' && setTimeout(() => near.destroy(), line.delayMs));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const line: Line = {
    url: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`,
    next: () => 'arrives',
    delayMs: 0,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  };
  return line;
}
