/** The senders of webhooks of a measured shop. */

/** The secrets with which they sign. */
export const hookSecrets = {
  shopify: 'secret-of-shopify-bench',
  stripe: 'whsec_of_stripe_bench',
  custom: 'secret-of-custom-bench',
} as const;

export const stripeHook = { id: 'payments', source: 'stripe', secrets: [hookSecrets.stripe] } as const;

/** A service whose requests are mapped by data: all fields that a shop's own system would send of an order. */
export const benchHook = {
  id: 'orders',
  source: 'custom',
  secrets: [hookSecrets.custom],
  signature: { scheme: 'hmac-sha256', header: 'X-Signature', signs: '{timestamp}.{body}', timestampHeader: 'X-Timestamp' },
  events: [
    {
      when: [{ at: '/type', in: ['order.refunded'] }],
      fields: { name: { const: 'Refund' }, 'commerce.orderId': '/order/number' },
    },
    {
      when: [{ at: '/type', in: ['order.paid'] }],
      fields: {
        name: { const: 'Purchase' },
        id: '/id',
        time: { at: '/created', unit: 'ms' },
        'user.email': '/order/customer/email',
        'user.phone': ['/order/customer/mobile', '/order/customer/phone'],
        'user.externalId': '/order/customer/id',
        'user.anonymousId': { at: '/order/attributes', find: [{ at: '/name', in: ['visitor'] }], take: '/value' },
        'user.ip': '/order/client/ip',
        'user.userAgent': '/order/client/agent',
        'user.country': '/order/client/country',
        'page.url': '/order/landing',
        'page.referrer': '/order/referrer',
        'clickIds.msclkid': { at: '/order/attributes', find: [{ at: '/name', in: ['msclkid'] }], take: '/value' },
        'consent.adStorage': { at: '/order/marketing', values: { true: 'granted', false: 'denied' } },
        'commerce.value': { at: '/order/total', unit: 'minor' },
        'commerce.currency': '/order/currency',
        'commerce.orderId': '/order/number',
      },
      items: {
        at: '/order/lines',
        fields: {
          id: '/sku',
          name: '/title',
          price: { at: '/price', unit: 'minor' },
          quantity: '/count',
          brand: '/brand',
          category: '/category',
        },
      },
    },
  ],
} as const;
