import { Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { DialogButtons } from '../../components/forms/DialogButtons.tsx';
import { Form } from '../../components/forms/Form.tsx';
import { FormError } from '../../components/forms/FormError.tsx';
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
  return (
    <Form error={set.error} onSubmit={() => set.mutate(password)}>
      <Stack>
        <Text size="sm">{name} will be signed out everywhere. Give them the new password in person.</Text>
        <NewPasswordInput
          label="New password"
          data-autofocus
          value={password}
          onChange={setPassword}
          error={getFieldError(getFieldIssues(set.error), 'password')}
        />
        <FormError error={set.error} fields={['password']} />
        <DialogButtons label="Reset password" isPending={set.isPending} onCancel={onDone} />
      </Stack>
    </Form>
  );
}
