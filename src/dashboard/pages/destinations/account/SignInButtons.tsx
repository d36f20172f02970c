import { Button, Group } from '@mantine/core';
import { flushSync } from 'react-dom';
import type { AccountPlatformView, DestinationView } from '../../../../api/client.ts';
import { ErrorAlert } from '../../../components/feedback/ErrorStates.tsx';
import { RoleOnly } from '../../../components/feedback/RoleOnly.tsx';
import type { StagedForm } from '../../../components/forms/use-staged-form.ts';
import { callApi } from '../../../data/api-client.ts';
import { useApiMutation } from '../../../data/queries.ts';
import { parseSettingFields, type SettingsForm, toSettings } from '../settings/setting-fields.ts';

interface SignInButtonsProps {
  readonly platform: AccountPlatformView;
  readonly site: string;
  readonly connection: string;
  readonly destination: DestinationView;
  readonly form: StagedForm<SettingsForm>;
  /** Whether the sign-in is the next step. */
  readonly isMain: boolean;
}

/** Opens the platform's sign-in page, by one button for each service. The gateway keeps the form's values meanwhile. */
export function SignInButtons({ platform, site, connection, destination, form, isMain }: SignInButtonsProps) {
  const { mutate, isPending, error, variables } = useApiMutation(
    (identityProvider: string) =>
      callApi(
        'POST /api/sites/:site/account-sign-ins',
        { site },
        {
          connection,
          destination: destination.id,
          identityProvider,
          settings: toSettings(parseSettingFields(destination), form.value),
        },
      ),
    {
      refreshes: [],
      onDone: ({ url }) => {
        // Otherwise the browser would ask whether to leave the unsaved changes.
        flushSync(() => form.discard());
        window.location.assign(url);
      },
    },
  );
  return (
    <>
      <Group gap="sm">
        {platform.identityProviders.map((provider, index) => (
          <RoleOnly key={provider} needs="owner">
            {(isPermitted) => (
              <Button
                variant={isMain && index === 0 ? 'filled' : 'default'}
                loading={isPending && variables === provider}
                disabled={!isPermitted}
                onClick={() => mutate(provider)}
              >
                Sign in with {provider}
              </Button>
            )}
          </RoleOnly>
        ))}
      </Group>
      {error && <ErrorAlert error={error} />}
    </>
  );
}
