import { Button } from '@mantine/core';
import { useState } from 'react';
import type { ConnectionSettingsView, DestinationView, SiteSettingsView } from '../../../../api/client.ts';
import { ConfirmDialog } from '../../../components/feedback/ConfirmDialog.tsx';
import { ErrorAlert } from '../../../components/feedback/ErrorStates.tsx';
import { RoleOnly } from '../../../components/feedback/RoleOnly.tsx';
import { Panel } from '../../../components/layout/Panel.tsx';
import { callApi } from '../../../data/api-client.ts';
import { useApiMutation } from '../../../data/queries.ts';
import { parseSettingFields, toSettings, toSettingsForm } from '../settings/setting-fields.ts';

interface EnableConnectionProps {
  readonly site: SiteSettingsView;
  readonly connection: ConnectionSettingsView;
  readonly destination: DestinationView;
}

/** Enables or disables a destination of the dashboard. */
export function EnableConnection({ site, connection: { id, enabled, settings }, destination }: EnableConnectionProps) {
  const [isAsking, setIsAsking] = useState(false);
  const fields = parseSettingFields(destination);
  const change = useApiMutation(
    (isEnabled: boolean) =>
      callApi(
        'PUT /api/sites/:site/connections/:connection',
        { site: site.id, connection: id },
        {
          revision: site.revision,
          destination: destination.id,
          enabled: isEnabled,
          settings: toSettings(fields, toSettingsForm(fields, settings)),
        },
      ),
    { onDone: () => setIsAsking(false) },
  );
  const label = enabled ? 'Disable connection' : 'Enable connection';
  return (
    <Panel
      title={label}
      description={
        enabled
          ? 'Stops sending until you enable it again. Events wait, and expire at the age that the platform accepts.'
          : 'Sends the events that wait, from the oldest that the platform still accepts, and all new ones.'
      }
      actions={
        <RoleOnly needs="editor">
          {(isPermitted) => (
            <Button
              size="xs"
              variant={enabled ? 'default' : 'filled'}
              disabled={!isPermitted}
              loading={change.isPending && !isAsking}
              onClick={() => (enabled ? setIsAsking(true) : change.mutate(true))}
            >
              {label}
            </Button>
          )}
        </RoleOnly>
      }
    >
      {change.error && !isAsking && <ErrorAlert error={change.error} />}
      <ConfirmDialog
        opened={isAsking}
        onClose={() => setIsAsking(false)}
        title={`Disable ${id}?`}
        label={label}
        mutation={change}
        onConfirm={() => change.mutate(false)}
      >
        Nothing is sent to it until you enable it again. To stop for a short time, pause it instead: Convey reminds you of a
        pause.
      </ConfirmDialog>
    </Panel>
  );
}
