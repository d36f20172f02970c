import type { UnixMs } from '../event/units.ts';
import { dayMs, secondMs } from '../event/units.ts';

/** The lifetime of a click id: the platforms' longest conversion window. */
export const clickIdMaxAgeMs = 90 * dayMs;

interface Found {
  readonly value: string;
  /** The time of the click, as the platform's cookie states it. */
  readonly at?: UnixMs;
}

interface Kind {
  /** The canonical name inside Convey; lower case. */
  readonly name: string;
  /** Parameters of the landing page's URL, if they differ from the name; lower case. */
  readonly params?: readonly string[];
  /** Parsers of the cookies that hold the click id. */
  readonly cookies?: Readonly<Record<string, (text: string) => Found | undefined>>;
  /** Returns the stored form; `undefined` if the text is no such id. */
  readonly read?: (text: string) => string | undefined;
}

function readValue(value: string): Found {
  return { value };
}

/** Parses Google's cookie: `GCL.<unix seconds>.<gclid>`. */
function googleCookie(text: string): Found | undefined {
  const [, seconds, value] = /^GCL\.(\d{1,12})\.(.+)$/.exec(text) ?? [];
  return value === undefined ? undefined : { value, at: Number(seconds) * secondMs };
}

/** Parses Meta's cookie: `fb.<subdomain index>.<unix ms>.<fbclid>`. */
function metaCookie(text: string): Found | undefined {
  const [, ms, value] = /^fb\.\d{1,3}\.(\d{1,15})\.(.+)$/.exec(text) ?? [];
  return value === undefined ? undefined : { value, at: Number(ms) };
}

const microsoftForm = /^\{?(?:_uet)?\{?([0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12})\}?(?:-[01]N?)?\}?$/i;

/**
 * Returns Microsoft's id, in any of its forms (URL, dashed, `_uetmsclkid` cookie, UET beacon), as 32 lower-case hexadecimal digits. Version
 * and variant bits are arbitrary in real ids.
 * @source https://learn.microsoft.com/en-us/advertising/guides/uet-conversion-api-integration 2026-08-04 (must be a UUID)
 */
function readMicrosoftId(text: string): string | undefined {
  return microsoftForm.exec(text)?.[1]?.replaceAll('-', '').toLowerCase();
}

function readPrintable(text: string): string | undefined {
  return /^[\x21-\x7e]{1,512}$/.test(text) ? text : undefined;
}

/** The click ids that Convey stores. Values stay unchanged, except Microsoft's. */
const kinds: readonly Kind[] = [
  { name: 'msclkid', cookies: { _uetmsclkid: readValue }, read: readMicrosoftId },
  { name: 'gclid', cookies: { _gcl_aw: googleCookie } },
  { name: 'gbraid' },
  { name: 'wbraid' },
  { name: 'dclid' },
  { name: 'fbclid', cookies: { _fbc: metaCookie } },
  { name: 'ttclid', cookies: { ttclid: readValue } },
  { name: 'epik', cookies: { _epik: readValue } },
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

const kindByName = new Map(kinds.map((kind) => [kind.name, kind]));
const kindByParam = new Map(kinds.flatMap((kind) => (kind.params ?? [kind.name]).map((param) => [param, kind] as const)));
const cookieReaders = kinds.flatMap((kind) =>
  Object.entries(kind.cookies ?? {}).map(([cookie, find]) => ({ kind, cookie, find })),
);

/** Parameters of a landing page's URL that hold click ids, in lower case. */
export const clickIdParameters: readonly string[] = [...kindByParam.keys()];

/** The cookies of a page in which platforms store click ids and visitor ids. */
export const platformCookies: readonly string[] = [...cookieReaders.map(({ cookie }) => cookie), '_uetvid'];

/** Returns the canonical name for a name in any case; `undefined` for an unknown name. */
export function canonicalClickIdName(input: string): string | undefined {
  return kindByName.get(input.toLowerCase())?.name;
}

/** Returns the stored form of a click id; `undefined` if it is malformed: not printable ASCII, or over 512 characters. */
export function readClickId(name: string, input: string): string | undefined {
  const kind = kindByName.get(name);
  const text = input.trim();
  return kind && (kind.read ?? readPrintable)(text);
}

function decode(text: string): string {
  // A plus stays a plus: the ids are base64-like, and contain no spaces.
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Returns the click ids in a URL's query. Parameter names match in any case, and the first well-formed value of a name counts. */
export function findUrlClickIds(url: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const [beforeFragment = ''] = url.split('#', 1);
  const queryStart = beforeFragment.indexOf('?');
  if (queryStart < 0) return found;
  for (const pair of beforeFragment.slice(queryStart + 1).split('&')) {
    const equals = pair.indexOf('=');
    if (equals < 1 || equals > 32) continue;
    const kind = kindByParam.get(pair.slice(0, equals).toLowerCase());
    if (!kind || found.has(kind.name)) continue;
    const value = readClickId(kind.name, decode(pair.slice(equals + 1)));
    if (value !== undefined) found.set(kind.name, value);
  }
  return found;
}

/** Returns the click ids in the platforms' own cookies, with the time of the click if the cookie states it. */
export function findCookieClickIds(cookies: Readonly<Record<string, string>>): ReadonlyMap<string, Found> {
  const found = new Map<string, Found>();
  for (const { kind, cookie, find } of cookieReaders) {
    const text = Object.hasOwn(cookies, cookie) ? cookies[cookie] : undefined;
    const click = text === undefined ? undefined : find(text);
    const value = click && readClickId(kind.name, click.value);
    if (value !== undefined) found.set(kind.name, { ...click, value });
  }
  return found;
}
