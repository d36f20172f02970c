import { describeRange } from '../../../components/display/range-labels.ts';
import { useRange } from '../../../data/use-range.ts';
import { ActivityList } from '../../activity/ActivityList.tsx';
import { useActivity } from '../../activity/use-activity.ts';

interface ActivityTabProps {
  readonly site: string;
  readonly connection: string;
}

/** Shows who changed the connection in the range. */
export function ActivityTab({ site, connection }: ActivityTabProps) {
  const range = useRange();
  const { since, until } = range;
  const pages = useActivity({ site, connection, since, until }, JSON.stringify([site, connection, range.range]));
  return (
    <ActivityList pages={pages} empty={`No change of this connection ${describeRange(range)}`} hasPlace={false}>
      Choose a longer range. Changes are kept for 400 days.
    </ActivityList>
  );
}
