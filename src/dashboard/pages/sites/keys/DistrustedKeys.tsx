import { Alert, Button, Group, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import type { SiteSettingsView } from '../../../../api/client.ts';
import { Icon } from '../../../components/display/Icon.tsx';
import { InlineCode } from '../../../components/display/InlineCode.tsx';
import { Timestamp } from '../../../components/display/Timestamp.tsx';
import { ConfirmDialog } from '../../../components/feedback/ConfirmDialog.tsx';
import { callApi } from '../../../data/api-client.ts';
import { useApiMutation, useHasRole } from '../../../data/queries.ts';

/** Shows the secret keys that a page has used. An owner may trust each again. */
export function DistrustedKeys({ site }: { readonly site: SiteSettingsView }) {
  const isOwner = useHasRole('owner');
  const [chosen, setChosen] = useState<string>();
  const trust = useApiMutation((key: string) => callApi('POST /api/sites/:site/keys/:key/trust', { site: site.id, key }), {
    onDone: () => setChosen(undefined),
  });
  if (site.distrustedKeys.length === 0) return null;
  return (
    <Alert color="red" icon={<Icon name="warn" />} title="A page uses a secret key">
      <Stack gap="sm">
        <Text size="sm">
          Requests with it count as a browser's. Remove the key from the page, and replace it.
          {!isOwner && ' An owner can trust it again.'}
        </Text>
        {site.distrustedKeys.map(({ id, name, since }) => (
          <Group key={id} justify="space-between" gap="sm">
            <Text size="sm">
              <InlineCode text={`${name} (\`${id}\`)`} />, <Timestamp at={since} as="ago" />
            </Text>
            {isOwner && (
              <Button size="xs" variant="default" onClick={() => setChosen(id)} aria-label={`Trust ${id} again`}>
                Trust again
              </Button>
            )}
          </Group>
        ))}
      </Stack>
      <ConfirmDialog
        opened={chosen !== undefined}
        onClose={() => setChosen(undefined)}
        title={`Trust key ${chosen ?? ''} again?`}
        label="Trust key"
        mutation={trust}
        onConfirm={() => chosen !== undefined && trust.mutate(chosen)}
      >
        Confirm that the key is on your server alone. The next request of a page with it ends the trust again.
      </ConfirmDialog>
    </Alert>
  );
}
