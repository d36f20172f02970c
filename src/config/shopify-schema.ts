import { z } from 'zod';
import { isShopDomain, type ShopifyApp, shopifyGrants } from '../event/shopify-app.ts';
import { sha256 } from '../identity/hashing.ts';
import { webhookSecret } from './hook-schema.ts';

const shopRule =
  "Must be the shop's permanent domain, such as `example.myshopify.com`. Find it in Shopify under Settings > Domains.";
const clientIdRule = "Must be the app's client id. Copy it from the app's settings in the Dev Dashboard.";

/** The settings of a site for the operator's own app at Shopify. */
export const shopifySchema = z.strictObject({
  shop: z
    .string(shopRule)
    .trim()
    .toLowerCase()
    .refine(isShopDomain, shopRule)
    .describe('`….myshopify.com`, one site for each shop.'),
  clientId: z
    .string(clientIdRule)
    .trim()
    .regex(/^[\w-]{8,100}$/, clientIdRule)
    .describe("The app's client id. Sites of one app have the same."),
  clientSecret: webhookSecret.describe("The app's client secret, with which Shopify signs."),
  previousSecret: webhookSecret.optional().describe('The secret that is being replaced.'),
  grant: z
    .enum(shopifyGrants, 'Must be `client-credentials` (app and shop in one organisation) or `authorization-code`.')
    .default('client-credentials')
    .describe('`client-credentials`: app and shop are in one organisation. `authorization-code`: they are not.'),
});

/** Adds the key that names the app in addresses. It proves nothing, because each request is signed. */
export function toShopifyApp(written: z.output<typeof shopifySchema>): ShopifyApp {
  return { ...written, key: sha256(`shopify app ${written.clientId}`).slice(0, 32) };
}

interface ShopifySite {
  readonly platform: string;
  readonly shopify?: ShopifyApp;
}

/** Finds apps of sites that are not of Shopify, shops with two sites, and sites of one app whose secrets differ. */
export function findShopifyProblems(
  sites: readonly ShopifySite[],
): readonly { readonly path: string; readonly message: string }[] {
  return sites.flatMap(({ platform, shopify: app }, index) => {
    if (!app) return [];
    const path = `sites[${index}].shopify`;
    const first = sites.findIndex((one) => one.shopify?.key === app.key);
    const firstOfShop = sites.findIndex((one) => one.shopify?.shop === app.shop);
    const ofApp = sites[first]?.shopify;
    const differs = (name: 'clientSecret' | 'previousSecret') => ofApp?.[name] !== app[name];
    return [
      ...(platform === 'shopify'
        ? []
        : [{ path, message: "Is for sites whose `platform` is `shopify`. Set the site's `platform`." }]),
      ...(firstOfShop < index
        ? [{ path: `${path}.shop`, message: `Is also the shop of sites[${firstOfShop}]. Use one site for each shop.` }]
        : []),
      ...(['clientSecret', 'previousSecret'] as const).filter(differs).map((name) => ({
        path: `${path}.${name}`,
        message: `Differs from that of sites[${first}], which has the same app. Use the same secrets.`,
      })),
    ];
  });
}
