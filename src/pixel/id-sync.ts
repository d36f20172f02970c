import { swallowErrors } from './swallow-errors.ts';

const keyName = '_cv_sync';

/** Who this browser is, as the collector answered. */
export interface VisitorIds {
  readonly visitorId?: string | null;
  readonly uid?: string | null;
}

/**
 * Tells Microsoft which visitor of the shop this browser is, with the ids that the connection sends: once per session, and
 * again where they became others.
 * @param address of the pixel that syncs ids, with the customer id.
 * @source https://learn.microsoft.com/en-us/advertising/guides/uet-conversion-api-integration (2026-08-04)
 */
export function createIdSync(address: string | undefined) {
  return {
    tell: swallowErrors(({ visitorId, uid }: VisitorIds) => {
      const [, ofTag] = /(?:^|; )_uetvid=([\da-f]{32})/i.exec(document.cookie) ?? [];
      const vid = ofTag?.toLowerCase() ?? visitorId;
      if (!vid || !address) return;
      const query = `&vid=${encodeURIComponent(vid)}${uid ? `&uid=${uid}` : ''}`;
      // What was told once stays true until the shopper is another.
      if (sessionStorage.getItem(keyName)?.startsWith(query)) return;
      sessionStorage.setItem(keyName, query);
      new Image().src = address + query;
    }),
    forget: swallowErrors(() => sessionStorage.removeItem(keyName)),
  };
}
