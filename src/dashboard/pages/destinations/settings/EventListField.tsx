import { Input, Stack, Switch, TagsInput } from '@mantine/core';
import type { ReactNode } from 'react';
import { allNames } from './setting-fields.ts';

interface EventListFieldProps {
  readonly label: string;
  readonly description: ReactNode;
  readonly error: ReactNode;
  /** Suggested names. Others can be typed. */
  readonly suggestions: readonly string[];
  readonly value: typeof allNames | readonly string[];
  readonly onChange: (value: typeof allNames | readonly string[]) => void;
}

/** An input for all events, or a list of events. */
export function EventListField({ label, description, error, suggestions, value, onChange }: EventListFieldProps) {
  const isAll = value === allNames;
  return (
    <Input.Wrapper label={label} labelElement="div" description={description}>
      <Stack gap="xs" mt={8}>
        <Switch
          label="All events"
          checked={isAll}
          onChange={({ currentTarget }) => onChange(currentTarget.checked ? allNames : [...suggestions])}
          error={isAll ? error : undefined}
        />
        {!isAll && (
          <TagsInput
            aria-label={`${label}: names`}
            data={[...suggestions]}
            splitChars={[',', ' ']}
            acceptValueOnBlur
            placeholder="Add event"
            value={[...value]}
            onChange={onChange}
            error={error}
          />
        )}
      </Stack>
    </Input.Wrapper>
  );
}
