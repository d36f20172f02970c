import { chmodSync, rmSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { ConveyError, errorMessage } from '../errors.ts';

/** The longest time that a listener waits at shutdown for its open requests. */
export const requestGraceMs = 5_000;

const portHint = 'To change the port of one run, use `convey start --port PORT`';

/** @throws ConveyError naming the setting to change. */
export async function listenOrExplain<T>(
  { host, port }: { host: string; port: number },
  key: 'collector' | 'dashboard',
  listening: () => Promise<T>,
): Promise<T> {
  try {
    return await listening();
  } catch (error) {
    const isInUse = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
    throw new ConveyError(
      `Cannot listen on ${host}:${port}: ${isInUse ? 'another process uses the port' : errorMessage(error)}`,
      `${isInUse ? 'If it is `npm run demo`, stop it with Ctrl-C. ' : ''}Set \`${key}.port\` to a free port, or to 0 for any, and \`${key}.host\` to an address of this machine${key === 'collector' ? `. ${portHint}` : ''}`,
    );
  }
}

export interface AdminSocket {
  /** Lets each connection end with its next response. */
  drain(): void;
  close(): Promise<void>;
}

/** Serves the admin API to the CLI on a Unix socket that only this user can open. */
export async function listenOnAdminSocket(path: string, listener: RequestListener): Promise<AdminSocket> {
  rmSync(path, { force: true }); // left by a crash: this process holds the folder's lock
  let isDraining = false;
  const server = createServer((incoming, outgoing) => {
    if (isDraining) outgoing.shouldKeepAlive = false;
    listener(incoming, outgoing);
  });
  const mask = process.umask(0o177);
  try {
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(path, resolve));
  } finally {
    process.umask(mask);
  }
  chmodSync(path, 0o600);
  return {
    drain: () => {
      isDraining = true;
    },
    close: () => closeServer(server),
  };
}

export function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  return closed;
}
