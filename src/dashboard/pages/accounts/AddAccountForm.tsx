import { Button, Group, Radio, Stack, TextInput } from '@mantine/core';
import { useState } from 'react';
import { type ApiBody, ApiError, type Role } from '../../../api/client.ts';
import { ErrorAlert } from '../../components/feedback/ErrorStates.tsx';
import { areAllShown, getFieldError, getFieldIssues } from '../../components/forms/field-errors.ts';
import { NewPasswordInput } from '../../components/forms/NewPasswordInput.tsx';
import { callApi } from '../../data/api-client.ts';
import { useApiMutation } from '../../data/queries.ts';

const add = (body: ApiBody<'POST /api/accounts'>) => callApi('POST /api/accounts', {}, body);

export function AddAccountForm({ onDone }: { readonly onDone: () => void }) {
  const [name, setName] = useState('');
  const [role, setRole] = useState<Role>('viewer');
  const [password, setPassword] = useState('');
  const change = useApiMutation(add, { refreshes: ['GET /api/accounts'], onDone });
  const { error } = change;
  const issues = getFieldIssues(error);
  const nameError = error instanceof ApiError && error.code === 'account-exists' ? error.message : undefined;
  return (
    <form
      onSubmit={(submitted) => {
        submitted.preventDefault();
        change.mutate({ name, role, password });
      }}
    >
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
        <Radio.Group
          label="Role"
          value={role}
          onChange={(value) => setRole(value === 'owner' ? 'owner' : 'viewer')}
          error={getFieldError(issues, 'role')}
        >
          <Stack gap="xs" mt={4}>
            <Radio value="viewer" label="Viewer" description="Can see everything except accounts, and change nothing." />
            <Radio value="owner" label="Owner" description="Can change everything, including accounts and secrets." />
          </Stack>
        </Radio.Group>
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
    </form>
  );
}
