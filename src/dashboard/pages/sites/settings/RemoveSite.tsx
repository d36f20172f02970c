import { Button } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { SiteSettingsView } from '../../../../api/client.ts';
import { ConfirmDialog } from '../../../components/feedback/ConfirmDialog.tsx';
import { RoleOnly } from '../../../components/feedback/RoleOnly.tsx';
import { Panel } from '../../../components/layout/Panel.tsx';
import { callApi } from '../../../data/api-client.ts';
import { useApiMutation } from '../../../data/queries.ts';

export function RemoveSite({ site }: { readonly site: SiteSettingsView }) {
  const [isAsking, setIsAsking] = useState(false);
  const navigate = useNavigate();
  const remove = useApiMutation(
    async () => {
      await callApi('DELETE /api/sites/:site', { site: site.id });
      await navigate({ to: '/sites' });
    },
    { onDone: () => setIsAsking(false) },
  );
  return (
    <Panel
      title="Remove site"
      description="Its keys stop working and nothing more is sent. Stored events are deleted as they expire."
      actions={
        <RoleOnly needs="owner">
          {(isPermitted) => (
            <Button size="xs" color="red" variant="light" disabled={!isPermitted} onClick={() => setIsAsking(true)}>
              Remove site
            </Button>
          )}
        </RoleOnly>
      }
    >
      <ConfirmDialog
        opened={isAsking}
        onClose={() => setIsAsking(false)}
        title={`Remove ${site.name}?`}
        label="Remove site"
        confirmationText={site.id}
        isDestructive
        mutation={remove}
        onConfirm={() => remove.mutate(undefined)}
      >
        Events from its pages and servers will be rejected, and its connections will deliver nothing more. This cannot be undone.
      </ConfirmDialog>
    </Panel>
  );
}
