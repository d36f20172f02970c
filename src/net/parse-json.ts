import { isAscii } from 'node:buffer';

/** The nesting depth that a body may have, including its outermost bracket. */
export const maxDepth = 32;

const utf8 = new TextDecoder('utf-8', { fatal: true });

const quote = 0x22;
const backslash = 0x5c;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const comma = 0x2c;

type BoundError = 'body-unreadable' | 'body-too-deep' | 'value-count';

/**
 * Checks the bounds before parsing. `JSON.parse` accepts millions of levels, and returns a value that can never be serialized again; and it
 * parses a body that is all punctuation for longer than other requests can wait. Works on bytes, because no byte of a multi-byte character
 * equals a bracket or a quote.
 */
function checkBounds(bytes: Uint8Array, maxValues: number): BoundError | undefined {
  let depth = 0;
  let values = 1;
  let inString = false;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (inString) {
      if (byte === backslash) at++;
      else if (byte === quote) inString = false;
    } else if (byte === quote) inString = true;
    else if (byte === openBrace || byte === openBracket) {
      if (++depth > maxDepth) return 'body-too-deep';
      if (++values > maxValues) return 'value-count';
    } else if (byte === closeBrace || byte === closeBracket) depth--;
    else if (byte === comma && ++values > maxValues) return 'value-count';
  }
  return undefined;
}

/** Returns the text of UTF-8 bytes without a byte order mark. Most bodies are ASCII, whose bytes are copied. @throws if it is no UTF-8 */
function decode(bytes: Uint8Array): string {
  if (!isAscii(bytes)) return utf8.decode(bytes);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

/**
 * Parses untrusted JSON: UTF-8 only, at most `maxDepth` levels, and at most `maxValues` members and entries, of which an empty list or
 * object counts as two. Skips a byte order mark. The caller bounds the size.
 */
export function parseJson(
  bytes: Uint8Array,
  maxValues = Number.POSITIVE_INFINITY,
): { readonly value: unknown } | { readonly error: BoundError } {
  const fault = checkBounds(bytes, maxValues);
  if (fault !== undefined) return { error: fault };
  try {
    const value: unknown = JSON.parse(decode(bytes));
    return { value };
  } catch {
    return { error: 'body-unreadable' };
  }
}

/** Returns whether a value is a JSON object, not a list and not null. Its keys are untrusted: read known keys only, and never spread it. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
