import type { PageIdentifiers } from '../kit/matching.ts';

const clickIdForm = /^\{?(?:_uet)?\{?([0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12})\}?(?:-[01]N?)?\}?$/i;

/**
 * Returns Microsoft's click id, in any of its forms (URL, dashed, `_uetmsclkid` cookie, UET beacon), as 32 lower-case hexadecimal digits.
 * Version and variant bits are arbitrary in real ids.
 * @source https://learn.microsoft.com/en-us/advertising/guides/uet-conversion-api-integration 2026-08-04 (must be a UUID)
 */
function readClickId(text: string): string | undefined {
  return clickIdForm.exec(text)?.[1]?.replaceAll('-', '').toLowerCase();
}

/** Returns the first segment of the tag's cookie in lower case; `undefined` if it is not 32 hexadecimal digits. */
function readVisitorId(cookie: string): string | undefined {
  const [first = ''] = cookie.trim().split('|', 1);
  return /^[0-9a-f]{32}$/i.test(first) ? first.toLowerCase() : undefined;
}

/** The ids of Microsoft Advertising on a page. */
export const identifiers: PageIdentifiers = {
  clickIds: [{ name: 'msclkid', cookies: { _uetmsclkid: (value) => ({ value }) }, isRandom: true, read: readClickId }],
  browserIds: [{ cookie: '_uetvid', alias: 'uetVid', read: readVisitorId }],
};
