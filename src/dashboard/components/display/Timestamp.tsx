import { Text, Tooltip } from '@mantine/core';
import { gatewayClock } from '../../data/gateway-clock.ts';
import { formatDateTime, formatRelative, formatTime, formatUtc } from './format.ts';
import { useNow } from './use-now.ts';

interface TimestampProps {
  /** UNIX milliseconds. */
  readonly at: number;
  /** `ago`: relative to now. `clock`: time of day only. Default: date and time. */
  readonly as?: 'ago' | 'clock';
}

/** Shows a time in the user's time zone, with UTC in a tooltip. */
export function Timestamp({ at, as }: TimestampProps) {
  // Renders again as time passes. The time itself is read anew, because `at` may be newer than the last tick.
  useNow(as === 'ago' ? 10_000 : undefined);
  const text = as === 'ago' ? formatRelative(at, gatewayClock.now()) : as === 'clock' ? formatTime(at) : formatDateTime(at);
  return (
    <Tooltip label={as === 'ago' ? `${formatDateTime(at)} (${formatUtc(at)})` : formatUtc(at)}>
      <Text component="time" dateTime={new Date(at).toISOString()} inherit span style={{ whiteSpace: 'nowrap' }}>
        {text}
      </Text>
    </Tooltip>
  );
}
