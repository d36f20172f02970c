import type { AddressCookie, BrowserIdKind } from '../destinations/kit/matching.ts';
import { pageIdentifiers } from '../destinations/page-identifiers.ts';
import { sha256 } from '../identity/hashing.ts';

/** The ids that the destinations' tags give a browser. */
export const browserIdKinds: readonly BrowserIdKind[] = pageIdentifiers.flatMap(({ browserIds }) => browserIds);

/** The cookies in which platforms' libraries keep the shopper's address. */
export const addressCookies: readonly AddressCookie[] = pageIdentifiers.flatMap(({ addresses = [] }) => addresses);

/** Returns the well-formed browser ids among cookies, by the cookie's name; `undefined` if there is none. */
export function findBrowserIds(cookies: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> | undefined {
  let found: Record<string, string> | undefined;
  for (const kind of browserIdKinds) {
    const { cookie } = kind;
    const text = Object.hasOwn(cookies, cookie) ? cookies[cookie] : undefined;
    const id = typeof text === 'string' ? readBrowserId(kind, text) : undefined;
    if (id !== undefined) found = { ...found, [cookie]: id };
  }
  return found;
}

/** Returns the stored form of a cookie's text: the id, or its hash; `undefined` if it is no such id. */
export function readBrowserId({ read, isHashed }: BrowserIdKind, text: string): string | undefined {
  const id = read(text);
  return id !== undefined && isHashed ? sha256(id) : id;
}
