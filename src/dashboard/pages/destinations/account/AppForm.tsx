import { Button, Group, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import type { AccountPlatformView } from '../../../../api/client.ts';
import { ConfirmDialog } from '../../../components/feedback/ConfirmDialog.tsx';
import { QueryState } from '../../../components/feedback/QueryState.tsx';
import { Fields, type FieldTable, listIssueFields } from '../../../components/forms/Fields.tsx';
import { Form } from '../../../components/forms/Form.tsx';
import { FormError } from '../../../components/forms/FormError.tsx';
import { getFieldIssues } from '../../../components/forms/field-errors.ts';
import { createCheckbox, createSecret, createText } from '../../../components/forms/inputs.tsx';
import { useStagedForm } from '../../../components/forms/use-staged-form.ts';
import { callApi } from '../../../data/api-client.ts';
import { useApiMutation, useCurrentUser, useOwnedSites } from '../../../data/queries.ts';
import { getSecretHint } from '../settings/setting-fields.ts';
import { RedirectAddress } from './RedirectAddress.tsx';

/** The app of the gateway at the platform: a form for owners of all sites, else who can enter it. */
export function AppForm({ platform }: { readonly platform: AccountPlatformView }) {
  const { source } = platform.app;
  const isStored = source === 'dashboard';
  const [isOpen, setIsOpen] = useState(false);
  const { isOwnerOfAll } = useOwnedSites();
  const me = useCurrentUser();
  if (!me.data)
    return (
      <QueryState query={me} height={36}>
        {() => null}
      </QueryState>
    );
  if (!isOwnerOfAll)
    return isStored ? null : (
      <Text size="sm">An owner of all sites must enter the app registration first. Until then, enter tag and token below.</Text>
    );
  return (
    <Stack gap="md">
      {source === 'unreadable' && (
        <Text size="sm">
          The key that encrypted the app is missing. Restore the key and restart Convey, or enter the app again.
        </Text>
      )}
      {isOpen ? (
        <AppFields platform={platform} onClose={() => setIsOpen(false)} />
      ) : (
        <div>
          <Button variant="default" size={isStored ? 'xs' : 'sm'} onClick={() => setIsOpen(true)}>
            {isStored ? 'Change the app' : 'Enter the app registration'}
          </Button>
        </div>
      )}
    </Stack>
  );
}

function AppFields({ platform, onClose }: { readonly platform: AccountPlatformView; readonly onClose: () => void }) {
  const { destination, app } = platform;
  const isStored = app.source === 'dashboard';
  const form = useStagedForm({
    clientId: app.clientId ?? '',
    isPublic: app.isPublic ?? false,
    clientSecret: '',
    developerToken: '',
    hasGoogle: app.google !== undefined,
    googleId: app.google?.clientId ?? '',
    googleSecret: '',
  });
  const { clientId, isPublic, clientSecret, developerToken, hasGoogle, googleId, googleSecret } = form.value;
  const [isAsking, setIsAsking] = useState(false);
  const refreshes = ['GET /api/account-platforms'] as const;
  const secret = isPublic ? '' : clientSecret;
  const save = useApiMutation(
    () =>
      callApi(
        'PUT /api/account-platforms/:destination/app',
        { destination },
        {
          clientId,
          ...((isPublic || secret !== '') && { clientSecret: secret }),
          ...(developerToken !== '' && { developerToken }),
          google: hasGoogle ? { clientId: googleId, ...(googleSecret !== '' && { clientSecret: googleSecret }) } : null,
        },
      ),
    { refreshes, onDone: onClose },
  );
  const remove = useApiMutation(() => callApi('DELETE /api/account-platforms/:destination/app', { destination }), {
    refreshes,
    onDone: onClose,
  });
  const issues = getFieldIssues(save.error);
  const hint = isStored ? getSecretHint('stored') : '';
  const table: FieldTable<typeof form.value> = {
    clientId: { label: 'Client ID', isRequired: true, input: createText() },
    isPublic: { label: 'Public client, without a secret', input: createCheckbox() },
    clientSecret: {
      label: 'Client secret',
      placeholder: app.isPublic === false ? hint : '',
      isShown: (values) => !values.isPublic,
      input: createSecret(),
    },
    developerToken: { label: 'Developer token', placeholder: hint, isRequired: !isStored, input: createSecret() },
    hasGoogle: {
      label: 'Sign in with Google too',
      description: 'For people who sign in to the platform with Google. It needs an OAuth client of Google.',
      input: createCheckbox(),
    },
    googleId: {
      label: 'Client ID at Google',
      isRequired: true,
      issueField: 'google.clientId',
      isShown: (values) => values.hasGoogle,
      input: createText(),
    },
    googleSecret: {
      label: 'Client secret at Google',
      placeholder: app.google ? hint : '',
      isRequired: !app.google,
      issueField: 'google.clientSecret',
      isShown: (values) => values.hasGoogle,
      input: createSecret(),
    },
  };
  return (
    <>
      <Form error={save.error} onSubmit={() => save.mutate(undefined)}>
        <Stack gap="md">
          <RedirectAddress help="Enter it in the app registration, of the kind Web." />
          <Fields table={table} form={form} issues={issues} />
          <FormError error={save.error} fields={listIssueFields(table)} />
          <Group gap="sm">
            <Button type="submit" variant="default" loading={save.isPending}>
              Save the app
            </Button>
            {isStored && (
              <Button variant="subtle" color="red" onClick={() => setIsAsking(true)}>
                Remove the app
              </Button>
            )}
            <Button variant="subtle" color="gray" onClick={onClose}>
              Cancel
            </Button>
          </Group>
        </Stack>
      </Form>
      <ConfirmDialog
        opened={isAsking}
        onClose={() => setIsAsking(false)}
        title="Remove the app?"
        label="Remove app"
        isDestructive
        mutation={remove}
        onConfirm={() => remove.mutate(undefined)}
      >
        Convey deletes its secrets. No account can be connected until you enter an app again. Connected accounts no longer work:
        their goals are not checked, and their refunds and late purchases wait. Connections keep their tokens.
      </ConfirmDialog>
    </>
  );
}
