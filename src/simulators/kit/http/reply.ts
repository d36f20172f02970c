import type { ServerResponse } from 'node:http';

/** A response before it is sent. An object is sent as JSON, a string as HTML, bytes unchanged. */
export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: object | string | Uint8Array | null;
}

export function toHttpResponse(reply: Reply): Response {
  const { headers, bytes } = encodeReply(reply);
  return new Response(reply.status === 204 ? null : bytes, { status: reply.status, headers });
}

/** Announces the whole response, sends half of it and closes the connection. */
export function sendTruncated(outgoing: ServerResponse, reply: Reply): void {
  const { headers, bytes } = encodeReply(reply);
  outgoing.writeHead(reply.status, headers);
  outgoing.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => outgoing.socket?.end());
}

function encodeReply({ status, headers, body = null }: Reply): { headers: Record<string, string>; bytes: Buffer<ArrayBuffer> } {
  const { type, bytes } = encodeBody(body);
  return {
    headers: {
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      ...(type !== undefined && { 'content-type': type }),
      ...(status !== 204 && { 'content-length': String(bytes.length) }),
      ...headers,
    },
    bytes,
  };
}

function encodeBody(body: object | string | Uint8Array | null): { type?: string; bytes: Buffer<ArrayBuffer> } {
  if (body === null) return { bytes: Buffer.alloc(0) };
  if (body instanceof Uint8Array) return { type: 'application/octet-stream', bytes: Buffer.from(body) };
  if (typeof body === 'string') return { type: 'text/html; charset=utf-8', bytes: Buffer.from(body) };
  return { type: 'application/json; charset=utf-8', bytes: Buffer.from(JSON.stringify(body)) };
}
