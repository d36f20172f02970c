import { destinations } from '../destinations/destinations.ts';
import type { BrowserIdKind } from '../destinations/kit/matching.ts';

/** The ids that the destinations' tags give a browser. */
export const browserIdKinds: readonly BrowserIdKind[] = destinations.flatMap(({ matching }) => matching.browserIds);

/** Returns the well-formed browser ids among cookies, by the cookie's name; `undefined` if there is none. */
export function findBrowserIds(cookies: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> | undefined {
  const found = browserIdKinds.flatMap(({ cookie, read }) => {
    const text = Object.hasOwn(cookies, cookie) ? cookies[cookie] : undefined;
    const id = typeof text === 'string' ? read(text) : undefined;
    return id === undefined ? [] : [[cookie, id] as const];
  });
  return found.length === 0 ? undefined : Object.fromEntries(found);
}
