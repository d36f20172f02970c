import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { ErrorCode } from '../errors.ts';

const maxRatio = 20;
const unpack = promisify(gunzip);

/** Why a body was not read. */
type BodyFault = Extract<
  ErrorCode,
  'body-unreadable' | 'body-too-large' | 'body-over-compressed' | 'encoding-unsupported' | 'not-accepting'
>;

type Body = { readonly bytes: Uint8Array } | { readonly error: BodyFault };

/**
 * Reads a body of at most `maxBytes`, as it arrives and unpacked, counting while it arrives, whatever its header says.
 * `take` is asked before each part is kept; where it says no, the error is `not-accepting`. Of a caller who `isKnown` the
 * length that is declared is believed before the bytes are there; a stranger could take all the room with promises.
 */
export async function readBody(
  request: Request,
  maxBytes: number,
  take: (bytes: number) => boolean,
  isKnown = false,
): Promise<Body> {
  const encoding = request.headers.get('content-encoding')?.trim().toLowerCase() ?? 'identity';
  if (!['identity', 'gzip', 'x-gzip'].includes(encoding)) return { error: 'encoding-unsupported' };
  const declared = Number(request.headers.get('content-length') ?? 0);
  if (declared > maxBytes) return { error: 'body-too-large' };
  const packed = await (isKnown && declared > 0 ? whole(request, declared, take) : collect(request, maxBytes, take));
  if ('error' in packed || encoding === 'identity') return packed;
  if (!take(Math.min(packed.bytes.length * maxRatio, maxBytes))) return { error: 'not-accepting' };
  return unpacked(packed.bytes, maxBytes);
}

/** A body that declares its length: HTTP holds it to that, so it is read in one go, which costs a third less. */
async function whole(request: Request, length: number, take: (bytes: number) => boolean): Promise<Body> {
  if (!take(length)) return { error: 'not-accepting' };
  try {
    return { bytes: new Uint8Array(await request.arrayBuffer()) };
  } catch {
    // The sender went away or was cut off, so nobody reads the answer.
    return { error: 'body-unreadable' };
  }
}

async function collect(request: Request, maxBytes: number, take: (bytes: number) => boolean): Promise<Body> {
  const parts: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const part of request.body ?? []) {
      length += part.length;
      if (length > maxBytes) return { error: 'body-too-large' };
      if (!take(part.length)) return { error: 'not-accepting' };
      parts.push(part);
    }
  } catch {
    return { error: 'body-unreadable' };
  }
  const [only] = parts;
  return { bytes: parts.length === 1 && only ? only : Buffer.concat(parts, length) };
}

async function unpacked(packed: Uint8Array, maxBytes: number): Promise<Body> {
  if (packed.length === 0) return { error: 'body-unreadable' };
  const maxOutputLength = Math.min(packed.length * maxRatio, maxBytes);
  try {
    return { bytes: await unpack(packed, { maxOutputLength }) };
  } catch (fault) {
    const tooBig = fault instanceof RangeError;
    if (!tooBig) return { error: 'body-unreadable' };
    return { error: maxOutputLength === maxBytes ? 'body-too-large' : 'body-over-compressed' };
  }
}
