import { PasswordInput } from '@mantine/core';

interface NewPasswordInputProps {
  /** Whether it is where a dialog begins. */
  readonly 'data-autofocus'?: boolean;
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly error: string | undefined;
}

/** A password that somebody makes up. */
export function NewPasswordInput({ onChange, ...rest }: NewPasswordInputProps) {
  return (
    <PasswordInput
      description="At least 15 characters: a few words that nobody would guess."
      autoComplete="new-password"
      required
      onChange={({ currentTarget }) => onChange(currentTarget.value)}
      {...rest}
    />
  );
}
