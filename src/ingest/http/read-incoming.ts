import type { IncomingMessage } from 'node:http';

/** Reads the `length` bytes of a body. Rejects if the connection closes before. */
export function readIncoming(incoming: IncomingMessage, length: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    let received = 0;
    incoming.on('data', (part: Buffer) => {
      received += part.length;
      parts.push(part);
      if (received < length) return;
      const [only] = parts;
      resolve(parts.length === 1 && only ? only : Buffer.concat(parts));
    });
    // Is also emitted after the body.
    incoming.on('close', () => {
      if (received < length) reject(new Error('The connection closed before the whole body arrived'));
    });
  });
}
