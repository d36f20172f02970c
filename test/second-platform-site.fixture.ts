import type { Site } from '../src/event/site.ts';

/** Returns a site with one connection to the invented platform. */
export function createLedgerSite(settings: Site['connections'][number]['settings']): Site {
  return {
    id: 'shop',
    name: 'Shop',
    domains: ['shop.example'],
    platform: 'custom',
    writeKey: 'wk_12345678',
    secretKeyHashes: [],
    consent: { policy: 'granted' },
    timeZone: 'UTC',
    bots: 'drop',
    tags: {},
    purchaseHoldSeconds: 0,
    purchases: 'as-reported',
    webhooks: { secrets: [], purchaseOn: 'create' },
    accuracy: { alertUnder: 0.9 },
    connections: [{ id: 'ledger', destination: 'ledger', enabled: true, settings }],
  };
}
