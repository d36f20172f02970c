import { PasswordInput } from '@mantine/core';

interface NewPasswordInputProps {
  /** Whether the field gets the focus when a dialog opens. */
  readonly 'data-autofocus'?: boolean;
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly error: string | undefined;
}

/** An input for a new password, with the rule for it. */
export function NewPasswordInput({ onChange, ...rest }: NewPasswordInputProps) {
  return (
    <PasswordInput
      description="At least 15 characters. Use several random words."
      autoComplete="new-password"
      required
      onChange={({ currentTarget }) => onChange(currentTarget.value)}
      {...rest}
    />
  );
}
