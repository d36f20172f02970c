/** The ways in which an app gets its tokens: of the shop's own organisation, or by the consent of the shop's owner. */
export const shopifyGrants = ['client-credentials', 'authorization-code'] as const;
export type ShopifyGrant = (typeof shopifyGrants)[number];

/** The operator's own app in one shop of Shopify. */
export interface ShopifyApp {
  /** The shop's permanent domain, in lower case: `example.myshopify.com`. */
  readonly shop: string;
  readonly clientId: string;
  /** Signs webhooks and buys tokens. Never shown. */
  readonly clientSecret: string;
  /** The secret that is being replaced. Shopify signs with the oldest one that is not revoked. */
  readonly previousSecret?: string | undefined;
  readonly grant: ShopifyGrant;
  /** Names the app in the address of its webhooks. Made of the client id, so that all gateways know it. */
  readonly key: string;
}

const shopForm = /^[a-z0-9][a-z0-9-]{0,62}\.myshopify\.com$/;

/**
 * Returns whether the text is a shop's permanent domain, in lower case. Only such a host is ever called.
 * @source https://shopify.dev/docs/apps/build/authentication-authorization/access-tokens/authorization-code-grant (2026-10-04)
 */
export function isShopDomain(text: string): boolean {
  return shopForm.test(text);
}
