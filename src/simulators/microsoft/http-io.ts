import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Body } from './events-api/events-endpoint.ts';
import { readBody } from './events-api/events-endpoint.ts';
import type { Settings } from './settings.ts';

/** Reads to the end even what is too large, so that the sender gets to read the answer; the excess is not kept. */
export async function readRequest(request: IncomingMessage, { maxBodyBytes, maxBodyDepth }: Settings): Promise<Body> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    if (!Buffer.isBuffer(chunk)) continue;
    bytes += chunk.length;
    if (bytes <= maxBodyBytes) chunks.push(chunk);
    else chunks.length = 0;
  }
  return bytes > maxBodyBytes ? { bytes: 0, problem: 'too-large' } : readBody(Buffer.concat(chunks), maxBodyDepth);
}

/** An object goes as JSON, a string as HTML, bytes as they are. */
export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: object | string | Uint8Array | null;
}

export function send(response: ServerResponse, reply: Reply): void {
  response.end(start(response, reply));
}

/** Promises the whole answer, sends half of it and hangs up. */
export function sendTruncated(response: ServerResponse, reply: Reply): void {
  const bytes = start(response, reply);
  response.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => response.socket?.end());
}

/** Sends the status and the headers; returns the body's bytes. */
function start(response: ServerResponse, { status, headers, body = null }: Reply): Buffer {
  const { type, bytes } = written(body);
  response.writeHead(status, {
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...(type === undefined ? {} : { 'content-type': type }),
    ...(status === 204 ? {} : { 'content-length': String(bytes.length) }),
    ...headers,
  });
  return bytes;
}

function written(body: NonNullable<Reply['body']> | null): { readonly type?: string; readonly bytes: Buffer } {
  if (body === null) return { bytes: Buffer.alloc(0) };
  if (body instanceof Uint8Array) return { type: 'application/octet-stream', bytes: Buffer.from(body) };
  if (typeof body === 'string') return { type: 'text/html; charset=utf-8', bytes: Buffer.from(body) };
  return { type: 'application/json; charset=utf-8', bytes: Buffer.from(JSON.stringify(body)) };
}
