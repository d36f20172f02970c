import type { ClickIdKind, CookieClickId } from '../destinations/kit/matching.ts';
import { pageIdentifiers } from '../destinations/page-identifiers.ts';
import type { ClickId } from '../event/event.ts';
import { browserIdKinds } from './browser-ids.ts';

const readValue = (value: string): CookieClickId => ({ value });

function readPrintable(text: string, maxLength: number): string | undefined {
  return text.length <= maxLength && /^[\x21-\x7e]+$/.test(text) ? text : undefined;
}

/** Click ids of platforms without a destination. Convey stores them, so that a later destination finds the clicks of the last 90 days. */
const otherKinds: readonly ClickIdKind[] = [
  { name: 'dclid' },
  { name: 'li_fat_id', cookies: { li_fat_id: readValue } },
  { name: 'sccid', cookies: { _scclid: readValue } },
  { name: 'rdt_cid', cookies: { _rdt_cid: readValue } },
  { name: 'twclid' },
  { name: 'irclickid', params: ['irclickid', 'irclid'] },
  { name: 'qclid' },
  { name: 'tblci' },
  { name: 'dicbo' },
  { name: 'obclid' },
  { name: 'yclid' },
];

/** The click ids that Convey stores: those of the destinations, and the others. */
const kinds: readonly ClickIdKind[] = [...pageIdentifiers.flatMap(({ clickIds }) => clickIds), ...otherKinds];

const kindByName = new Map(kinds.map((kind) => [kind.name, kind]));
const kindByParam = new Map(kinds.flatMap((kind) => (kind.params ?? [kind.name]).map((param) => [param, kind] as const)));
const cookieReaders = kinds.flatMap((kind) =>
  Object.entries(kind.cookies ?? {}).map(([cookie, find]) => ({ kind, cookie, find })),
);

/** Parameters of a landing page's URL that hold click ids, in lower case. */
export const clickIdParameters: readonly string[] = [...kindByParam.keys()];

/** The cookies of a page in which platforms store click ids and visitor ids. */
export const platformCookies: readonly string[] = [
  ...cookieReaders.map(({ cookie }) => cookie),
  ...browserIdKinds.map(({ cookie }) => cookie),
];

const usualMaxLength = 512;

/** Returns the longest stored form of a click id, in characters. */
export function getClickIdMaxLength(name: string): number {
  return kindByName.get(name)?.maxLength ?? usualMaxLength;
}

/** Returns whether the ids of this name are short random texts. */
export function isRandomClickId(name: string): boolean {
  return kindByName.get(name)?.isRandom === true;
}

/** Returns whether the ids of this name may be longer than those of most platforms. */
export function isLongClickId(name: string): boolean {
  return getClickIdMaxLength(name) > usualMaxLength;
}

/** Returns the canonical name for a name in any case; `undefined` for an unknown name. */
export function canonicalClickIdName(input: string): string | undefined {
  return kindByName.get(input.toLowerCase())?.name;
}

/** Returns the stored form of a click id; `undefined` if it is malformed: not printable ASCII, or too long. */
export function readClickId(name: string, input: string): string | undefined {
  const kind = kindByName.get(name);
  const text = input.trim();
  if (!kind) return undefined;
  return kind.read ? kind.read(text) : readPrintable(text, getClickIdMaxLength(name));
}

function decode(text: string): string {
  // A plus stays a plus: the ids are base64-like, and contain no spaces.
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Returns the click of two sights of one click; `undefined` if they are two clicks. */
export function mergeClickSights(name: string, one: ClickId, other: ClickId): ClickId | undefined {
  return kindByName.get(name)?.merge?.(one, other);
}

const noClickIds: ReadonlyMap<string, never> = new Map<string, never>();

/** Returns the click ids in a URL's query. Parameter names match in any case, and the first well-formed value of a name counts. */
export function findUrlClickIds(url: string): ReadonlyMap<string, string> {
  const fragmentStart = url.indexOf('#');
  const beforeFragment = fragmentStart < 0 ? url : url.slice(0, fragmentStart);
  const queryStart = beforeFragment.indexOf('?');
  if (queryStart < 0) return noClickIds;
  // Most URLs have none.
  let found: Map<string, string> | undefined;
  for (const pair of beforeFragment.slice(queryStart + 1).split('&')) {
    const equals = pair.indexOf('=');
    if (equals < 1 || equals > 32) continue;
    const kind = kindByParam.get(pair.slice(0, equals).toLowerCase());
    if (!kind || found?.has(kind.name)) continue;
    const value = readClickId(kind.name, decode(pair.slice(equals + 1)));
    if (value !== undefined) found = (found ?? new Map<string, string>()).set(kind.name, value);
  }
  return found ?? noClickIds;
}

/** Returns whether a cookie's click replaces that of an earlier cookie. A time that a cookie does not state decides nothing. */
function isNewer({ at = Number.POSITIVE_INFINITY }: CookieClickId, earlier: CookieClickId | undefined): boolean {
  return at >= (earlier?.at ?? 0);
}

/**
 * Returns the click ids in the platforms' own cookies, with the time of the click if the cookie states it. If several cookies have one, the
 * newest click counts.
 */
export function findCookieClickIds(cookies: Readonly<Record<string, string>>): ReadonlyMap<string, CookieClickId> {
  if (Object.keys(cookies).length === 0) return noClickIds;
  const found = new Map<string, CookieClickId>();
  for (const { kind, cookie, find } of cookieReaders) {
    const text = Object.hasOwn(cookies, cookie) ? cookies[cookie] : undefined;
    const click = text === undefined ? undefined : find(text);
    const value = click && readClickId(kind.name, click.value);
    if (click && value !== undefined && isNewer(click, found.get(kind.name))) found.set(kind.name, { ...click, value });
  }
  return found;
}
