import { Button, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import type { SiteSettingsView } from '../../../../api/client.ts';
import { ErrorAlert } from '../../../components/feedback/ErrorStates.tsx';
import { Panel } from '../../../components/layout/Panel.tsx';
import { callApi } from '../../../data/api-client.ts';
import { useApiMutation } from '../../../data/queries.ts';
import { CreatedKey } from './CreatedKey.tsx';
import { RemoveKeyDialog } from './RemoveKeyDialog.tsx';
import { SecretRow } from './SecretRow.tsx';

const mostKeys = 20;

/** Lists and creates the keys of the server API. Each key is shown once, when it is created. */
export function SecretKeys({ site, mayChange }: { readonly site: SiteSettingsView; readonly mayChange: boolean }) {
  const [createdKey, setCreatedKey] = useState<string>();
  const [removed, setRemoved] = useState<string>();
  const create = useApiMutation(() => callApi('POST /api/sites/:site/keys', { site: site.id }, { kind: 'secret' }), {
    onDone: ({ key }) => setCreatedKey(key),
  });
  return (
    <Panel
      title="Secret keys"
      description="Your server authenticates with a secret key. Only hashes are stored, so keys cannot be shown again."
      actions={
        mayChange && (
          <Button
            id="keys"
            size="xs"
            variant="default"
            loading={create.isPending}
            disabled={site.secretKeys.length >= mostKeys}
            onClick={() => create.mutate(undefined)}
          >
            Create secret key
          </Button>
        )
      }
    >
      <Stack gap="xs">
        {create.error && <ErrorAlert error={create.error} />}
        {site.secretKeys.length === 0 && (
          <Text size="sm" c="dimmed">
            No secret keys yet. Your server needs one to send events.
          </Text>
        )}
        {site.secretKeys.map(({ id, createdAt }) => (
          <SecretRow
            key={id}
            id={id}
            createdAt={createdAt}
            createdLabel="Created"
            onRemove={mayChange ? () => setRemoved(id) : undefined}
            removeLabel={`Remove ${id}`}
          />
        ))}
      </Stack>
      <CreatedKey text={createdKey} onClose={() => setCreatedKey(undefined)} />
      <RemoveKeyDialog site={site.id} id={removed} title={`Remove key ${removed ?? ''}?`} onClose={() => setRemoved(undefined)}>
        Servers that use this key can no longer send events. Events they send with it are lost.
      </RemoveKeyDialog>
    </Panel>
  );
}
