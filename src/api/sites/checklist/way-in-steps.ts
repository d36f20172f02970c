import { describeReports, nameWay } from '../../../event/report-way.ts';
import type { WayInUse } from '../../../storage/ports/site-activity.ts';
import type { StepView } from './schemas.ts';

/** Returns a step for each way in besides the sources' own that ever reported. */
export function wayInSteps(ways: readonly WayInUse[]): readonly StepView[] {
  return ways.flatMap((way) => {
    const { reporter, via, reports: count, lastAt: at } = way;
    if (via === undefined) return [];
    return [
      {
        id: `way-in-${reporter}-${via.replace(':', '-')}`,
        group: reporter === 'browser' ? 'pixel' : 'server',
        title: `Reports of ${nameWay(way)}`,
        // An import is done once, and none follows.
        state: count > 0 || via === 'import' ? 'done' : 'waiting',
        says: `${describeReports({ ...way, count })}.`,
        at,
      },
    ];
  });
}
