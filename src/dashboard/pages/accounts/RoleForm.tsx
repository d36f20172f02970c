import { Button, Group, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import type { AccountView } from '../../../api/client.ts';
import { ErrorAlert } from '../../components/feedback/ErrorStates.tsx';
import { Form } from '../../components/forms/Form.tsx';
import { areAllShown, getFieldError, getFieldIssues } from '../../components/forms/field-errors.ts';
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
  const issues = getFieldIssues(save.error);
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
        {save.error && !areAllShown(issues, ['role', 'sites']) && <ErrorAlert error={save.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onDone}>
            Cancel
          </Button>
          <Button type="submit" loading={save.isPending}>
            Save role
          </Button>
        </Group>
      </Stack>
    </Form>
  );
}
