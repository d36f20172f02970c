/** Parses a response body. Returns `undefined` if it is not JSON, for example an error page, an empty body or a truncated one. */
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
 * Sanitizes a platform's message for storage and display: one line, at most 300 characters. Removes echoed values that may be personal data
 * (e-mail addresses, phone and other long numbers, hashes).
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
