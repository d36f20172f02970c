import type { Commerce, ReportSource } from '../../event/event.ts';
import type { AdjustmentName } from '../../event/event-names.ts';
import type { Issue } from '../../event/issue.ts';
import { createRejectionIssue } from '../../event/rejection-reasons.ts';
import { isObject } from '../../net/parse-json.ts';

export const refundIdMissing =
  'Must have an id, because a repeat without one counts as another refund. Send the id of the refund, such as `refund-901`.';

/**
 * Returns the issues that reject a refund or a cancellation. A value that cannot be read rejects it, because a refund without a value is one
 * of the whole order.
 * @param given the order as it was sent
 * @param commerce the order as it was read
 */
export function checkAdjustment(reporter: ReportSource, given: unknown, commerce: Commerce): readonly Issue[] {
  if (reporter === 'browser') return [createRejectionIssue('name', 'adjustment-from-browser')];
  const { orderId, value } = commerce;
  const hasValue = isObject(given) && given.value !== undefined && given.value !== null && given.value !== '';
  const isReadable = value === undefined ? !hasValue : value >= 0;
  return [
    ...(orderId === undefined ? [createRejectionIssue('commerce.orderId', 'order-missing')] : []),
    ...(isReadable ? [] : [createRejectionIssue('commerce.value', 'refund-value-invalid')]),
  ];
}

/** Returns the id of a report about the whole order, which can happen only once. A refund of a part has no id of its own. */
export function createAdjustmentId(name: AdjustmentName, { orderId, value }: Commerce): string | undefined {
  if (name === 'OrderCancelled') return `cancelled-${orderId}`;
  return value === undefined ? `refund-${orderId}` : undefined;
}
