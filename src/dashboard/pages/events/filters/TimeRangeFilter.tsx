import { Select, TextInput } from '@mantine/core';

interface TimeRangeFilterProps {
  readonly since: number | undefined;
  readonly until: number | undefined;
  readonly onChange: (changed: { readonly since: number | undefined; readonly until: number | undefined }) => void;
}

const hourMs = 3_600_000;
const spans = [
  { value: 'any', label: 'Any time' },
  { value: String(hourMs), label: 'From an hour ago' },
  { value: String(24 * hourMs), label: 'From 24 hours ago' },
  { value: String(7 * 24 * hourMs), label: 'From 7 days ago' },
  { value: 'between', label: 'Between two times' },
];

/** When it happened, in the reader's zone. The times stay what they are, so that the address shows the same tomorrow. */
export function TimeRangeFilter({ since, until, onChange }: TimeRangeFilterProps) {
  const isAny = since === undefined && until === undefined;
  const choose = (value: string | null) => {
    if (value === null || value === 'any') onChange({ since: undefined, until: undefined });
    else if (value === 'between') onChange({ since: since ?? Date.now() - hourMs, until });
    else onChange({ since: Date.now() - Number(value), until: undefined });
  };
  return (
    <>
      <Select label="Happened" data={spans} value={isAny ? 'any' : 'between'} onChange={choose} allowDeselect={false} />
      {!isAny && (
        <>
          <TextInput
            type="datetime-local"
            label="From"
            value={localText(since)}
            onChange={({ currentTarget: { value } }) => onChange({ since: msOf(value), until })}
          />
          <TextInput
            type="datetime-local"
            label="Before"
            value={localText(until)}
            onChange={({ currentTarget: { value } }) => onChange({ since, until: msOf(value) })}
          />
        </>
      )}
    </>
  );
}

/** As the browser's own field has it: `2026-11-25T14:03`. */
function localText(at: number | undefined): string {
  if (at === undefined) return '';
  const local = new Date(at - new Date(at).getTimezoneOffset() * 60_000);
  return Number.isNaN(local.getTime()) ? '' : local.toISOString().slice(0, 16);
}

function msOf(local: string): number | undefined {
  const at = new Date(local).getTime();
  return Number.isNaN(at) || at < 0 ? undefined : at;
}
