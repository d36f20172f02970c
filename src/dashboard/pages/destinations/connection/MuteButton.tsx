import { Button } from '@mantine/core';
import { callApi } from '../../../data/api-client.ts';
import { useApiMutation, useApiQuery } from '../../../data/queries.ts';
import { MuteMenu } from '../../alerts/MuteMenu.tsx';

interface MuteButtonProps {
  readonly target: { readonly site: string; readonly connection: string };
  readonly isDisabled: boolean;
}

const path = '/api/sites/:site/connections/:connection/mute';

/** Mutes the alerts of a connection for some time, for example before a pause on purpose, or unmutes them. */
export function MuteButton({ target, isDisabled }: MuteButtonProps) {
  const { data } = useApiQuery('GET /api/alerts', {});
  const isMuted = data?.mutes.some(({ site, connection }) => site === target.site && connection === target.connection) ?? false;
  const refresh = { refreshes: ['GET /api/alerts'] } as const;
  const mute = useApiMutation(
    (hours: number | undefined) => callApi(`PUT ${path}`, target, hours === undefined ? {} : { hours }),
    refresh,
  );
  const unmute = useApiMutation(() => callApi(`DELETE ${path}`, target), refresh);
  if (isMuted)
    return (
      <Button variant="default" disabled={isDisabled} loading={unmute.isPending} onClick={() => unmute.mutate(undefined)}>
        Unmute alerts
      </Button>
    );
  return (
    <MuteMenu
      label="Mute alerts"
      size="sm"
      isMuting={mute.isPending}
      isPermitted={!isDisabled && data !== undefined}
      onMute={(hours) => mute.mutate(hours)}
    />
  );
}
