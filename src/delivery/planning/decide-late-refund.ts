import type { BoundDestination } from '../../destinations/kit/destination.ts';
import type { Issue } from '../../event/issue.ts';
import { findLateOrder, getUploadedValue, isNotUploaded, refundedBefore } from '../../storage/ports/late-orders.ts';
import { formatUploadKey } from '../../storage/ports/uploads.ts';
import { type AdjustmentDecision, type AdjustmentOutcome, type DecidedAdjustment, settleByUploads } from './decide-adjustment.ts';
import { getLateRemainder, lateRefundIssues } from './late-refund.ts';
import type { OrderFacts } from './order-facts.ts';

/**
 * Decides about a refund or cancellation of a purchase that is uploaded to the account: one row, which waits for the upload, or the outcome by
 * the row that it has. Undefined: the connection uploads no purchase of the order.
 */
export function decideLateRefund(
  facts: OrderFacts | undefined,
  { late }: Pick<BoundDestination, 'late'>,
  { offset, now, eventId }: Pick<DecidedAdjustment, 'offset' | 'now' | 'eventId'>,
): Exclude<AdjustmentDecision, { readonly mapped: unknown } | { readonly awaits: unknown }> | undefined {
  const order = facts?.delivered ? undefined : findLateOrder(facts?.uploads ?? []);
  // A browser's report is none of the refunds.
  if (!facts || !order || !facts.refunds.some(({ refundId }) => refundId === eventId)) return undefined;
  const settle = (outcome: AdjustmentOutcome, ...issues: readonly Issue[]) => ({ outcome, issues });
  const { row, content, changes } = order;
  const remainder = getLateRemainder(content, facts.refunds);
  const left = remainder.state === 'left' ? remainder.thousandths : undefined;
  const own = changes.filter((one) => one.offset === offset);
  if (own.length > 0) return settleByUploads(own, left ?? 0);
  if (isNotUploaded(row))
    return row.answer?.code === refundedBefore.code ? settle('retracted') : settle('no-purchase', lateRefundIssues.notUploaded);
  if (left === undefined) return settle('unsupported', ...(remainder.state === 'unknown' ? [lateRefundIssues.unknown] : []));
  if (left === getUploadedValue(order)) return settle(left === 0 ? 'retracted' : 'restated');
  if (!late) return settle('unsupported', lateRefundIssues.off);
  if (now - row.at > late.maxAgeMs) return settle('unsupported', lateRefundIssues.tooOld);
  const { orderId, at, person, triedAt } = row;
  const uploadedAt = row.state === 'waiting' || triedAt === undefined ? now : triedAt;
  return {
    ...settle('awaiting-upload'),
    uploads: [
      {
        ...{ kind: 'offline-adjustment', key: formatUploadKey(orderId, eventId, ''), orderId, offset, at, content: '{}' },
        dueAt: Math.max(now, uploadedAt + late.adjustAfterMs),
        ...(person && { person }),
      },
    ],
  };
}
