import type { AlertConditionName } from '../../event/alert-conditions.ts';

/** An open condition ends at a multiple of its threshold, so that a figure close to the threshold does not begin and end it each hour. */
const endFactors: Readonly<Partial<Record<AlertConditionName, number>>> = {
  'rejected-share': 0.8,
  'dead-letters': 0.8,
  disk: 1.1,
};

/** Returns the limit at which an open condition ends. */
export function getEndLimit(on: AlertConditionName, threshold: number): number {
  return threshold * (endFactors[on] ?? 1);
}
