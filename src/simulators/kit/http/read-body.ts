import type { IncomingMessage } from 'node:http';

/** A request's body. `bytes` is its length as received; 0 if it could not be read. */
export type Body = { readonly bytes: number } & ({ readonly json: unknown } | { readonly problem: 'too-large' | 'malformed' });

export interface BodyLimits {
  /** Maximum bytes of a request's body. */
  readonly maxBodyBytes: number;
  /** Maximum nesting of a request's body. */
  readonly maxBodyDepth: number;
}

/** Reads a JSON body. Drains a body that is too large, so that the sender can read the response, and discards it. */
export async function readRequest(request: IncomingMessage, { maxBodyBytes, maxBodyDepth }: BodyLimits): Promise<Body> {
  const bytes = await readBytes(request, maxBodyBytes);
  return bytes === undefined ? { bytes: 0, problem: 'too-large' } : parseBody(bytes, maxBodyDepth);
}

/** Reads a body. Drains and discards one that is too large, and returns undefined. */
export async function readBytes(request: IncomingMessage, maxBytes: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    if (!Buffer.isBuffer(chunk)) continue;
    bytes += chunk.length;
    if (bytes <= maxBytes) chunks.push(chunk);
    else chunks.length = 0;
  }
  return bytes > maxBytes ? undefined : Buffer.concat(chunks);
}

/** Parses a JSON body. Nesting beyond `maxDepth` counts as malformed, so that every stored body can be written as JSON again. */
export function parseBody(bytes: Uint8Array, maxDepth: number): Body {
  try {
    const json: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    if (isDeeperThan(json, maxDepth)) return { bytes: 0, problem: 'malformed' };
    return { bytes: bytes.length, json };
  } catch {
    return { bytes: 0, problem: 'malformed' };
  }
}

function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((member) => isDeeperThan(member, levels - 1));
}
