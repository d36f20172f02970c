import { Select, TextInput } from '@mantine/core';

interface SinceUntilProps {
  readonly since: number | undefined;
  readonly until: number | undefined;
  readonly onChange: (changed: { readonly since?: number | undefined; readonly until?: number | undefined }) => void;
}

const hourMs = 3_600_000;
const spans = [
  { value: String(hourMs), label: 'The last hour' },
  { value: String(24 * hourMs), label: 'The last 24 hours' },
  { value: String(7 * 24 * hourMs), label: 'The last 7 days' },
];

/** When it happened, in the reader's zone. */
export function SinceUntil({ since, until, onChange }: SinceUntilProps) {
  return (
    <>
      <TextInput
        type="datetime-local"
        label="Happened from"
        value={since === undefined ? '' : localText(since)}
        onChange={({ currentTarget: { value } }) => onChange({ since: msOf(value), until })}
        rightSectionWidth={32}
        rightSection={
          <Select
            aria-label="A time until now"
            data={spans}
            value={null}
            onChange={(ms) => ms !== null && onChange({ since: Date.now() - Number(ms), until: undefined })}
            comboboxProps={{ width: 180, position: 'bottom-end' }}
            variant="unstyled"
            w={32}
            styles={{ input: { color: 'transparent', cursor: 'pointer' } }}
          />
        }
      />
      <TextInput
        type="datetime-local"
        label="Happened before"
        value={until === undefined ? '' : localText(until)}
        onChange={({ currentTarget: { value } }) => onChange({ since, until: msOf(value) })}
      />
    </>
  );
}

/** As the browser's own field has it: `2026-11-25T14:03`. */
function localText(at: number): string {
  const date = new Date(at);
  const local = new Date(at - date.getTimezoneOffset() * 60_000);
  return Number.isNaN(local.getTime()) ? '' : local.toISOString().slice(0, 16);
}

function msOf(local: string): number | undefined {
  const at = new Date(local).getTime();
  return Number.isNaN(at) || at < 0 ? undefined : at;
}
