import { Button, Group, Stack, TextInput } from '@mantine/core';
import { useState } from 'react';
import { type ApiBody, ApiError, type Role } from '../../../api/client.ts';
import { ErrorAlert } from '../../components/feedback/ErrorStates.tsx';
import { Form } from '../../components/forms/Form.tsx';
import { areAllShown, getFieldError, getFieldIssues } from '../../components/forms/field-errors.ts';
import { NewPasswordInput } from '../../components/forms/NewPasswordInput.tsx';
import { RadioField } from '../../components/forms/RadioField.tsx';
import { callApi } from '../../data/api-client.ts';
import { useApiMutation } from '../../data/queries.ts';

const add = (body: ApiBody<'POST /api/accounts'>) => callApi('POST /api/accounts', {}, body);

const roles = [
  { value: 'viewer', label: 'Viewer', description: 'Can see everything except accounts, and change nothing.' },
  { value: 'owner', label: 'Owner', description: 'Can change everything, including accounts and secrets.' },
] as const satisfies readonly { readonly value: Role; readonly label: string; readonly description: string }[];

export function AddAccountForm({ onDone }: { readonly onDone: () => void }) {
  const [name, setName] = useState('');
  const [role, setRole] = useState<Role>('viewer');
  const [password, setPassword] = useState('');
  const change = useApiMutation(add, { refreshes: ['GET /api/accounts'], onDone });
  const { error } = change;
  const issues = getFieldIssues(error);
  const nameError = error instanceof ApiError && error.code === 'account-exists' ? error.message : undefined;
  return (
    <Form onSubmit={() => change.mutate({ name, role, password })}>
      <Stack>
        <TextInput
          label="Name"
          description="Used to sign in. Letters, digits and . _ @ + -"
          autoComplete="off"
          autoCapitalize="none"
          data-autofocus
          required
          value={name}
          onChange={({ currentTarget }) => setName(currentTarget.value)}
          error={nameError ?? getFieldError(issues, 'name')}
        />
        <RadioField label="Role" options={roles} value={role} onChange={setRole} error={getFieldError(issues, 'role')} />
        <NewPasswordInput label="Password" value={password} onChange={setPassword} error={getFieldError(issues, 'password')} />
        {error && nameError === undefined && !areAllShown(issues, ['name', 'role', 'password']) && <ErrorAlert error={error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onDone}>
            Cancel
          </Button>
          <Button type="submit" loading={change.isPending}>
            Add account
          </Button>
        </Group>
      </Stack>
    </Form>
  );
}
