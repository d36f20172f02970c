import { Button, Group, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { ErrorAlert } from '../../components/feedback/ErrorStates.tsx';
import { getFieldError, getFieldIssues } from '../../components/forms/field-errors.ts';
import { NewPasswordInput } from '../../components/forms/NewPasswordInput.tsx';
import { callApi } from '../../data/api-client.ts';
import { useApiMutation } from '../../data/queries.ts';

interface PasswordFormProps {
  readonly name: string;
  /** What will come of it. */
  readonly description: string;
  readonly onDone: () => void;
}

export function PasswordForm({ name, description, onDone }: PasswordFormProps) {
  const [password, setPassword] = useState('');
  const set = useApiMutation((given: string) => callApi('PATCH /api/accounts/:name', { name }, { password: given }), { onDone });
  const wrong = getFieldError(getFieldIssues(set.error), 'password');
  return (
    <form
      onSubmit={(submitted) => {
        submitted.preventDefault();
        set.mutate(password);
      }}
    >
      <Stack>
        <Text size="sm">{description}</Text>
        <NewPasswordInput label="New password" data-autofocus value={password} onChange={setPassword} error={wrong} />
        {set.error && wrong === undefined && <ErrorAlert error={set.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onDone}>
            Cancel
          </Button>
          <Button type="submit" loading={set.isPending}>
            Set the password
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
