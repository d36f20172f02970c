import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

const compress = promisify(gzip);

/** Shorter responses gain less than the header costs. */
const minBytes = 1_024;

/**
 * Compresses the JSON of a read for a client that accepts it. Streams, files and responses to changes stay as they are. The length of a
 * compressed response could reveal a secret next to text of an attacker (BREACH). No list has such a secret: a credential is never
 * returned by a read, and a read that comes from another site is refused before.
 */
export async function compressResponse(response: Response, request: Request): Promise<Response> {
  const { headers } = response;
  const isJson = headers.get('content-type')?.startsWith('application/json') === true && !headers.has('content-disposition');
  if (request.method !== 'GET' || !isJson || !response.body) return response;
  const varying = new Headers(headers);
  varying.append('vary', 'accept-encoding');
  const init = { status: response.status, headers: varying };
  const body = Buffer.from(await response.arrayBuffer());
  const isAccepted = /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/.test(request.headers.get('accept-encoding') ?? '');
  if (!isAccepted || body.length < minBytes) return new Response(body, init);
  varying.set('content-encoding', 'gzip');
  varying.delete('content-length');
  return new Response(new Uint8Array(await compress(body)), init);
}
