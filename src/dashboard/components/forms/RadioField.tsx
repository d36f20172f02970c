import { Radio, Stack } from '@mantine/core';
import type { ReactNode } from 'react';

interface RadioFieldProps<T extends string> {
  readonly label: string;
  readonly description?: ReactNode;
  readonly options: readonly { readonly value: T; readonly label: string; readonly description: string }[];
  readonly value: T;
  readonly onChange: (value: T) => void;
  readonly error: string | undefined;
}

/** A choice of one of a few options, each with a description. */
export function RadioField<T extends string>({ options, onChange, label, description, value, error }: RadioFieldProps<T>) {
  return (
    <Radio.Group
      {...{ label, description, value, error }}
      onChange={(chosen) => {
        const option = options.find(({ value }) => value === chosen);
        if (option) onChange(option.value);
      }}
    >
      <Stack gap="xs" mt="xs">
        {options.map(({ value, label, description }) => (
          <Radio key={value} value={value} label={label} description={description} />
        ))}
      </Stack>
    </Radio.Group>
  );
}
