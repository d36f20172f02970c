import { Button } from '@mantine/core';
import { callApi } from '../../../data/api-client.ts';
import { useApiMutation, useApiQuery } from '../../../data/queries.ts';

interface MuteButtonProps {
  readonly target: { readonly site: string; readonly connection: string };
  readonly isDisabled: boolean;
}

/** Mutes the alerts of a connection, for example before a pause on purpose, or unmutes them. */
export function MuteButton({ target, isDisabled }: MuteButtonProps) {
  const { data } = useApiQuery('GET /api/alerts', {});
  const isMuted = data?.mutes.some(({ site, connection }) => site === target.site && connection === target.connection) ?? false;
  const change = useApiMutation(
    () =>
      isMuted
        ? callApi('DELETE /api/sites/:site/connections/:connection/mute', target)
        : callApi('PUT /api/sites/:site/connections/:connection/mute', target, {}),
    { refreshes: ['GET /api/alerts'] },
  );
  return (
    <Button
      variant="default"
      disabled={isDisabled || data === undefined}
      loading={change.isPending}
      onClick={() => change.mutate(undefined)}
    >
      {isMuted ? 'Unmute alerts' : 'Mute alerts'}
    </Button>
  );
}
