import { Anchor, Button, Group, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import type { ExportView } from '../../../../api/client.ts';
import { Timestamp } from '../../../components/display/Timestamp.tsx';
import { ConfirmDialog } from '../../../components/feedback/ConfirmDialog.tsx';
import { Panel } from '../../../components/layout/Panel.tsx';
import { callApi } from '../../../data/api-client.ts';
import { useApiMutation, useApiQuery } from '../../../data/queries.ts';

const everyMs = 60_000;

/** Files with what is kept of a person, which wait to be handed over. Nothing is shown where there is none. */
export function PrivacyFiles({ site }: { readonly site: string }) {
  const [removed, setRemoved] = useState<ExportView>();
  const files = useApiQuery('GET /api/sites/:site/exports', { site }, { everyMs });
  const remove = useApiMutation((id: string) => callApi('DELETE /api/sites/:site/exports/:export', { site, export: id }), {
    onDone: () => setRemoved(undefined),
  });
  if (files.data === undefined || files.data.length === 0) return null;
  return (
    <Panel
      title="Data of a customer"
      description="Everything that Convey keeps of one person. Hand the file to the customer who asked for it, then remove it here."
    >
      <Stack component="ul" gap="md" m={0} p={0} style={{ listStyle: 'none' }}>
        {files.data.map((file) => (
          <Group component="li" key={file.id} justify="space-between" gap="sm">
            <div>
              <Text size="sm">
                {file.askedBy === 'shop' ? 'A customer asked the shop for it' : 'Somebody who runs Convey asked for it'}
              </Text>
              <Text size="xs" c="dimmed" mt={2}>
                Made <Timestamp at={file.madeAt} as="ago" />, kept until <Timestamp at={file.keptUntil} />
              </Text>
            </div>
            <Group gap="sm">
              <Anchor
                size="sm"
                href={`/api/sites/${encodeURIComponent(site)}/exports/${encodeURIComponent(file.id)}`}
                download={`${site}-${file.id}.json`}
                aria-label={`Download the file ${file.id}`}
              >
                Download
              </Anchor>
              <Button size="xs" variant="default" onClick={() => setRemoved(file)} aria-label={`Remove the file ${file.id}`}>
                Remove
              </Button>
            </Group>
          </Group>
        ))}
      </Stack>
      <ConfirmDialog
        opened={removed !== undefined}
        onClose={() => setRemoved(undefined)}
        title="Remove the file?"
        label="Remove it"
        isDestructive
        isPending={remove.isPending}
        error={remove.error}
        onConfirm={() => removed !== undefined && remove.mutate(removed.id)}
      >
        What Convey keeps of the person stays. A customer who did not get the file has to ask the shop again.
      </ConfirmDialog>
    </Panel>
  );
}
