import type { UnixMs } from '../../event/units.ts';
import type { LogRecord, Offset } from '../../storage/log/event-log.ts';
import type { ConnectionState } from '../../storage/ports/connection-state.ts';
import type { DeliveryCommit } from '../../storage/ports/consumers.ts';
import type { RestatedOrder } from '../../storage/ports/order-ledger.ts';
import type { EventOutcomeEntry, StoredOutcome } from '../../storage/ports/outcomes.ts';
import type { Upload, UploadResult } from '../../storage/ports/uploads.ts';
import { settleByUploads } from '../planning/decide-adjustment.ts';
import { countOutcomes } from '../planning/outcome-counts.ts';

/** The results of a call, or of a check before it. */
export interface UploadSettlement {
  readonly results: readonly UploadResult[];
  /** The orders of the results, with the value that each has at the goals that took it. */
  readonly orders: readonly { readonly orderId: string; readonly offset: Offset; readonly left: number }[];
  /** The state of the uploads, as JSON. Absent: the earlier one. */
  readonly state?: string;
}

export interface SettledFacts {
  readonly state: ConnectionState;
  /** All rows of the orders. */
  readonly uploads: readonly Upload[];
  /** The refunds that the event log still has. */
  readonly records: readonly LogRecord[];
  readonly outcomes: ReadonlyMap<Offset, StoredOutcome>;
}

/**
 * Returns the commit of a call's results: the rows, the outcomes of their refunds, and the value that the platform has, once every goal took
 * it. A row that was erased meanwhile changes nothing.
 */
export function commitUploads(
  { results, orders, state: uploadState }: UploadSettlement,
  { state, uploads, records, outcomes }: SettledFacts,
): DeliveryCommit {
  const changed = new Map(results.map((one) => [formatRow(one), one]));
  const rows = uploads.map((row) => ({ ...row, ...changed.get(formatRow(row)) }));
  const known = new Set(rows.map(formatRow));
  const restatedOrders: RestatedOrder[] = [];
  const entries: EventOutcomeEntry[] = [];
  for (const order of orders) {
    const ofOrder = rows.filter(({ orderId }) => orderId === order.orderId);
    if (ofOrder.length === 0) continue;
    const settledNow = new Set(ofOrder.filter((row) => changed.has(formatRow(row))).map(({ offset }) => offset));
    const isTaken = ofOrder.every(
      ({ state: one, offset }) => one === 'uploaded' || (one !== 'waiting' && !settledNow.has(offset)),
    );
    if (isTaken) restatedOrders.push(order);
    for (const [offset, ofRefund] of Map.groupBy(ofOrder, (row) => row.offset)) {
      const before = outcomes.get(offset);
      if (before?.outcome !== 'awaiting-upload' || before.isRetired) continue;
      const { outcome, issues } = settleByUploads(ofRefund, order.left);
      if (outcome !== 'awaiting-upload') entries.push({ offset, outcome, issues });
    }
  }
  const receivedAt = new Map<Offset, UnixMs>(records.map(({ offset, at }) => [offset, at]));
  const present = entries.filter(({ offset }) => receivedAt.has(offset));
  return {
    state,
    ...(uploadState !== undefined && { uploadState }),
    uploadResults: results.filter((one) => known.has(formatRow(one))),
    restatedOrders,
    outcomes: present.toSorted((one, other) => (one.offset < other.offset ? -1 : 1)),
    counts: countOutcomes(present, (offset) => outcomes.get(offset)?.outcome, receivedAt),
  };
}

const formatRow = ({ kind, key }: Pick<Upload, 'kind' | 'key'>) => `${kind} ${key}`;
