import { Anchor, Button, Group, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import type { ExportView } from '../../../../api/client.ts';
import { Timestamp } from '../../../components/display/Timestamp.tsx';
import { ConfirmDialog } from '../../../components/feedback/ConfirmDialog.tsx';
import { Panel } from '../../../components/layout/Panel.tsx';
import { callApi } from '../../../data/api-client.ts';
import { useApiMutation, useApiQuery } from '../../../data/queries.ts';

const everyMs = 60_000;

/** Lists the exports of personal data. Renders nothing if there are none. */
export function PrivacyFiles({ site }: { readonly site: string }) {
  const [removed, setRemoved] = useState<ExportView>();
  const files = useApiQuery('GET /api/sites/:site/exports', { site }, { everyMs });
  const remove = useApiMutation((id: string) => callApi('DELETE /api/sites/:site/exports/:export', { site, export: id }), {
    onDone: () => setRemoved(undefined),
  });
  if (files.data === undefined || files.data.length === 0) return null;
  return (
    <Panel
      title="Customer data requests"
      description="Each file has everything that Convey stores about one person. Send it to the customer, then remove it here."
    >
      <Stack component="ul" gap="md" m={0} p={0} style={{ listStyle: 'none' }}>
        {files.data.map((file) => (
          <Group component="li" key={file.id} justify="space-between" gap="sm">
            <div>
              <Text size="sm">
                {file.askedBy === 'shop' ? 'Requested by a customer in the shop' : 'Requested by an operator'}
              </Text>
              <Text size="xs" c="dimmed" mt={2}>
                Created <Timestamp at={file.madeAt} as="ago" />, stored until <Timestamp at={file.keptUntil} />
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
        title="Remove file?"
        label="Remove file"
        isDestructive
        mutation={remove}
        onConfirm={() => removed !== undefined && remove.mutate(removed.id)}
      >
        The data itself is not erased. If the customer has not received the file, they must ask the shop again.
      </ConfirmDialog>
    </Panel>
  );
}
