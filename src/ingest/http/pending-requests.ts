import type { RequestListener, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

const checkEveryMs = 1_000;

interface Limits {
  /** Requests of one connection that are handled at a time; the next ones wait. */
  readonly maxPipelined: number;
  /** Requests of one connection that wait. */
  readonly maxWaiting: number;
  /** If false, Node closes every connection that is silent for the server's `timeout`. */
  readonly waitsForHandlers: boolean;
}

/** The requests of a connection that are not fully answered. */
interface Pending {
  handled: number;
  readonly waiting: (() => void)[];
  /** The response to the newest of them. */
  newest: ServerResponse | undefined;
}

/**
 * Passes requests to `handle`, and closes a connection that sends more than may wait. A connection that does not read its responses is not
 * read either, so that bytes which it still sends do not count as progress. If `waitsForHandlers` is set, a connection is kept while its handler
 * works, or streams and has nothing to send.
 *
 * Returns a function that announces the end of all connections: from then on each ends with its next response.
 */
export function limitPendingRequests(
  server: Server,
  { maxPipelined, maxWaiting, waitsForHandlers }: Limits,
  handle: RequestListener,
): () => void {
  const connections = new Map<Socket, Pending>();
  let isDraining = false;
  server.on('connection', (socket: Socket) => {
    connections.set(socket, { handled: 0, waiting: [], newest: undefined });
    socket.once('close', () => connections.delete(socket));
  });
  server.on('request', (incoming, outgoing) => {
    const { socket } = incoming;
    const pending = connections.get(socket);
    // Node has already parsed the requests that arrived together when the connection is closed.
    if (!pending || socket.destroyed) return;
    if (isDraining) {
      // The connection ends after the last of the requests that it has sent already.
      if (pending.newest) pending.newest.shouldKeepAlive = true;
      outgoing.shouldKeepAlive = false;
    }
    pending.newest = outgoing;
    const start = () => {
      pending.handled += 1;
      outgoing.once('close', () => {
        pending.handled -= 1;
        if (pending.newest === outgoing) pending.newest = undefined;
        if (!socket.destroyed) pending.waiting.shift()?.();
      });
      handle(incoming, outgoing);
    };
    if (pending.handled < maxPipelined) start();
    else if (pending.waiting.length < maxWaiting) pending.waiting.push(start);
    else socket.destroy();
  });
  if (waitsForHandlers)
    server.on('timeout', (socket) => {
      const isHandled = (connections.get(socket)?.handled ?? 0) > 0;
      if (isHandled && socket.writableLength === 0) socket.setTimeout(server.timeout);
      else socket.destroy();
    });

  const timer = setInterval(() => {
    for (const [socket, { handled }] of connections) if (handled > 0) pauseWhileUnread(socket);
  }, checkEveryMs);
  timer.unref();
  server.once('close', () => clearInterval(timer));
  return () => {
    isDraining = true;
    for (const { newest } of connections.values()) if (newest) newest.shouldKeepAlive = false;
  };
}

function pauseWhileUnread(socket: Socket): void {
  if (!socket.writableNeedDrain || socket.isPaused()) return;
  socket.pause();
  socket.once('drain', () => socket.resume());
}
