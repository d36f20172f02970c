import { Text, Tooltip } from '@mantine/core';
import { gatewayClock } from '../../data/gateway-clock.ts';
import { useOutageStart } from '../../data/reachability.ts';
import { formatDateTime, formatExpected, formatRelative, formatTime, formatUtc } from './format.ts';
import { useNow } from './use-now.ts';

interface TimestampProps {
  /** UNIX milliseconds. */
  readonly at: number;
  /**
   * `ago`: relative to now. `until`: the same for a time that Convey plans, which is not relative while the gateway does not answer. `clock`:
   * time of day only. Default: date and time.
   */
  readonly as?: 'ago' | 'until' | 'clock';
}

/** Shows a time in the user's time zone, with UTC in a tooltip. */
export function Timestamp({ at, as }: TimestampProps) {
  const isAway = useOutageStart() !== undefined;
  const isRelative = as === 'ago' || as === 'until';
  // Renders again as time passes. The time itself is read anew, because `at` may be newer than the last tick.
  useNow(isRelative ? 10_000 : undefined);
  const format = () => {
    if (as === 'until') return formatExpected(at, gatewayClock.now(), isAway);
    if (as === 'ago') return formatRelative(at, gatewayClock.now());
    return as === 'clock' ? formatTime(at) : formatDateTime(at);
  };
  return (
    <Tooltip label={isRelative ? `${formatDateTime(at)} (${formatUtc(at)})` : formatUtc(at)}>
      <Text component="time" dateTime={new Date(at).toISOString()} inherit span style={{ whiteSpace: 'nowrap' }}>
        {format()}
      </Text>
    </Tooltip>
  );
}
