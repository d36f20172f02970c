import { Button, Group, NativeSelect, TextInput } from '@mantine/core';
import { ApiError } from '../../../api/client.ts';
import { Icon } from '../../components/display/Icon.tsx';
import { Form } from '../../components/forms/Form.tsx';
import { Panel } from '../../components/layout/Panel.tsx';
import { keyOptions, type PersonKey } from './person-request.ts';

export interface PersonInput {
  readonly key: PersonKey;
  readonly value: string;
}

interface PersonFormProps {
  readonly person: PersonInput;
  readonly onChange: (person: PersonInput) => void;
  readonly error: Error | null;
  readonly isPending: boolean;
  /** Whether a request about the person runs. */
  readonly isRunning: boolean;
  readonly onFind: () => void;
}

/** Returns whether the gateway could not read the entered value. */
export function isKeyError(error: Error | null): boolean {
  return error instanceof ApiError && error.code === 'person-key';
}

/** Asks for one key of a person. */
export function PersonForm({ person: { key, value }, onChange, error, isPending, isRunning, onFind }: PersonFormProps) {
  const option = keyOptions.find((one) => one.value === key);
  const fix = key === 'phone' ? 'Begin with + and the country code.' : 'Correct it.';
  const keyError = isKeyError(error) && `This is no ${option?.label.toLowerCase()} that Convey can read. ${fix}`;
  return (
    <Panel
      title="Find a person"
      description="Nothing is changed. The gateway hashes an address, a phone number or a customer id at once. It neither logs nor keeps the value."
    >
      <Form error={error} onSubmit={onFind}>
        <Group align="flex-start" gap="sm">
          <NativeSelect
            label="Find by"
            flex="1 1 10rem"
            data={keyOptions.map(({ value: id, label }) => ({ value: id, label }))}
            value={key}
            disabled={isRunning}
            onChange={({ currentTarget }) => {
              const chosen = keyOptions.find((one) => one.value === currentTarget.value);
              if (chosen) onChange({ key: chosen.value, value });
            }}
          />
          <TextInput
            label={option?.label}
            flex="3 1 18rem"
            description={option?.description}
            inputWrapperOrder={['label', 'input', 'description', 'error']}
            // The browser must neither suggest nor keep it.
            autoComplete="off"
            autoCapitalize="none"
            autoCorrect="off"
            spellCheck={false}
            maxLength={1_024}
            value={value}
            // Unlike a disabled field, it keeps the focus.
            readOnly={isRunning}
            onChange={({ currentTarget }) => onChange({ key, value: currentTarget.value })}
            error={keyError}
          />
          <Button
            type="submit"
            mt={{ base: 0, sm: 25 }}
            loading={isPending}
            disabled={isRunning || value.trim() === ''}
            leftSection={<Icon name="search" size={16} />}
          >
            Find
          </Button>
        </Group>
      </Form>
    </Panel>
  );
}
