import { Alert, Button, Group, Stack, Text } from '@mantine/core';
import type { SiteSettingsView } from '../../../../api/client.ts';
import { Icon } from '../../../components/display/Icon.tsx';
import { InlineCode } from '../../../components/display/InlineCode.tsx';
import { ErrorAlert } from '../../../components/feedback/ErrorStates.tsx';
import { callApi } from '../../../data/api-client.ts';
import { useApiMutation } from '../../../data/queries.ts';

type MissingCountry = SiteSettingsView['consent']['missingCountry'];

/** Asks for a choice on a site that was made before there was one. Renders nothing on other sites. */
export function ConsentNotice({ site, mayChange }: { readonly site: SiteSettingsView; readonly mayChange: boolean }) {
  const { id, revision, consent, defaultCountry } = site;
  const choose = useApiMutation((missingCountry: MissingCountry) =>
    callApi('PATCH /api/sites/:site', { site: id }, { revision, consent: { missingCountry } }),
  );
  if (consent.notice === undefined) return null;
  return (
    <Alert color="yellow" icon={<Icon name="warn" />} title="Missing consent of server events counts as granted">
      <Stack gap="sm">
        <Text size="sm">
          <InlineCode text={consent.notice} />
        </Text>
        {choose.error && <ErrorAlert error={choose.error} />}
        {mayChange && (
          <Group gap="xs">
            <Button size="xs" loading={choose.isPending} onClick={() => choose.mutate('unknown')}>
              Wait for consent
            </Button>
            <Button size="xs" variant="default" loading={choose.isPending} onClick={() => choose.mutate('default-country')}>
              Keep using {defaultCountry}
            </Button>
          </Group>
        )}
      </Stack>
    </Alert>
  );
}
