import { Input, SegmentedControl } from '@mantine/core';
import { type ReactNode, useId } from 'react';

interface ChoiceFieldProps<T extends string> {
  readonly label: string;
  readonly description?: ReactNode;
  readonly options: readonly { readonly value: T; readonly label: string }[];
  readonly value: T;
  readonly onChange: (value: T) => void;
  readonly error?: ReactNode;
}

/** A choice of one of a few options, all visible. */
export function ChoiceField<T extends string>({ label, description, options, value, onChange, error }: ChoiceFieldProps<T>) {
  const id = useId();
  return (
    <Input.Wrapper
      label={label}
      labelElement="div"
      labelProps={{ id }}
      description={description}
      error={error}
      inputWrapperOrder={['label', 'description', 'input', 'error']}
    >
      <div>
        <SegmentedControl
          mt={6}
          aria-labelledby={id}
          data={options.map((option) => ({ ...option }))}
          value={value}
          onChange={(chosen) => {
            const option = options.find(({ value: candidate }) => candidate === chosen);
            if (option) onChange(option.value);
          }}
        />
      </div>
    </Input.Wrapper>
  );
}
