import { Alert, Button, PasswordInput, Stack, Switch, Text } from '@mantine/core';
import { useState } from 'react';
import { ApiError } from '../../../api/client.ts';
import { Icon } from '../../components/display/Icon.tsx';
import { Form } from '../../components/forms/Form.tsx';
import { FormError } from '../../components/forms/FormError.tsx';
import { getFieldError } from '../../components/forms/field-errors.ts';
import { NewPasswordInput } from '../../components/forms/NewPasswordInput.tsx';
import { useFieldIssues } from '../../components/forms/use-field-issues.ts';
import { Page } from '../../components/layout/Page.tsx';
import { Panel } from '../../components/layout/Panel.tsx';
import { sessionApi } from '../../data/api-client.ts';
import { useApiMutation, useCurrentUser, useSites } from '../../data/queries.ts';
import { useSingleKeyShortcuts } from '../../data/use-single-key-shortcuts.ts';
import { describeAccess } from './role-form.ts';

/** The page of the signed-in account. */
export function OwnAccount() {
  const { data: me } = useCurrentUser();
  const { data: sites = [] } = useSites();
  if (!me) return null;
  return (
    <Page
      title="Your account"
      description={`Signed in as ${me.name}: ${describeAccess({ role: me.role, sites: me.sites ?? [] }, sites)}`}
    >
      <Stack gap="lg">
        <OwnPassword name={me.name} />
        <Keyboard />
      </Stack>
    </Page>
  );
}

function Keyboard() {
  const { areOn, setOn } = useSingleKeyShortcuts();
  return (
    <Panel title="Keyboard" description="For this browser only.">
      <Switch
        label="Single-key shortcuts"
        description="On the page of an event, J opens the older event and K the newer one."
        checked={areOn}
        onChange={({ currentTarget }) => setOn(currentTarget.checked)}
      />
    </Panel>
  );
}

function OwnPassword({ name }: { readonly name: string }) {
  const [password, setPassword] = useState('');
  const [newPassword, setNewPassword] = useState('');
  const change = useApiMutation(sessionApi.changePassword, {
    refreshes: [],
    onDone: () => {
      setPassword('');
      setNewPassword('');
    },
  });
  const openIssues = useFieldIssues(change.error, { password, newPassword });
  const wrong = change.error instanceof ApiError && change.error.code === 'password-refused' ? change.error.message : undefined;
  return (
    <Panel title="Password" description="A new password signs you out in all other browsers.">
      <Form error={change.error} onSubmit={() => change.mutate({ password, newPassword })}>
        <Stack maw={400}>
          {/* Password managers save the new password under this name. */}
          <input type="text" name="username" autoComplete="username" value={name} readOnly hidden />
          <PasswordInput
            label="Current password"
            autoComplete="current-password"
            required
            value={password}
            onChange={({ currentTarget }) => setPassword(currentTarget.value)}
            error={wrong ?? getFieldError(openIssues, 'password')}
          />
          <NewPasswordInput
            label="New password"
            value={newPassword}
            onChange={setNewPassword}
            error={getFieldError(openIssues, 'newPassword')}
          />
          {wrong === undefined && <FormError error={change.error} fields={['password', 'newPassword']} />}
          {change.isSuccess && (
            <Alert color="jade" variant="light" icon={<Icon name="check" />} role="status">
              <Text size="sm">Password changed. Your other sessions have ended.</Text>
            </Alert>
          )}
          <Button type="submit" loading={change.isPending} w="fit-content">
            Change password
          </Button>
        </Stack>
      </Form>
    </Panel>
  );
}
