import type { ClickId } from '../../event/event.ts';
import type { PageIdentifiers } from '../kit/matching.ts';

/**
 * The ids of Pinterest on a page.
 * @source https://help.pinterest.com/en/business/article/pinterest-tag-parameters-and-cookies (2026-11-27)
 */
export const identifiers: PageIdentifiers = {
  clickIds: [{ name: 'epik', cookies: { _epik: (cookie) => ({ value: cookie.trim() }) }, merge: mergeEpiks }],
  // Pinterest takes this id only as a hashed external id.
  browserIds: [{ cookie: '_pin_unauth', isHashed: true, read: readTagVisitor }],
};

/** Returns the first sight of a click: the parameter and the cookie have the same value. */
function mergeEpiks(one: ClickId, other: ClickId): ClickId | undefined {
  if (one.value !== other.value) return undefined;
  return one.at <= other.at ? one : other;
}

/** Returns the cookie as it is. Pinterest does not document its form. */
function readTagVisitor(cookie: string): string | undefined {
  const text = cookie.trim();
  return /^[\x21-\x7e]{8,512}$/.test(text) ? text : undefined;
}
