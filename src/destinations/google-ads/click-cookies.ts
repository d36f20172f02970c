import { secondMs } from '../../event/units.ts';
import type { CookieClickId } from '../kit/matching.ts';

/**
 * Reads a click id from a cookie of the Google tag, `GCL.<UNIX s>.<id>`, or in the form that a server container also writes:
 * `2.1.k<id>$i<UNIX s>`.
 * @source https://github.com/stape-io/google-conversion-events-tag (2026)
 */
export function readClickCookie(cookie: string): CookieClickId | undefined {
  const text = cookie.trim();
  const [, seconds, value] = /^GCL\.(\d{1,12})\.(\S+)$/.exec(text) ?? [];
  if (value !== undefined) return { value, at: Number(seconds) * secondMs };
  const [, listed] = /^\d\.\d\.(\S+)$/.exec(text) ?? [];
  const fields = listed?.split('$') ?? [];
  const id = fields.find((field) => field.startsWith('k'))?.slice(1);
  const time = fields.find((field) => /^i\d{1,12}$/.test(field))?.slice(1);
  if (id === undefined || id === '') return undefined;
  return { value: id, ...(time !== undefined && { at: Number(time) * secondMs }) };
}

/**
 * Reads the cookie `_gcl_au` of the Google tag. Its form is an assumption: `1.1.<number>.<UNIX s>`, with further fields of digits if the page
 * uses enhanced conversions.
 */
export function readBrowserCookie(cookie: string): string | undefined {
  const text = cookie.trim();
  return /^1\.\d{1,2}(?:\.\d{1,12}){2,6}$/.test(text) ? text : undefined;
}
