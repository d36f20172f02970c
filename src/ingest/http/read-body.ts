import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { ErrorCode } from '../../errors.ts';

/** The times by which a body may expand, unless its sender is known to send bodies that shrink more. */
const usualRatio = 20;
const unpack = promisify(gunzip);

/** The error codes of a body that was not read. */
type BodyFault = Extract<
  ErrorCode,
  'body-unreadable' | 'body-too-large' | 'body-over-compressed' | 'encoding-unsupported' | 'not-accepting'
>;

/** The required speed: after `freeBytes`, at least `bytes` must arrive in each `windowMs`, or the rest of the body if it is shorter. */
export interface Pace {
  readonly freeBytes: number;
  readonly bytes: number;
  readonly windowMs: number;
}

/** A body that was read, or the code of the reason why not. */
export type Body = { readonly bytes: Uint8Array } | { readonly error: BodyFault };

/**
 * Reads a body of at most `maxBytes`, both as it arrives and unpacked. Counts the bytes as they arrive, not as the header declares. `reserve`
 * is called before each part is kept; if it returns false, the error is `not-accepting`. If `isKnown`, the declared length is reserved before
 * the bytes arrive; an unknown caller could reserve the whole limit by declarations alone. Reading stops if the body falls behind its `pace`,
 * and the error is `not-accepting`.
 */
export async function readBody(
  request: Request,
  maxBytes: number,
  reserve: (bytes: number) => boolean,
  {
    isKnown = false,
    pace,
    maxRatio = usualRatio,
  }: { readonly isKnown?: boolean; readonly pace?: Pace; readonly maxRatio?: number } = {},
): Promise<Body> {
  const encoding = request.headers.get('content-encoding')?.trim().toLowerCase() ?? 'identity';
  if (!['identity', 'gzip', 'x-gzip'].includes(encoding)) return { error: 'encoding-unsupported' };
  const declared = Number(request.headers.get('content-length') ?? 0);
  if (declared > maxBytes) return { error: 'body-too-large' };
  const received = await (isKnown && declared > 0
    ? readDeclaredBody(declared, reserve, async () => new Uint8Array(await request.arrayBuffer()))
    : collect(request, maxBytes, reserve, pace));
  if ('error' in received || encoding === 'identity') return received;
  if (!reserve(Math.min(received.bytes.length * maxRatio, maxBytes))) return { error: 'not-accepting' };
  return unpackBody(received.bytes, maxBytes, maxRatio);
}

/**
 * Reads a body that declares its length in one call, which costs a third less than part by part. The length is reserved before the bytes
 * arrive. HTTP enforces it.
 */
export async function readDeclaredBody(
  length: number,
  reserve: (bytes: number) => boolean,
  readAll: () => Promise<Uint8Array>,
): Promise<Body> {
  if (!reserve(length)) return { error: 'not-accepting' };
  try {
    return { bytes: await readAll() };
  } catch {
    // The sender disconnected or was cut off, so the response is not read.
    return { error: 'body-unreadable' };
  }
}

async function collect(
  request: Request,
  maxBytes: number,
  reserve: (bytes: number) => boolean,
  pace: Pace | undefined,
): Promise<Body> {
  const reader = request.body?.getReader();
  if (!reader) return { bytes: new Uint8Array() };
  const parts: Uint8Array[] = [];
  let length = 0;
  // This also ends a pending read.
  const watch = watchPace(pace, () => void reader.cancel().catch(() => undefined));
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      length += part.value.length;
      const error = length > maxBytes ? 'body-too-large' : reserve(part.value.length) ? undefined : 'not-accepting';
      if (error) {
        await reader.cancel();
        return { error };
      }
      parts.push(part.value);
      watch.received(part.value.length);
    }
  } catch {
    return { error: 'body-unreadable' };
  } finally {
    watch.stop();
  }
  if (watch.isBehind()) return { error: 'not-accepting' };
  const [only] = parts;
  return { bytes: parts.length === 1 && only ? only : Buffer.concat(parts, length) };
}

/** Calls `onBehind` after a window in which too few bytes arrived. */
function watchPace(pace: Pace | undefined, onBehind: () => void) {
  let free = pace?.freeBytes ?? 0;
  let inWindow = 0;
  let isSlow = false;
  let timer: NodeJS.Timeout | undefined;
  return {
    received(bytes: number): void {
      if (!pace) return;
      const counted = Math.max(0, bytes - free);
      free -= bytes - counted;
      inWindow += counted;
      if (free > 0 || (timer !== undefined && inWindow < pace.bytes)) return;
      inWindow = 0;
      clearTimeout(timer);
      timer = setTimeout(() => {
        isSlow = true;
        onBehind();
      }, pace.windowMs);
    },
    isBehind: () => isSlow,
    stop: () => clearTimeout(timer),
  };
}

async function unpackBody(packed: Uint8Array, maxBytes: number, maxRatio: number): Promise<Body> {
  if (packed.length === 0) return { error: 'body-unreadable' };
  const maxOutputLength = Math.min(packed.length * maxRatio, maxBytes);
  try {
    return { bytes: await unpack(packed, { maxOutputLength }) };
  } catch (error) {
    const tooBig = error instanceof RangeError;
    if (!tooBig) return { error: 'body-unreadable' };
    return { error: maxOutputLength === maxBytes ? 'body-too-large' : 'body-over-compressed' };
  }
}
