import { Select, TextInput } from '@mantine/core';
import { formatLocalTime, parseLocalTime } from '../../../components/display/local-time.ts';
import { gatewayClock } from '../../../data/gateway-clock.ts';

interface TimeRangeFilterProps {
  readonly since: number | undefined;
  readonly until: number | undefined;
  readonly onChange: (changed: { readonly since: number | undefined; readonly until: number | undefined }) => void;
}

const hourMs = 3_600_000;
const spans = [
  { value: 'any', label: 'Any time' },
  { value: String(hourMs), label: 'Last hour' },
  { value: String(24 * hourMs), label: 'Last 24 hours' },
  { value: String(7 * 24 * hourMs), label: 'Last 7 days' },
  { value: 'between', label: 'Custom' },
];

/** Filters by event time in the user's time zone. Times are absolute, so that the URL shows the same events tomorrow. */
export function TimeRangeFilter({ since, until, onChange }: TimeRangeFilterProps) {
  const isAny = since === undefined && until === undefined;
  const choose = (value: string | null) => {
    if (value === null || value === 'any') onChange({ since: undefined, until: undefined });
    else if (value === 'between') onChange({ since: since ?? gatewayClock.now() - hourMs, until });
    else onChange({ since: gatewayClock.now() - Number(value), until: undefined });
  };
  return (
    <>
      <Select label="Event time" data={spans} value={isAny ? 'any' : 'between'} onChange={choose} allowDeselect={false} />
      {!isAny && (
        <>
          <TextInput
            type="datetime-local"
            label="From"
            value={since === undefined ? '' : formatLocalTime(since)}
            onChange={({ currentTarget: { value } }) => onChange({ since: parseLocalTime(value), until })}
          />
          <TextInput
            type="datetime-local"
            label="To"
            value={until === undefined ? '' : formatLocalTime(until)}
            onChange={({ currentTarget: { value } }) => onChange({ since, until: parseLocalTime(value) })}
          />
        </>
      )}
    </>
  );
}
