import { Stack, TextInput } from '@mantine/core';
import { useState } from 'react';
import { type ApiBody, ApiError } from '../../../api/client.ts';
import { DialogButtons } from '../../components/forms/DialogButtons.tsx';
import { Form } from '../../components/forms/Form.tsx';
import { FormError } from '../../components/forms/FormError.tsx';
import { getFieldError } from '../../components/forms/field-errors.ts';
import { NewPasswordInput } from '../../components/forms/NewPasswordInput.tsx';
import { useFieldIssues } from '../../components/forms/use-field-issues.ts';
import { callApi } from '../../data/api-client.ts';
import { useApiMutation } from '../../data/queries.ts';
import { RoleFields } from './RoleFields.tsx';
import { type RoleFormValue, toAccess } from './role-form.ts';

const add = (body: ApiBody<'POST /api/accounts'>) => callApi('POST /api/accounts', {}, body);

/** Creates an account with a password that the owner chooses. */
export function AddAccountForm({ onDone }: { readonly onDone: () => void }) {
  const [name, setName] = useState('');
  const [roles, setRoles] = useState<RoleFormValue>({ role: 'viewer', sites: {} });
  const [password, setPassword] = useState('');
  const change = useApiMutation(add, { refreshes: ['GET /api/accounts'], onDone });
  const { error } = change;
  const openIssues = useFieldIssues(error, { name, ...toAccess(roles), password });
  const nameError = error instanceof ApiError && error.code === 'account-exists' ? error.message : undefined;
  return (
    <Form error={error} onSubmit={() => change.mutate({ name, ...toAccess(roles), password })}>
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
          error={nameError ?? getFieldError(openIssues, 'name')}
        />
        <RoleFields
          value={roles}
          onChange={setRoles}
          roleError={getFieldError(openIssues, 'role')}
          sitesError={getFieldError(openIssues, 'sites')}
        />
        <NewPasswordInput
          label="Password"
          value={password}
          onChange={setPassword}
          error={getFieldError(openIssues, 'password')}
        />
        {nameError === undefined && <FormError error={error} fields={['name', 'role', 'sites', 'password']} />}
        <DialogButtons label="Add account" isPending={change.isPending} onCancel={onDone} />
      </Stack>
    </Form>
  );
}
