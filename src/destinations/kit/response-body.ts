/** The JSON of an answer's body, or `undefined` where it is none: an error page, an empty or a cut-off body. */
export function parseJsonOrUndefined(body: string): unknown {
  try {
    return JSON.parse(body.replace(/^\uFEFF/, ''));
  } catch {
    return undefined;
  }
}

const longestRead = 2_000;
const longestKept = 300;

/**
 * A vendor's message, fit to be stored and shown: one line, at most 300 characters, without what may be personal data that
 * it echoes (e-mail addresses, phone and other long numbers, hashes).
 */
export function sanitizeVendorText(message: string): string {
  return message
    .slice(0, longestRead)
    .toWellFormed()
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(/[^\s@'"<>]{1,64}@[^\s@'"<>]+/g, '[removed]')
    .replace(/[0-9a-f]{32,}/gi, '[removed]')
    .replace(/\+?\d(?:[\s().-]{0,3}\d){6,}/g, '[removed]')
    .trim()
    .slice(0, longestKept)
    .trim();
}
