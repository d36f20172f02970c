import type { ClickId } from '../../event/event.ts';
import type { CookieClickId } from '../kit/matching.ts';

/**
 * The form of `_fbc` and `_fbp`: `fb.<domain index>.<UNIX ms>.<payload>`. Meta's own library adds an appendix of 2 or 8 characters, which
 * names the library.
 * @source https://github.com/facebook/capi-param-builder (2026-05-17)
 */
const cookieForm = /^fb\.[0-9]\.([0-9]{1,15})\.([^.\s]+)(?:\.(?:[\w-]{2}|[\w-]{8}))?$/;
const printable = /^[\x21-\x7e]{1,512}$/;

/** An `_fbc` cookie: its time and click id, and the click id without Meta's appendix. */
interface Fbc {
  /** The time at which the cookie was written: the first time at which the browser had this click. */
  readonly at: number;
  /** The click id, as it was in the landing page's URL. */
  readonly fbclid: string;
}

/** Parses an `_fbc` cookie; `undefined` if the text has another form. */
export function parseFbc(text: string): Fbc | undefined {
  if (!printable.test(text)) return undefined;
  const [, ms, fbclid] = cookieForm.exec(text) ?? [];
  return fbclid === undefined ? undefined : { at: Number(ms), fbclid };
}

export function isFbc(text: string): boolean {
  return parseFbc(text) !== undefined;
}

/** Returns whether the text has the form of an `_fbp` cookie. */
export function isFbp(text: string): boolean {
  return text.length <= 128 && printable.test(text) && cookieForm.test(text);
}

/** Reads the `_fbc` cookie. The whole text is the stored form, because Meta wants it back byte for byte. */
export function readFbcCookie(cookie: string): CookieClickId | undefined {
  const text = cookie.trim();
  const found = parseFbc(text);
  return found && { value: text, at: found.at };
}

/** Returns a click id's stored form: an `fbclid` as it was in the URL, or a whole `_fbc` cookie. */
export function readFbclid(text: string): string | undefined {
  if (isFbc(text)) return text;
  return /^(?!fb\.)[\x21-\x2d\x2f-\x7e]{1,480}(?:\.(?:[\w-]{2}|[\w-]{8}))?$/.test(text) ? text : undefined;
}

/** Returns the click id of a stored form, without the time and the appendix of a cookie. Two clicks with the same id are one click. */
export function getFbclid(stored: string): string {
  return parseFbc(stored)?.fbclid ?? stored.replace(/\.[^.]*$/, '');
}

/** Returns the `fbp` of a cookie; `undefined` if it has another form. A cookie of another form is no cookie. */
export function readFbpCookie(cookie: string): string | undefined {
  const text = cookie.trim();
  return isFbp(text) ? text : undefined;
}

/**
 * Returns the click of two sights of one click, and `undefined` for two clicks. Meta's cookie is preferred, because Meta wants it back as
 * it is. Otherwise the first sight counts: a click is never given a newer time.
 */
export function mergeFbclids(first: ClickId, second: ClickId): ClickId | undefined {
  if (getFbclid(first.value) !== getFbclid(second.value)) return undefined;
  if (isFbc(first.value) !== isFbc(second.value)) return isFbc(first.value) ? first : second;
  if (first.at !== second.at) return first.at < second.at ? first : second;
  return first.value <= second.value ? first : second;
}
