import { Button, Group, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { ErrorAlert } from '../../components/feedback/ErrorStates.tsx';
import { Form } from '../../components/forms/Form.tsx';
import { getFieldError, getFieldIssues } from '../../components/forms/field-errors.ts';
import { NewPasswordInput } from '../../components/forms/NewPasswordInput.tsx';
import { callApi } from '../../data/api-client.ts';
import { useApiMutation } from '../../data/queries.ts';

interface PasswordFormProps {
  readonly name: string;
  readonly onDone: () => void;
}

/** Sets a password for another account. */
export function PasswordForm({ name, onDone }: PasswordFormProps) {
  const [password, setPassword] = useState('');
  const set = useApiMutation((newPassword: string) => callApi('PATCH /api/accounts/:name', { name }, { password: newPassword }), {
    onDone,
  });
  const passwordError = getFieldError(getFieldIssues(set.error), 'password');
  return (
    <Form error={set.error} onSubmit={() => set.mutate(password)}>
      <Stack>
        <Text size="sm">{name} will be signed out everywhere. Give them the new password in person.</Text>
        <NewPasswordInput label="New password" data-autofocus value={password} onChange={setPassword} error={passwordError} />
        {set.error && passwordError === undefined && <ErrorAlert error={set.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onDone}>
            Cancel
          </Button>
          <Button type="submit" loading={set.isPending}>
            Reset password
          </Button>
        </Group>
      </Stack>
    </Form>
  );
}
