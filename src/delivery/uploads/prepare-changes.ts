import type { BoundDestination } from '../../destinations/kit/destination.ts';
import { type ConversionChange, maxUploadRows } from '../../event/conversion-change.ts';
import { adjustOrder } from '../../event/order-adjustment.ts';
import type { UnixMs } from '../../event/units.ts';
import { parseChangeContent, type Upload } from '../../storage/ports/uploads.ts';
import { findObstacle, getRemaining } from '../planning/decide-adjustment.ts';
import type { OrderFactsById } from '../planning/order-facts.ts';

/** A change that is sent, with the waiting rows that it settles: those of all refunds of the order at the goal. */
export interface PreparedChange {
  readonly change: ConversionChange;
  readonly rows: readonly Upload[];
}

/** Rows that are settled without a call. */
export interface SettledRow {
  readonly row: Upload;
  readonly state: 'uploaded' | 'dead';
  readonly issue?: { readonly code: string; readonly message: string };
}

/**
 * Returns the changes of the orders of due rows: each with what all refunds so far leave, so that one that is sent again changes nothing. An
 * order at a goal that took the conversion back is not changed again.
 */
export function prepareChanges(
  due: readonly Upload[],
  orders: OrderFactsById,
  { goals, maxAgeMs }: NonNullable<BoundDestination['adjustments']>,
  now: UnixMs,
): { readonly changes: readonly PreparedChange[]; readonly settled: readonly SettledRow[] } {
  const changes: PreparedChange[] = [];
  const settled: SettledRow[] = [];
  const byTarget = Map.groupBy(due, ({ orderId, content }) => JSON.stringify([orderId, parseChangeContent(content)?.goal]));
  for (const rows of byTarget.values()) {
    const [first] = rows;
    const content = first && parseChangeContent(first.content);
    const facts = orders.get(first?.orderId ?? '');
    const end = (state: SettledRow['state'], issue?: SettledRow['issue']) => {
      for (const row of rows) settled.push({ row, state, ...(issue && { issue }) });
    };
    if (!first || !content || !facts?.delivered) {
      end('dead', orderGone);
      continue;
    }
    const { purchase } = facts.delivered;
    const ofGoal = facts.uploads.filter((one) => parseChangeContent(one.content)?.goal === content.goal);
    const left = getRemaining(adjustOrder(purchase, facts.refunds));
    const isTakenBack = ofGoal.some((one) => one.state === 'uploaded' && parseChangeContent(one.content)?.left === 0);
    const obstacle = findObstacle(facts, maxAgeMs, now);
    if (isTakenBack) end('uploaded');
    else if (!goals.includes(content.goal)) end('dead', goalNotChosen);
    else if (left === undefined) end('dead', amountUnknown);
    else if (obstacle) end('dead', obstacle.issues[0] ?? withdrawn);
    else {
      if (changes.length === maxUploadRows) break;
      const { goal, transactionId } = content;
      const currency = left > 0 && purchase.currency !== undefined ? { currency: purchase.currency } : {};
      // Rows that wait for a later time are settled by the same value.
      const waiting = ofGoal.filter(({ state }) => state === 'waiting');
      changes.push({ change: { goal, transactionId, at: now, left, ...currency }, rows: waiting });
    }
  }
  return { changes, settled };
}

const orderGone = {
  code: 'purchase-unknown',
  message: 'Convey does not know the delivered purchase any more, so the refund was not sent. Correct the order at the platform.',
};

const goalNotChosen = {
  code: 'goal-not-chosen',
  message:
    'The goal is no longer chosen in the settings of the connection, so the refund was not sent to it. Choose it again for later refunds.',
};

const amountUnknown = {
  code: 'refund-not-applied',
  message:
    'A refund of the order is in another currency, or the value of the order is not known, so it was not sent. Correct the order at the platform.',
};

const withdrawn = {
  code: 'consent-denied',
  message: 'The shopper denied the use of data for advertising, so the refund was not sent. No action needed.',
};
