import { Button, Group, Text } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { ConfirmDialog } from '../../../components/feedback/ConfirmDialog.tsx';
import { Panel } from '../../../components/layout/Panel.tsx';
import { callApi } from '../../../data/api-client.ts';
import { useApiMutation } from '../../../data/queries.ts';

/** Removes a hook with its secrets. */
export function RemoveHook({ site, hook }: { readonly site: string; readonly hook: string }) {
  const [isOpen, setIsOpen] = useState(false);
  const navigate = useNavigate();
  const remove = useApiMutation(() => callApi('DELETE /api/sites/:site/hooks/:hook', { site, hook }), {
    onDone: () => void navigate({ to: '/sites/$site/settings', params: { site }, hash: 'hooks' }),
  });
  return (
    <Panel title="Remove hook">
      <Group justify="space-between" gap="sm">
        <Text size="sm">Requests to its URL are rejected from then on. Events that it reported stay.</Text>
        <Button color="red" variant="outline" onClick={() => setIsOpen(true)}>
          Remove hook
        </Button>
      </Group>
      <ConfirmDialog
        opened={isOpen}
        onClose={() => setIsOpen(false)}
        title={`Remove hook ${hook}?`}
        label="Remove hook"
        isDestructive
        mutation={remove}
        onConfirm={() => remove.mutate(undefined)}
      >
        The service gets an error for each request until you remove the URL there.
      </ConfirmDialog>
    </Panel>
  );
}
