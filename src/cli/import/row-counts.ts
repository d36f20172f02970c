import { formatCount } from '../../event/format-numbers.ts';
import type { ListedResult } from './result-file.ts';

/** The numbers of rows by their result. */
export interface RowCounts {
  accepted: number;
  repeated: number;
  refused: number;
}

export function addResult(counts: RowCounts, result: ListedResult['result']): void {
  counts[result] += 1;
}

/** Formats counts: `1,180 rows accepted, 3 repeated, 2 refused`. */
export function formatRowCounts({ accepted, repeated, refused }: RowCounts): string {
  return `${formatCount(accepted, 'row')} accepted, ${formatNumber(repeated)} repeated, ${formatNumber(refused)} refused`;
}

export function formatNumber(count: number): string {
  return count.toLocaleString('en-GB');
}
