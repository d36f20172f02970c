import type { PageIdentifiers } from '../kit/matching.ts';
import { fbcCookie, mergeFbclids, readFbcCookie, readFbclid, readFbiCookie, readFbpCookie } from './browser-cookies.ts';

/** The ids of Meta on a page. */
export const identifiers: PageIdentifiers = {
  clickIds: [{ name: 'fbclid', cookies: { _fbc: readFbcCookie }, read: readFbclid, merge: mergeFbclids, cookie: fbcCookie }],
  browserIds: [{ cookie: '_fbp', read: readFbpCookie }],
  addresses: [{ cookie: '_fbi', read: readFbiCookie }],
};
