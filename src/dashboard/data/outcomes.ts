import { adjustedOutcomeNames } from '../../api/client.ts';
import type { SkipReason } from '../../event/skip-reasons.ts';

const notSkips: ReadonlySet<string> = new Set([
  'delivered',
  'awaiting-verdict',
  'unverified',
  ...adjustedOutcomeNames,
  'waiting',
  'undelivered',
  'before-connection',
  'dead',
  'duplicate',
]);

/** Returns whether the outcome is a skip. A duplicate report is merged with its primary report and counts as no skip. */
export function isSkip(outcome: string): outcome is Exclude<SkipReason, 'duplicate'> {
  return !notSkips.has(outcome);
}
