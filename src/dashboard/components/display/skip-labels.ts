import type { SkipReason } from '../../../event/skip-reasons.ts';

/** Short names of skip reasons. `outcomeSentence` explains them. */
export const skipLabels = {
  'consent-denied': 'Consent denied',
  'no-identifier': 'No match key',
  'unsupported-event': 'Not supported by the platform',
  'browser-tag-sent-it': 'Sent by the browser tag',
  duplicate: 'Duplicate report',
  unconfirmed: 'Not confirmed by the shop',
  'test-order': 'Test order',
  'offline-order': 'Not from the storefront',
  'record-only': 'Stored only',
  refunded: 'Refunded before it was sent',
  'awaiting-purchase': 'Waits for its purchase',
  'awaiting-upload': 'Waits to be sent',
  'no-purchase': 'No such purchase',
  unsupported: 'Refund not supported',
  'no-address': 'No page URL',
  bot: 'Crawler',
  'over-budget': 'Over the daily limit',
  'too-old-on-arrival': 'Too old on arrival',
  filtered: 'Excluded by the settings',
  rule: 'Skipped by a rule',
  erased: 'Erased',
} as const satisfies Record<SkipReason, string>;
