import { Text, Tooltip } from '@mantine/core';
import { useEffect, useState } from 'react';
import { formatDateTime, formatRelative, formatTime, formatUtc } from './format.ts';

interface TimestampProps {
  /** UNIX milliseconds. */
  readonly at: number;
  /** `ago`: how long since; `clock`: the time of the day alone; else day and time. */
  readonly as?: 'ago' | 'clock';
}

/** A time in the reader's zone; the same in UTC where the pointer or the focus rests on it. */
export function Timestamp({ at, as }: TimestampProps) {
  const now = useNow(as === 'ago' ? 10_000 : undefined);
  const text = as === 'ago' ? formatRelative(at, now) : as === 'clock' ? formatTime(at) : formatDateTime(at);
  return (
    <Tooltip label={as === 'ago' ? `${formatDateTime(at)} (${formatUtc(at)})` : formatUtc(at)}>
      <Text component="time" dateTime={new Date(at).toISOString()} inherit span style={{ whiteSpace: 'nowrap' }}>
        {text}
      </Text>
    </Tooltip>
  );
}

/** The time by now, told anew every so often. */
export function useNow(everyMs: number | undefined): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (everyMs === undefined) return undefined;
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}
