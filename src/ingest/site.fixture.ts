import type { Site } from '../event/site.ts';
import { sha256 } from '../identity/hashing.ts';
import type { SubmissionContext } from './accept/accept.ts';

/** The secret key of `shop`. */
export const secretKey = 'sk_test_0123456789abcdef0123456789abcdef';

/** A site without defaults, so that each test states the settings that it depends on. */
export const shop: Site = {
  id: 'shop',
  name: 'Shop',
  domains: ['shop.example'],
  platform: 'custom',
  writeKey: 'wk_test',
  secretKeyHashes: [sha256(secretKey)],
  consent: { policy: 'granted' },
  timeZone: 'UTC',
  bots: 'drop',
  tags: {},
  purchaseHoldSeconds: 'auto',
  purchases: 'as-reported',
  webhooks: { secrets: [], purchaseOn: 'create' },
  accuracy: { alertUnder: 0.9 },
  connections: [],
};

export const serverContext: SubmissionContext = { reporter: 'server', gpc: false };
export const browserContext: SubmissionContext = { reporter: 'browser', gpc: false };

/** 2026-11-24T10:00:00Z */
export const now = Date.UTC(2026, 10, 24, 10);
