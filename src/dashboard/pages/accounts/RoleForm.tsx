import { Stack, Text } from '@mantine/core';
import { useState } from 'react';
import type { AccountView } from '../../../api/client.ts';
import { DialogButtons } from '../../components/forms/DialogButtons.tsx';
import { Form } from '../../components/forms/Form.tsx';
import { FormError } from '../../components/forms/FormError.tsx';
import { getFieldError } from '../../components/forms/field-errors.ts';
import { useFieldIssues } from '../../components/forms/use-field-issues.ts';
import { callApi } from '../../data/api-client.ts';
import { useApiMutation, useSites } from '../../data/queries.ts';
import { RoleFields } from './RoleFields.tsx';
import { type RoleFormValue, toAccess, toRoleForm } from './role-form.ts';

/** Changes the roles of an account. */
export function RoleForm({
  account,
  isSelf,
  onDone,
}: {
  readonly account: AccountView;
  readonly isSelf: boolean;
  readonly onDone: () => void;
}) {
  const { data: sites } = useSites();
  const [value, setValue] = useState(() => toRoleForm(account, sites));
  const { name } = account;
  const save = useApiMutation((form: RoleFormValue) => callApi('PATCH /api/accounts/:name', { name }, toAccess(form)), {
    onDone,
  });
  const openIssues = useFieldIssues(save.error, toAccess(value));
  return (
    <Form error={save.error} onSubmit={() => save.mutate(value)}>
      <Stack>
        <RoleFields
          value={value}
          onChange={setValue}
          roleError={getFieldError(openIssues, 'role')}
          sitesError={getFieldError(openIssues, 'sites')}
        />
        {isSelf && value.role !== 'owner' && (
          <Text size="sm">This is your own account. You will no longer be able to manage accounts.</Text>
        )}
        <FormError error={save.error} fields={['role', 'sites']} />
        <DialogButtons label="Save role" isPending={save.isPending} onCancel={onDone} />
      </Stack>
    </Form>
  );
}
