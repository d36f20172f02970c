import type { TotalsView } from '../../api/client.ts';

const none = { orders: 0, withoutValue: 0, amounts: [] };

/** Totals and connections of totals without orders, for tests that look at events. */
export const noOrders = {
  ...{ reported: none, browsersAlone: none, refunded: none, net: [], refundsSince: 0 },
  isComplete: true,
} satisfies Partial<TotalsView>;
export const noMoney = { accepted: none, delivered: none, waiting: none, failed: none, skipped: none, skippedBy: [] };
