import { Alert, Button, Stack } from '@mantine/core';
import type { SiteSettingsView } from '../../../../../api/client.ts';
import { Icon } from '../../../../components/display/Icon.tsx';
import { ErrorAlert } from '../../../../components/feedback/ErrorStates.tsx';
import { RoleOnly } from '../../../../components/feedback/RoleOnly.tsx';
import { callApi } from '../../../../data/api-client.ts';
import { useApiMutation } from '../../../../data/queries.ts';

/** Sets the platform of the site, if it is another one. */
export function PlatformAlert({
  site,
  platform,
  name,
}: {
  readonly site: SiteSettingsView;
  readonly platform: 'shopify' | 'woocommerce';
  readonly name: string;
}) {
  const change = useApiMutation(
    () => callApi('PATCH /api/sites/:site', { site: site.id }, { revision: site.revision, platform }),
    { refreshes: ['GET /api/sites', 'GET /api/sites/:site/checklist'] },
  );
  if (site.platform === platform) return null;
  return (
    <Alert color="orange" icon={<Icon name="warn" />} title={`The platform of this site is not ${name}`}>
      <Stack gap="xs" align="flex-start">
        {site.origin === 'file'
          ? `Webhooks are rejected until you set platform to ${platform} in the config file, and restart Convey.`
          : `Webhooks are rejected until the platform is ${name}.`}
        {site.origin !== 'file' && (
          <RoleOnly needs="editor">
            {(isPermitted) => (
              <Button
                size="xs"
                variant="default"
                loading={change.isPending}
                disabled={!isPermitted}
                onClick={() => change.mutate(undefined)}
              >
                Set platform to {name}
              </Button>
            )}
          </RoleOnly>
        )}
        {change.error && <ErrorAlert error={change.error} />}
      </Stack>
    </Alert>
  );
}
