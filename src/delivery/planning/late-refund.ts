import type { Issue } from '../../event/issue.ts';
import { adjustOrder, type RefundedAmount } from '../../event/order-adjustment.ts';
import type { LateContent } from '../../storage/ports/late-content.ts';

/** What all refunds leave of an uploaded order: a value in thousandths, unless nothing was paid back or it is not known. */
export type LateRemainder =
  | { readonly state: 'unchanged' | 'unknown' }
  | { readonly state: 'left'; readonly thousandths: number };

/** Returns what all refunds leave of the order of an upload. */
export function getLateRemainder({ order = {} }: LateContent, refunds: readonly RefundedAmount[]): LateRemainder {
  const adjusted = adjustOrder(order, refunds);
  if (adjusted.state === 'restated') return { state: 'left', thousandths: adjusted.thousandths };
  return adjusted.state === 'retracted' ? { state: 'left', thousandths: 0 } : { state: adjusted.state };
}

/** The reasons why a refund of an uploaded purchase is not sent. */
export const lateRefundIssues = {
  off: {
    field: 'settings',
    code: 'late-purchases-off',
    message:
      'The purchase was uploaded as an offline conversion, and late purchases are off now, so the refund is not sent. Turn them on for later refunds, and correct this order at the platform.',
  },
  notUploaded: {
    field: 'commerce.orderId',
    code: 'purchase-not-uploaded',
    message: 'The purchase was not uploaded to the account, so there is nothing to change. No action needed.',
  },
  unknown: {
    field: 'commerce.value',
    code: 'refund-not-applied',
    message:
      'A refund of the order is in another currency, or the value of the order is not known, so it was not sent. Correct the order at the platform.',
  },
  tooOld: {
    field: 'time',
    code: 'purchase-too-old',
    message: 'The purchase is older than the platform changes, so its value was not changed. No action is possible.',
  },
} as const satisfies Record<string, Issue>;
