import { Alert } from '@mantine/core';
import { formatShortTime } from '../components/display/format.ts';
import { Icon } from '../components/display/Icon.tsx';
import { useOutageStart } from '../data/reachability.ts';

/** Shows on every page that the gateway does not answer, and since when. */
export function OutageAlert() {
  const since = useOutageStart();
  if (since === undefined) return null;
  return (
    <Alert
      color="red"
      icon={<Icon name="warn" />}
      title={`Cannot reach the gateway since ${formatShortTime(since)}`}
      role="alert"
      mb="lg"
    >
      This page shows older data. Check that the gateway is running. This page retries automatically.
    </Alert>
  );
}
