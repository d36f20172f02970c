import { Button, Group, Textarea, type TextareaProps } from '@mantine/core';
import { useState } from 'react';
import { CopyButton } from '../../../components/display/Copyable.tsx';
import { createSigningSecret } from './signing-secret.ts';

interface SecretTextFieldProps extends Omit<TextareaProps, 'value' | 'onChange'> {
  readonly value: string;
  readonly onChange: (value: string) => void;
  /** Whether Convey can make the secret, which the other side then gets too. */
  readonly isGenerated?: boolean;
}

/** An input for a secret of several lines, such as a key file. Its text is masked until the operator shows it. */
export function SecretTextField({ value, onChange, isGenerated = false, description, ...field }: SecretTextFieldProps) {
  const [isShown, setIsShown] = useState(false);
  const generate = () => onChange([...value.split(/\s+/).filter((line) => line !== ''), createSigningSecret()].join('\n'));
  return (
    <div>
      <Textarea
        {...field}
        description={description}
        autoComplete="off"
        spellCheck={false}
        classNames={{ input: isShown ? 'secret-text' : 'secret-text masked' }}
        value={value}
        onChange={({ currentTarget }) => onChange(currentTarget.value)}
      />
      <Group gap="xs" mt="xs">
        {isGenerated && (
          <Button size="xs" variant="default" onClick={generate}>
            Generate
          </Button>
        )}
        {value !== '' && (
          <Button size="xs" variant="default" aria-pressed={isShown} onClick={() => setIsShown(!isShown)}>
            {isShown ? 'Hide' : 'Show'}
          </Button>
        )}
        {isGenerated && value !== '' && <CopyButton text={value} label="Copy for the receiver" />}
      </Group>
    </div>
  );
}
