/** How deep a body may nest, its outermost bracket included. */
export const maxDepth = 32;

const utf8 = new TextDecoder('utf-8', { fatal: true });

const quote = 0x22;
const backslash = 0x5c;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const comma = 0x2c;

type Fault = 'body-unreadable' | 'body-too-deep' | 'value-count';

/**
 * Looked at before parsing: `JSON.parse` takes millions of levels, and what it then returns can never be written again; and of a
 * body that is all punctuation it makes in one go more than others can wait for. Works on bytes, since no byte of a multi-byte
 * character looks like a bracket or a quote.
 */
function outOfBounds(bytes: Uint8Array, maxValues: number): Fault | undefined {
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

/**
 * Untrusted JSON, read: UTF-8 alone, at most `maxDepth` levels, and at most `maxValues` members and entries, where an empty list or
 * object counts as two; a byte order mark is passed over. The size is bounded before.
 */
export function parseJson(
  bytes: Uint8Array,
  maxValues = Number.POSITIVE_INFINITY,
): { readonly value: unknown } | { readonly error: Fault } {
  const fault = outOfBounds(bytes, maxValues);
  if (fault !== undefined) return { error: fault };
  try {
    const value: unknown = JSON.parse(utf8.decode(bytes));
    return { value };
  } catch {
    return { error: 'body-unreadable' };
  }
}

/** An object of JSON, not a list and not null. Its keys are untrusted: read the ones you know, never spread it. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
