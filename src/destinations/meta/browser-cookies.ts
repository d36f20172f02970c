import type { ClickId } from '../../event/event.ts';
import { dayMs } from '../../event/units.ts';
import type { CookieClickId, WrittenCookie } from '../kit/matching.ts';

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

/**
 * Returns the click in the form of the `_fbc` cookie: the cookie itself if there is one, byte for byte; `undefined` if it is no click id.
 * @param index the number of labels of the cookie's domain less one; 1 without a cookie
 */
export function formatFbc({ value, at }: ClickId, index = 1): string | undefined {
  const fbc = isFbc(value) ? value : `fb.${index}.${at}.${value}`;
  return parseFbc(fbc)?.fbclid === getFbclid(value) ? fbc : undefined;
}

/** The age at which Meta no longer counts a click, and the lifetime of its cookies. */
export const clickMaxAgeMs = 90 * dayMs;

/**
 * The `_fbc` cookie of the collector. It is written if the browser has none, or one of another, older click. Browsers with tracking
 * prevention keep a cookie of the collector for longer than one of the tag.
 * @source https://developers.facebook.com/docs/marketing-api/conversions-api/parameters/fbp-and-fbc (2026-09-12)
 */
export const fbcCookie: WrittenCookie = {
  name: '_fbc',
  maxAgeMs: clickMaxAgeMs,
  write(click, present = '', domain) {
    const before = parseFbc(present);
    if (before && (before.fbclid === getFbclid(click.value) || before.at > click.at)) return undefined;
    const fbc = formatFbc(click, Math.min(domain.split('.').length - 1, 9));
    // Other characters would be encoded, and the cookie must be read as it was written.
    return fbc !== undefined && /^[\w.-]+$/.test(fbc) ? fbc : undefined;
  },
};

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

/** The form of `_fbi`: an IPv4 or IPv6 address, and Meta's appendix. */
const addressForm = /^((?:\d{1,3}\.){3}\d{1,3}|[\da-f:]{2,39})(?:\.(?:[\w-]{2}|[\w-]{8}))?$/i;

/**
 * Reads the cookie `_fbi`, in which Meta's library keeps the browser's address. Returns it without the appendix.
 * @source https://github.com/facebook/capi-param-builder (2026-05-17)
 */
export function readFbiCookie(cookie: string): string | undefined {
  return addressForm.exec(cookie.trim())?.[1];
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
