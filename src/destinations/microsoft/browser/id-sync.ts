import type { VisitorIds } from '../../../pixel/outbox.ts';
import { swallowErrors } from '../../../pixel/swallow-errors.ts';

const keyName = '_cv_sync';

/**
 * Creates the function that sends Microsoft the visitor's ids, which are also the ids in the connection's events: once per session, and
 * again after they change.
 * @param address the URL of the ID Sync pixel, with the customer id.
 * @source https://learn.microsoft.com/en-us/advertising/guides/uet-conversion-api-integration (2026-08-04)
 */
export function createIdSync(address: string | undefined) {
  return {
    send: swallowErrors(({ visitorId, uid }: VisitorIds) => {
      const [, ofTag] = /(?:^|; )_uetvid=([\da-f]{32})/i.exec(document.cookie) ?? [];
      const vid = ofTag?.toLowerCase() ?? visitorId;
      if (!vid || !address) return;
      const query = `&vid=${encodeURIComponent(vid)}${uid ? `&uid=${uid}` : ''}`;
      // The ids need not be sent again until the visitor changes.
      if (sessionStorage.getItem(keyName)?.startsWith(query)) return;
      sessionStorage.setItem(keyName, query);
      new Image().src = address + query;
    }),
    forget: swallowErrors(() => sessionStorage.removeItem(keyName)),
  };
}
