import { type ReportSource, reportSources } from '../../../event/event.ts';
import type { Offset } from '../../log/event-log.ts';
import type { Store } from '../../ports/store.ts';

export type ReportReads = Pick<
  Store,
  | 'findDuplicates'
  | 'countDuplicates'
  | 'findDuplicatesByPrimary'
  | 'getPurchaseReporters'
  | 'findReportedPurchases'
  | 'findExpiredPending'
  | 'getNextPendingExpiry'
  | 'getAbsentReasons'
  | 'findEvents'
>;

/** A duplicate report and the primary one of its event. */
export interface DuplicateRow {
  readonly offset: Offset;
  readonly primary: Offset;
}

/** Maps primary reports to their duplicates. @param rows in log order */
export function groupByPrimary(rows: readonly DuplicateRow[]): ReadonlyMap<Offset, readonly Offset[]> {
  const groups = Map.groupBy(rows, ({ primary }) => primary);
  return new Map([...groups].map(([primary, group]) => [primary, group.map(({ offset }) => offset)]));
}

export function toSources(rows: readonly { readonly reporter: string }[]): readonly ReportSource[] {
  const known = new Set(rows.map(({ reporter }) => reporter));
  return reportSources.filter((source) => known.has(source));
}
