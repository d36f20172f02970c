import type { ConnectionView } from '../../api/client.ts';

/** A connection that delivers everything. */
export const healthyConnection: ConnectionView = {
  site: 'shop',
  id: 'bing',
  destination: 'microsoft',
  platform: 'Microsoft Advertising',
  isLive: true,
  isTest: false,
  health: 'healthy',
  says: 'Delivering.',
  counts: {},
  inDoubt: 0,
  lag: { events: 0, ms: 0 },
  waiting: 0,
  deferred: 0,
  deadLetters: 0,
  deadPurchases: 0,
};
