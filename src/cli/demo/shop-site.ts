import type { OrderWebhook } from '../../simulators/demo-shop/order-webhook.ts';

/** The demo shop's site in the config file. */
export const shopSite = {
  id: 'demo',
  secretKey: 'sk_demo_0123456789abcdef',
  writeKey: 'wk_demo_0123456789',
  webhookSecret: 'demo-webhook-secret',
  /** The header in which a proxy on this machine sends the shopper's country. */
  countryHeader: 'x-demo-country',
} as const;

/** Returns the webhook by which the demo shop reports its orders. */
export function getOrderWebhook(collector: string): OrderWebhook {
  return { url: `${collector}/hooks/woocommerce/${shopSite.id}`, secret: shopSite.webhookSecret };
}
