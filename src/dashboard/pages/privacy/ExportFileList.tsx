import { Anchor, Button, Group, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import type { ExportView } from '../../../api/client.ts';
import { Timestamp } from '../../components/display/Timestamp.tsx';
import { ConfirmDialog } from '../../components/feedback/ConfirmDialog.tsx';
import { QueryState } from '../../components/feedback/QueryState.tsx';
import { Panel } from '../../components/layout/Panel.tsx';
import { callApi } from '../../data/api-client.ts';
import { useApiMutation, useApiQuery } from '../../data/queries.ts';
import { buildExportLink } from './export-link.ts';

const everyMs = 60_000;

/** Lists the export files of the site, which owners hand over and then remove. */
export function ExportFileList({ site }: { readonly site: string }) {
  const [removed, setRemoved] = useState<ExportView>();
  const files = useApiQuery('GET /api/sites/:site/exports', { site }, { everyMs });
  const remove = useApiMutation((id: string) => callApi('DELETE /api/sites/:site/exports/:export', { site, export: id }), {
    onDone: () => setRemoved(undefined),
  });
  return (
    <Panel
      title="Customer data requests"
      description="Each file has everything that Convey stores about one person. Send it to the customer, then remove it here."
    >
      <QueryState query={files} height={48}>
        {(all) =>
          all.length === 0 ? (
            <Text size="sm" c="dimmed">
              No files. A file is listed here after an export, or when a customer asks the shop for their data.
            </Text>
          ) : (
            <Stack component="ul" gap="md" m={0} p={0} style={{ listStyle: 'none' }}>
              {all.map((file) => (
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
                    <Anchor size="sm" {...buildExportLink(site, file.id)} aria-label={`Download the file ${file.id}`}>
                      Download
                    </Anchor>
                    <Button
                      size="xs"
                      variant="default"
                      onClick={() => setRemoved(file)}
                      aria-label={`Remove the file ${file.id}`}
                    >
                      Remove
                    </Button>
                  </Group>
                </Group>
              ))}
            </Stack>
          )
        }
      </QueryState>
      <ConfirmDialog
        opened={removed !== undefined}
        onClose={() => setRemoved(undefined)}
        title="Remove file?"
        label="Remove file"
        isDestructive
        mutation={remove}
        onConfirm={() => removed !== undefined && remove.mutate(removed.id)}
      >
        The data itself is not erased.{' '}
        {removed?.askedBy === 'shop'
          ? 'If the customer has not received the file, they must ask the shop again.'
          : 'You can export it again.'}
      </ConfirmDialog>
    </Panel>
  );
}
