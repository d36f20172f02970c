import type { SkipReason } from '../../../event/skip-reasons.ts';

/** What a skip is called where there is room for a few words; `outcomeSentence` says the rest. */
export const skipLabels = {
  'consent-denied': 'No consent',
  'no-identifier': 'Nobody to match',
  'unsupported-event': 'No such event there',
  'browser-tag-sent-it': 'The browser tag counted it',
  duplicate: 'Copy of another report',
  unconfirmed: 'Not confirmed by the shop',
  'test-order': 'Test order',
  'offline-order': 'Not from the storefront',
  'record-only': 'Kept for the record',
  'no-address': 'Page without an address',
  bot: 'Crawler',
  'over-budget': 'Beyond the daily budget',
  filtered: 'Left out by the settings',
  erased: 'Erased',
} as const satisfies Record<SkipReason, string>;
