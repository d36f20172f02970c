import { connect, createServer, type Socket } from 'node:net';

/** The directions in which a cut line loses everything. Neither end notices, as when a cable is cut. */
export type Cut = 'requests' | 'replies' | 'both';

/** A TCP line between two processes, which a test cuts. */
export interface Line {
  readonly port: number;
  /** The port that new connections lead to. Undefined: connections are refused. */
  target: number | undefined;
  /** The lost bytes are sent on after `mend`, as TCP does. */
  cut(directions: Cut): void;
  mend(): void;
  /** Breaks all connections. */
  reset(): void;
  close(): Promise<void>;
}

/** Starts a line to a port on loopback. */
export async function startLine(target: number): Promise<Line> {
  const pairs = new Set<{ readonly near: Socket; readonly far: Socket }>();
  let state: Cut | undefined;
  const loses = (direction: Cut) => state === 'both' || state === direction;
  const flow = (from: Socket, to: Socket, direction: Cut) => {
    from.on('data', (chunk) => {
      if (!to.write(chunk)) from.pause();
      if (loses(direction)) from.pause();
    });
    to.on('drain', () => loses(direction) || from.resume());
    from.on('error', () => from.destroy());
    // A cut line loses the end of a connection too.
    from.once('close', () => (state === undefined ? to.destroy() : undefined));
    if (loses(direction)) from.pause();
  };
  const server = createServer((near) => {
    if (line.target === undefined) return void near.resetAndDestroy();
    const far = connect({ host: '127.0.0.1', port: line.target });
    const pair = { near, far };
    pairs.add(pair);
    flow(near, far, 'requests');
    flow(far, near, 'replies');
    for (const socket of [near, far]) socket.once('close', () => near.destroyed && far.destroyed && pairs.delete(pair));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const pauseOrResume = () => {
    for (const { near, far } of pairs) {
      if (loses('requests')) near.pause();
      else near.resume();
      if (loses('replies')) far.pause();
      else far.resume();
    }
  };
  const line: Line = {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    target,
    cut(directions) {
      state = directions;
      pauseOrResume();
    },
    mend() {
      state = undefined;
      pauseOrResume();
      for (const { near, far } of pairs) {
        if (near.destroyed) far.destroy();
        if (far.destroyed) near.destroy();
      }
    },
    reset() {
      for (const { near, far } of pairs) for (const socket of [near, far]) socket.resetAndDestroy();
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        line.reset();
      }),
  };
  return line;
}
