/** The demo shop's site in the config file. */
export const shopSite = {
  id: 'demo',
  secretKey: 'sk_demo_0123456789abcdef',
  writeKey: 'wk_demo_0123456789',
  webhookSecret: 'demo-webhook-secret',
  /** The header in which a proxy on this machine sends the shopper's country. */
  countryHeader: 'x-demo-country',
} as const;
