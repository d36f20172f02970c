import type { CookieClickId, PageIdentifiers } from '../kit/matching.ts';

export const identifierLengths = { clickId: 2048, browserId: 512 } as const;

/** Reads a cookie of the pixel, which may be URL-encoded (an assumption). The decoded text is kept byte for byte. */
function readCookie(maxLength: number, cookie: string): string | undefined {
  const text = decode(cookie.trim());
  return text.length <= maxLength && /^[\x21-\x7e]+$/.test(text) ? text : undefined;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function readClickCookie(cookie: string): CookieClickId | undefined {
  const value = readCookie(identifierLengths.clickId, cookie);
  return value === undefined ? undefined : { value };
}

/**
 * The ids of OpenAI on a page. The pixel keeps the click id for about 30 days, and the browser id for about a year.
 * @source https://developers.openai.com/ads/conversion-tracking (2026-09-11)
 */
export const identifiers: PageIdentifiers = {
  clickIds: [{ name: 'oppref', cookies: { __oppref: readClickCookie }, maxLength: identifierLengths.clickId }],
  browserIds: [{ cookie: '__obref', read: (cookie) => readCookie(identifierLengths.browserId, cookie) }],
};
