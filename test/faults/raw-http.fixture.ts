import { connect } from 'node:net';

/** What a raw socket heard. */
export interface RawAnswer {
  /** Of each answer, in order. */
  readonly statuses: readonly number[];
  readonly text: string;
  /** Whether the server closed the connection. */
  readonly isClosed: boolean;
}

const patienceMs = 30_000;

/**
 * Writes bytes as they are, and hears until the server closes, which it must within 30 s. Where it hears nothing for `quietMs` it ends
 * its own side, as a request does that breaks off.
 */
export function raw(url: string, bytes: string | Uint8Array, quietMs = patienceMs): Promise<RawAnswer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const parts: Buffer[] = [];
    const done = (isClosed: boolean) => {
      clearTimeout(tooLong);
      clearTimeout(quiet);
      socket.destroy();
      const text = Buffer.concat(parts).toString('latin1');
      resolve({ statuses: [...text.matchAll(/HTTP\/1\.[01] (\d{3}) /g)].map(([, status]) => Number(status)), text, isClosed });
    };
    const tooLong = setTimeout(() => done(false), patienceMs);
    const quiet = setTimeout(() => socket.end(), quietMs);
    const socket = connect({ port: Number(port), host: hostname, allowHalfOpen: true }, () => {
      socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
    });
    socket.on('data', (part: Buffer) => {
      clearTimeout(quiet);
      parts.push(part);
    });
    socket.on('error', () => undefined).on('close', () => done(true));
    socket.on('end', () => socket.destroy());
  });
}
