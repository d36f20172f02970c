import { Button, Checkbox, Code, Group, PasswordInput, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { type AccountPlatformView, redirectPath } from '../../../../api/client.ts';
import { CopyButton } from '../../../components/display/Copyable.tsx';
import { ErrorAlert } from '../../../components/feedback/ErrorStates.tsx';
import { QueryState } from '../../../components/feedback/QueryState.tsx';
import { Form } from '../../../components/forms/Form.tsx';
import { getFieldError, getFieldIssues } from '../../../components/forms/field-errors.ts';
import { callApi } from '../../../data/api-client.ts';
import { useApiMutation, useCurrentUser, useOwnedSites } from '../../../data/queries.ts';

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
          <Button variant={isStored ? 'subtle' : 'default'} size={isStored ? 'compact-sm' : 'sm'} onClick={() => setIsOpen(true)}>
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
  const [clientId, setClientId] = useState(app.clientId ?? '');
  const [clientSecret, setClientSecret] = useState('');
  const [developerToken, setDeveloperToken] = useState('');
  const [isPublic, setIsPublic] = useState(app.isPublic ?? false);
  const [hasGoogle, setHasGoogle] = useState(app.google !== undefined);
  const [googleId, setGoogleId] = useState(app.google?.clientId ?? '');
  const [googleSecret, setGoogleSecret] = useState('');
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
  const redirectUrl = `${window.location.origin}${redirectPath}`;
  const hint = isStored ? 'Leave empty to keep the stored value' : '';
  return (
    <Form error={save.error} onSubmit={() => save.mutate(undefined)}>
      <Stack gap="md">
        <div>
          <Text size="sm" fw={600}>
            Redirect address
          </Text>
          <Text size="xs" c="dimmed">
            Enter it in the app registration, of the kind Web.
          </Text>
          <Group gap="xs" mt={4}>
            <Code style={{ overflowWrap: 'anywhere' }}>{redirectUrl}</Code>
            <CopyButton text={redirectUrl} />
          </Group>
        </div>
        <TextInput
          label="Client ID"
          withAsterisk
          autoComplete="off"
          spellCheck={false}
          value={clientId}
          onChange={({ currentTarget }) => setClientId(currentTarget.value)}
          error={getFieldError(issues, 'clientId')}
        />
        <Checkbox
          label="Public client, without a secret"
          checked={isPublic}
          onChange={({ currentTarget }) => setIsPublic(currentTarget.checked)}
        />
        {!isPublic && (
          <PasswordInput
            label="Client secret"
            placeholder={app.isPublic === false ? hint : ''}
            autoComplete="new-password"
            value={clientSecret}
            onChange={({ currentTarget }) => setClientSecret(currentTarget.value)}
            error={getFieldError(issues, 'clientSecret')}
            visibilityToggleButtonProps={{ 'aria-label': 'Show Client secret' }}
          />
        )}
        <PasswordInput
          label="Developer token"
          placeholder={hint}
          withAsterisk={!isStored}
          autoComplete="new-password"
          value={developerToken}
          onChange={({ currentTarget }) => setDeveloperToken(currentTarget.value)}
          error={getFieldError(issues, 'developerToken')}
          visibilityToggleButtonProps={{ 'aria-label': 'Show Developer token' }}
        />
        <Checkbox
          label="Sign in with Google too"
          description="For people who sign in to the platform with Google. It needs an OAuth client of Google."
          checked={hasGoogle}
          onChange={({ currentTarget }) => setHasGoogle(currentTarget.checked)}
        />
        {hasGoogle && (
          <>
            <TextInput
              label="Client ID at Google"
              withAsterisk
              autoComplete="off"
              spellCheck={false}
              value={googleId}
              onChange={({ currentTarget }) => setGoogleId(currentTarget.value)}
              error={getFieldError(issues, 'google.clientId')}
            />
            <PasswordInput
              label="Client secret at Google"
              placeholder={app.google && hint}
              withAsterisk={!app.google}
              autoComplete="new-password"
              value={googleSecret}
              onChange={({ currentTarget }) => setGoogleSecret(currentTarget.value)}
              error={getFieldError(issues, 'google.clientSecret')}
              visibilityToggleButtonProps={{ 'aria-label': 'Show Client secret at Google' }}
            />
          </>
        )}
        {save.error && issues.length === 0 && <ErrorAlert error={save.error} />}
        {remove.error && <ErrorAlert error={remove.error} />}
        <Group gap="sm">
          <Button type="submit" variant="default" loading={save.isPending}>
            Save the app
          </Button>
          {isStored && (
            <Button variant="subtle" color="red" loading={remove.isPending} onClick={() => remove.mutate(undefined)}>
              Remove the app
            </Button>
          )}
          <Button variant="subtle" color="gray" onClick={onClose}>
            Cancel
          </Button>
        </Group>
      </Stack>
    </Form>
  );
}
