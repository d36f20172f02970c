import type { CookieClickId, PageIdentifiers } from '../kit/matching.ts';

export const maxClickIdLength = 2_048;
export const browserIdForm = /^[\w.-]{1,120}$/;

const readCookie = (cookie: string): CookieClickId => ({ value: cookie.trim() });

function readTtp(cookie: string): string | undefined {
  const text = cookie.trim();
  return browserIdForm.test(text) ? text : undefined;
}

/**
 * The ids of TikTok on a page.
 * @source https://business-api.tiktok.com/portal/docs?id=1771100879787009 (2026-08-10)
 */
export const identifiers: PageIdentifiers = {
  clickIds: [{ name: 'ttclid', cookies: { ttclid: readCookie }, maxLength: maxClickIdLength }],
  browserIds: [{ cookie: '_ttp', read: readTtp }],
};
