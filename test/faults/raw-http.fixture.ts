import { connect } from 'node:net';

/** Everything that a raw socket received. */
export interface RawResponse {
  /** The status of each response, in order. */
  readonly statuses: readonly number[];
  readonly text: string;
  /** Whether the server closed the connection. */
  readonly isClosed: boolean;
}

const timeoutMs = 30_000;

/**
 * Sends bytes unchanged and reads until the server closes the connection, for at most 30 s. Ends its own side after `quietMs` without
 * data, as an interrupted request does.
 */
export function sendRaw(url: string, bytes: string | Uint8Array, quietMs = timeoutMs): Promise<RawResponse> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const parts: Buffer[] = [];
    const finish = (isClosed: boolean) => {
      clearTimeout(timeout);
      clearTimeout(quietTimer);
      socket.destroy();
      const text = Buffer.concat(parts).toString('latin1');
      resolve({ statuses: [...text.matchAll(/HTTP\/1\.[01] (\d{3}) /g)].map(([, status]) => Number(status)), text, isClosed });
    };
    const timeout = setTimeout(() => finish(false), timeoutMs);
    const quietTimer = setTimeout(() => socket.end(), quietMs);
    const socket = connect({ port: Number(port), host: hostname, allowHalfOpen: true }, () => {
      socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
    });
    socket.on('data', (part: Buffer) => {
      clearTimeout(quietTimer);
      parts.push(part);
    });
    socket.on('error', () => undefined).on('close', () => finish(true));
    socket.on('end', () => socket.destroy());
  });
}
