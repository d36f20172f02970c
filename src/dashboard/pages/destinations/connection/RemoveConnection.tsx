import { Button } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { SiteSettingsView } from '../../../../api/client.ts';
import { ConfirmDialog } from '../../../components/feedback/ConfirmDialog.tsx';
import { RoleOnly } from '../../../components/feedback/RoleOnly.tsx';
import { Panel } from '../../../components/layout/Panel.tsx';
import { callApi } from '../../../data/api-client.ts';
import { useApiMutation } from '../../../data/queries.ts';

export function RemoveConnection({
  site,
  connection,
  name,
}: {
  readonly site: SiteSettingsView;
  readonly connection: string;
  readonly name: string;
}) {
  const [isAsking, setIsAsking] = useState(false);
  const navigate = useNavigate();
  const remove = useApiMutation(async () => {
    const done = await callApi('DELETE /api/sites/:site/connections/:connection', { site: site.id, connection });
    await navigate({ to: '/sites/$site/destinations', params: { site: site.id } });
    return done;
  });
  return (
    <Panel
      title="Remove connection"
      description="Stops sending events to it. Undelivered events are not delivered. Stored events and other connections are not affected."
      actions={
        <RoleOnly needs="editor">
          {(isPermitted) => (
            <Button size="xs" color="red" variant="light" disabled={!isPermitted} onClick={() => setIsAsking(true)}>
              Remove connection
            </Button>
          )}
        </RoleOnly>
      }
    >
      <ConfirmDialog
        opened={isAsking}
        onClose={() => setIsAsking(false)}
        title={`Remove ${name}?`}
        label="Remove connection"
        isDestructive
        mutation={remove}
        onConfirm={() => remove.mutate(undefined)}
      >
        Undelivered events of {site.id}/{connection} will not be delivered. To stop sending for a while, pause it instead.
      </ConfirmDialog>
    </Panel>
  );
}
