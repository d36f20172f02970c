import { Box, Button, Group, Stack, Text } from '@mantine/core';
import type { AlertsView } from '../../../api/client.ts';
import { Timestamp } from '../../components/display/Timestamp.tsx';
import { ErrorAlert } from '../../components/feedback/ErrorStates.tsx';
import { RoleOnly } from '../../components/feedback/RoleOnly.tsx';
import { Panel } from '../../components/layout/Panel.tsx';
import { callApi } from '../../data/api-client.ts';
import { useApiMutation } from '../../data/queries.ts';

interface Target {
  readonly site: string;
  readonly connection: string;
}

/** The connections whose alerts are muted. Renders nothing if there are none. */
export function MutedConnections({ view }: { readonly view: AlertsView }) {
  const unmute = useApiMutation((target: Target) => callApi('DELETE /api/sites/:site/connections/:connection/mute', target));
  if (view.mutes.length === 0) return null;
  return (
    <Panel title="Muted connections" description="Their alerts are not sent. Their issues are listed.">
      <Stack component="ul" gap={0} m={0} p={0} style={{ listStyle: 'none' }}>
        {view.mutes.map(({ site, connection, until }) => (
          <Group key={`${site}/${connection}`} component="li" py="sm" justify="space-between" gap="sm" className="row">
            <Box flex="1 1 16rem" miw={0}>
              <Text fw={600} style={{ overflowWrap: 'anywhere' }}>
                {site}/{connection}
              </Text>
              <Text size="xs" c="dimmed">
                {until === undefined ? (
                  'Until you unmute it'
                ) : (
                  <>
                    Until <Timestamp at={until} />
                  </>
                )}
              </Text>
            </Box>
            <RoleOnly needs="editor" site={site}>
              {(isPermitted) => (
                <Button
                  disabled={!isPermitted}
                  size="xs"
                  variant="default"
                  aria-label={`Unmute: ${site}/${connection}`}
                  loading={unmute.isPending && isTarget({ site, connection }, unmute.variables)}
                  onClick={() => unmute.mutate({ site, connection })}
                >
                  Unmute
                </Button>
              )}
            </RoleOnly>
          </Group>
        ))}
      </Stack>
      {unmute.error && <ErrorAlert error={unmute.error} />}
    </Panel>
  );
}

function isTarget({ site, connection }: Target, target: Target | undefined): boolean {
  return site === target?.site && connection === target?.connection;
}
