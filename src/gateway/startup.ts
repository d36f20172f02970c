import { chmodSync, rmSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { Config } from '../config/config.ts';
import { ConveyError, describeListenError, isPortInUse } from '../errors.ts';

/** The longest time that a listener waits at shutdown for its open requests. */
export const requestGraceMs = 5_000;

/** The option of `convey start` that sets the port of one run. */
const portOptions = { collector: '--port', dashboard: '--dashboard-port' } as const;

/** @throws ConveyError naming the setting and the option to change. */
export async function listenOrExplain<T>(
  { collector, dashboard }: Pick<Config, 'collector' | 'dashboard'>,
  key: keyof typeof portOptions,
  listening: () => Promise<T>,
): Promise<T> {
  const { host, port } = key === 'collector' ? collector : dashboard;
  try {
    return await listening();
  } catch (error) {
    const isOwn = isPortInUse(error) && collector.port === dashboard.port;
    throw new ConveyError(
      `Cannot listen on ${host}:${port}: ${isOwn ? 'collector and dashboard have the same port' : describeListenError(error)}`,
      `${isPortInUse(error) && !isOwn ? 'If it is `npm run demo`, stop it with Ctrl-C. ' : ''}Set \`${key}.port\` to a free port, or to 0 for any, and \`${key}.host\` to an address of this machine; or use \`convey start ${portOptions[key]} PORT\` for one run`,
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
