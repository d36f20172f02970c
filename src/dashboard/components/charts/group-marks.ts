import type { ChartMark, ChartPoint } from './chart-data.ts';

/** Groups marks by the point whose time contains them: the last one at or before the mark. Leaves out marks before the first point. */
export function groupMarks(
  points: readonly Pick<ChartPoint, 'at'>[],
  marks: readonly ChartMark[],
): ReadonlyMap<number, readonly ChartMark[]> {
  const groups = new Map<number, ChartMark[]>();
  for (const mark of marks) {
    const at = points.findLast((point) => point.at <= mark.at)?.at;
    if (at === undefined) continue;
    groups.set(at, [...(groups.get(at) ?? []), mark]);
  }
  return groups;
}
