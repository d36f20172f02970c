import { Alert } from '@mantine/core';
import { formatShortTime } from '../components/display/format.ts';
import { Icon } from '../components/display/Icon.tsx';
import { useKnownData } from '../data/queries.ts';
import { describeOutage, useOutageStart, useUnreached } from '../data/reachability.ts';

/** Shows on every page that the gateway does not answer, and since when. */
export function OutageAlert() {
  const since = useOutageStart();
  const unreached = useUnreached();
  const known = useKnownData();
  if (since === undefined) return null;
  return (
    <Alert
      color="red"
      icon={<Icon name="warn" />}
      title={`Cannot reach the ${unreached} since ${formatShortTime(since)}`}
      role="alert"
      mb="lg"
    >
      {describeOutage(unreached, known)}
    </Alert>
  );
}
