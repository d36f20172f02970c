import type { RefusedDomain } from '../../event/site.ts';
import type { UnixMs } from '../../event/units.ts';

export const noticeKinds = ['webhook-refused', 'pixel-loaded', 'domain-refused', 'public-key-on-server'] as const;

/** Requests to a collector that no event shows. */
export interface CollectorNotice {
  readonly site: string;
  readonly kind: (typeof noticeKinds)[number];
  /** Empty unless `kind` is `domain-refused`. */
  readonly domain: string;
  /** For `public-key-on-server` the messages. */
  readonly requests: number;
  readonly lastAt: UnixMs;
}

/** The notices of all collectors about one site. */
export interface SiteNotices {
  /** When a webhook of the site was last rejected. */
  readonly webhookRefusedAt?: UnixMs;
  /** When a browser last loaded the site's pixel. */
  readonly pixelLoadedAt?: UnixMs;
  /** The messages of Segment's SDKs that servers sent with a public key, and the time of the last one. */
  readonly publicKeyOnServer?: { readonly messages: number; readonly lastAt: UnixMs };
  /** The domains whose pages have the site's snippet although the site does not list them, the most frequent first. */
  readonly refusedDomains: readonly RefusedDomain[];
}

/** The notices of all processes on the store. Those about domains are forgotten after a day, others after a month. */
export interface CollectorNoticeStore {
  /** Replaces notices of a node with newer ones of the same site, kind and domain. */
  putNotices(node: string, notices: readonly CollectorNotice[]): Promise<void>;
  /** Lists the notices about a site, summed over the nodes. */
  listNotices(site: string): Promise<readonly CollectorNotice[]>;
}

/** Arranges the notices about one site. */
export function toSiteNotices(notices: readonly CollectorNotice[]): SiteNotices {
  const find = (kind: CollectorNotice['kind']) => notices.find((one) => one.kind === kind)?.lastAt;
  const publicKey = notices.find(({ kind }) => kind === 'public-key-on-server');
  const [webhookRefusedAt, pixelLoadedAt] = [find('webhook-refused'), find('pixel-loaded')];
  return {
    ...(webhookRefusedAt !== undefined && { webhookRefusedAt }),
    ...(pixelLoadedAt !== undefined && { pixelLoadedAt }),
    ...(publicKey && { publicKeyOnServer: { messages: publicKey.requests, lastAt: publicKey.lastAt } }),
    refusedDomains: notices
      .filter(({ kind }) => kind === 'domain-refused')
      .map(({ domain, requests, lastAt }) => ({ domain, requests, lastAt }))
      .toSorted((a, b) => b.requests - a.requests),
  };
}
