import type { PageIdentifiers } from '../kit/matching.ts';
import { readBrowserCookie, readClickCookie } from './click-cookies.ts';

/**
 * The ids of Google Ads on a page. The cookie `_gcl_gs` is not read: it has no click id, but the source of the click. The API does not take
 * `_gcl_au`, the tag's id of the browser, which webhooks pass on.
 */
export const identifiers: PageIdentifiers = {
  clickIds: [
    { name: 'gclid', cookies: { FPGCLAW: readClickCookie, _gcl_aw: readClickCookie } },
    { name: 'gbraid', cookies: { FPGCLAG: readClickCookie, _gcl_ag: readClickCookie } },
    { name: 'wbraid', cookies: { FPGCLGB: readClickCookie, _gcl_gb: readClickCookie } },
  ],
  browserIds: [{ cookie: '_gcl_au', read: readBrowserCookie }],
};
