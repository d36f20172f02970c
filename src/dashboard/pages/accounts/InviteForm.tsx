import { Alert, Button, Group, NativeSelect, Stack, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { ApiBody } from '../../../api/client.ts';
import { Copyable } from '../../components/display/Copyable.tsx';
import { Timestamp } from '../../components/display/Timestamp.tsx';
import { DialogButtons } from '../../components/forms/DialogButtons.tsx';
import { Form } from '../../components/forms/Form.tsx';
import { FormError } from '../../components/forms/FormError.tsx';
import { getFieldError } from '../../components/forms/field-errors.ts';
import { useFieldIssues } from '../../components/forms/use-field-issues.ts';
import { callApi } from '../../data/api-client.ts';
import { useApiMutation } from '../../data/queries.ts';
import { RoleFields } from './RoleFields.tsx';
import { type RoleFormValue, toAccess } from './role-form.ts';

const invite = (body: ApiBody<'POST /api/invitations'>) => callApi('POST /api/invitations', {}, body);

const lifetimes = [
  { value: '24', label: '1 day' },
  { value: '72', label: '3 days' },
  { value: '168', label: '7 days' },
  { value: '720', label: '30 days' },
];

/** Creates an invitation, then shows its link. */
export function InviteForm({ onDone }: { readonly onDone: () => void }) {
  const [label, setLabel] = useState('');
  const [roles, setRoles] = useState<RoleFormValue>({ role: 'per-site', sites: {} });
  const [hours, setHours] = useState('72');
  const create = useApiMutation(invite, { refreshes: ['GET /api/invitations'] });
  const openIssues = useFieldIssues(create.error, { label, ...toAccess(roles), hours });
  if (create.data)
    return (
      <Stack>
        <Alert color="yellow">Copy the link now. You cannot see it again. Send it only to the invited person.</Alert>
        <Copyable label="Invitation link" text={create.data.url ?? `${location.origin}${create.data.path}`} />
        <Alert color="gray" variant="light">
          The link works once, until <Timestamp at={create.data.expiresAt} />.
        </Alert>
        <Group justify="flex-end">
          <Button onClick={onDone}>Done</Button>
        </Group>
      </Stack>
    );
  return (
    <Form error={create.error} onSubmit={() => create.mutate({ label, ...toAccess(roles), hours: Number(hours) })}>
      <Stack>
        <TextInput
          label="Note"
          description="Only shown here, so that you recognize the invitation."
          placeholder="Vera, marketing"
          autoComplete="off"
          maxLength={100}
          data-autofocus
          value={label}
          onChange={({ currentTarget }) => setLabel(currentTarget.value)}
          error={getFieldError(openIssues, 'label')}
        />
        <RoleFields
          value={roles}
          onChange={setRoles}
          roleError={getFieldError(openIssues, 'role')}
          sitesError={getFieldError(openIssues, 'sites')}
        />
        <NativeSelect
          label="Expires after"
          data={lifetimes}
          maw={160}
          value={hours}
          onChange={({ currentTarget }) => setHours(currentTarget.value)}
          error={getFieldError(openIssues, 'hours')}
        />
        <FormError error={create.error} fields={['label', 'role', 'sites', 'hours']} />
        <DialogButtons label="Create link" isPending={create.isPending} onCancel={onDone} />
      </Stack>
    </Form>
  );
}
