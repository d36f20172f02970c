import { Alert, Button, Group, Modal, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import type { SiteSettingsView } from '../../../../api/client.ts';
import { Copyable } from '../../../components/display/Copyable.tsx';
import { ConfirmDialog } from '../../../components/feedback/ConfirmDialog.tsx';
import { ErrorAlert } from '../../../components/feedback/ErrorStates.tsx';
import { Panel } from '../../../components/layout/Panel.tsx';
import { callApi } from '../../../data/api-client.ts';
import { useApiMutation } from '../../../data/queries.ts';
import { SecretRow } from './SecretRow.tsx';

const mostKeys = 20;

/** The keys that servers call with. Each is shown once, when it is made. */
export function SecretKeys({ site, mayChange }: { readonly site: SiteSettingsView; readonly mayChange: boolean }) {
  const [made, setMade] = useState<string>();
  const [removed, setRemoved] = useState<string>();
  const make = useApiMutation(() => callApi('POST /api/sites/:site/keys', { site: site.id }, { kind: 'secret' }), {
    onDone: ({ key }) => setMade(key),
  });
  const remove = useApiMutation((key: string) => callApi('DELETE /api/sites/:site/keys/:key', { site: site.id, key }), {
    onDone: () => setRemoved(undefined),
  });
  return (
    <Panel
      title="Secret keys"
      description="Your server calls with one of them. Only their hashes are kept, so they cannot be shown again."
      actions={
        mayChange && (
          <Button
            id="keys"
            size="xs"
            variant="default"
            loading={make.isPending}
            disabled={site.secretKeys.length >= mostKeys}
            onClick={() => make.mutate(undefined)}
          >
            Make a secret key
          </Button>
        )
      }
    >
      <Stack gap="xs">
        {make.error && <ErrorAlert error={make.error} />}
        {site.secretKeys.length === 0 && (
          <Text size="sm" c="dimmed">
            None yet. Without one, no server can report events of this site.
          </Text>
        )}
        {site.secretKeys.map(({ id, createdAt }) => (
          <SecretRow
            key={id}
            id={id}
            createdAt={createdAt}
            createdLabel="Made"
            onRemove={mayChange ? () => setRemoved(id) : undefined}
            removeLabel={`Remove ${id}`}
          />
        ))}
      </Stack>
      <Modal
        opened={made !== undefined}
        onClose={() => setMade(undefined)}
        title="The new secret key"
        size="lg"
        closeOnClickOutside={false}
        closeOnEscape={false}
        withCloseButton={false}
      >
        <Stack>
          <Alert color="yellow">Copy it now: you will not see it again. Keep it where your server keeps its secrets.</Alert>
          <Copyable label="The secret key" text={made ?? ''} />
          <Group justify="flex-end">
            <Button onClick={() => setMade(undefined)}>I have copied it</Button>
          </Group>
        </Stack>
      </Modal>
      <ConfirmDialog
        opened={removed !== undefined}
        onClose={() => setRemoved(undefined)}
        title={`Remove the key ${removed ?? ''}?`}
        label="Remove it"
        isDestructive
        isPending={remove.isPending}
        error={remove.error}
        onConfirm={() => removed !== undefined && remove.mutate(removed)}
      >
        A server that calls with it is refused from then on. What it does not send elsewhere is lost.
      </ConfirmDialog>
    </Panel>
  );
}
