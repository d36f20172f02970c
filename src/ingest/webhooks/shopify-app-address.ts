import { hash, randomBytes } from 'node:crypto';
import type { Site } from '../../event/site.ts';
import { dayMs, type UnixMs } from '../../event/units.ts';
import { getText, type Json } from '../../hooks/json-fields.ts';
import type { LimitTable } from '../limits/limit-table.ts';

/** Takes the place of a secret that does not exist, so that each request is compared with two. Nobody can sign with it. */
const noSecret = randomBytes(32).toString('base64url');

/**
 * Finds the site of a webhook of an app: among the app's own shops alone, the one that the header names. An unknown app or shop has as many
 * secrets as a known one, so that the response takes as long.
 */
export function findAppSite(
  sites: readonly Site[],
  key: string,
  shopHeader = '',
): { readonly site: Site | undefined; readonly isKnown: boolean; readonly secrets: readonly string[] } {
  const ofApp = sites.filter(({ shopify }) => shopify?.key === key);
  const shop = shopHeader.trim().toLowerCase();
  const app = ofApp[0]?.shopify;
  return {
    site: ofApp.find(({ shopify }) => shopify?.shop === shop),
    isKnown: app !== undefined,
    secrets: [app?.clientSecret ?? noSecret, app?.previousSecret ?? noSecret],
  };
}

/** Returns whether the body, which is signed, names another shop than the header, which is not. */
export function namesOtherShop(body: Json, { shopify }: Site): boolean {
  const named = [getText(body, 'shop_domain'), getText(body, 'myshopify_domain')].flatMap((one) => one?.toLowerCase() ?? []);
  return named.some((one) => one !== shopify?.shop);
}

/** Creates a record of the shop of each signed body. It keeps a digest of each body for 24 hours. */
export function createSeenBodyShops(now: () => UnixMs, seen: LimitTable) {
  return {
    /** Returns whether the app's shops sent the same bytes before under another shop's name. The first name is kept. */
    isOtherShop(app: string, body: Uint8Array, shop: string): boolean {
      const key = `app ${app} ${hash('sha256', body, 'base64url')}`;
      const value = Number.parseInt(hash('sha256', shop).slice(0, 12), 16);
      return seen.exclusively(() => {
        const first = seen.get(key);
        if (first && now() - first.at < dayMs) return first.value !== value;
        seen.set(key, value, now());
        return false;
      });
    },
  };
}
