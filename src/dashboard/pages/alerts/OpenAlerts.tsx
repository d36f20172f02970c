import { Badge, Box, Button, Group, Stack, Text } from '@mantine/core';
import type { AlertsView, OpenAlertView } from '../../../api/client.ts';
import { InlineCode } from '../../components/display/InlineCode.tsx';
import { Timestamp } from '../../components/display/Timestamp.tsx';
import { EmptyState } from '../../components/feedback/EmptyState.tsx';
import { ErrorAlert } from '../../components/feedback/ErrorStates.tsx';
import { RoleOnly } from '../../components/feedback/RoleOnly.tsx';
import { Panel } from '../../components/layout/Panel.tsx';
import { callApi } from '../../data/api-client.ts';
import { useApiMutation } from '../../data/queries.ts';
import { MuteMenu } from './MuteMenu.tsx';
import { sortAlerts } from './sort-alerts.ts';

interface Target {
  readonly site: string;
  readonly connection: string;
}

interface NewMute extends Target {
  readonly hours?: number;
}

/** The open alerts, and the muted connections. */
export function OpenAlerts({ view }: { readonly view: AlertsView }) {
  const mute = useApiMutation(({ hours, ...target }: NewMute) =>
    callApi('PUT /api/sites/:site/connections/:connection/mute', target, hours === undefined ? {} : { hours }),
  );
  const unmute = useApiMutation((target: Target) => callApi('DELETE /api/sites/:site/connections/:connection/mute', target));
  const error = mute.error ?? unmute.error;
  return (
    <>
      <Panel title="Open alerts">
        {view.open.length === 0 ? (
          <EmptyState icon="check" title="No open alerts">
            Convey checks every minute. Alerts appear here and in your channels.
          </EmptyState>
        ) : (
          <Stack component="ul" gap={0} m={0} p={0} style={{ listStyle: 'none' }}>
            {sortAlerts(view.open).map((alert) => (
              <OpenAlert
                key={alert.key}
                alert={alert}
                onMute={mute.mutate}
                isMuting={mute.isPending && isTarget(alert, mute.variables)}
              />
            ))}
          </Stack>
        )}
        {error && <ErrorAlert error={error} />}
      </Panel>
      {view.mutes.length > 0 && (
        <Panel title="Muted connections" description="Their alerts are not sent and not listed.">
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
        </Panel>
      )}
    </>
  );
}

function isTarget({ site, connection }: Partial<Target>, target: Target | undefined): boolean {
  return site === target?.site && connection === target?.connection;
}

interface OpenAlertProps {
  readonly alert: OpenAlertView;
  readonly isMuting: boolean;
  readonly onMute: (mute: NewMute) => void;
}

function OpenAlert({ alert, isMuting, onMute }: OpenAlertProps) {
  const { title, sentence, figures, remedy, since, isUrgent, path, site, connection } = alert;
  return (
    <Group component="li" py="sm" justify="space-between" align="flex-start" gap="sm" className="row">
      <Stack flex="1 1 20rem" miw={0} gap={4}>
        <Group gap="xs">
          <Text fw={600} style={{ overflowWrap: 'anywhere' }}>
            {title}
          </Text>
          {isUrgent && <Badge color="red">Urgent</Badge>}
        </Group>
        <Text size="sm">{sentence}</Text>
        {figures.length > 0 && (
          <Text size="sm" c="dimmed">
            {figures.map(({ label, value }) => `${label}: ${value}`).join(' · ')}
          </Text>
        )}
        {remedy !== undefined && (
          <Text size="sm">
            <InlineCode text={remedy} />
          </Text>
        )}
        <Text size="xs" c="dimmed">
          Began <Timestamp at={since} as="ago" />
        </Text>
      </Stack>
      <Group gap="xs">
        {path !== '/alerts' && (
          <Button component="a" href={path} size="xs" variant="default" aria-label={`Open: ${title}`}>
            Open
          </Button>
        )}
        {site !== undefined && connection !== undefined && (
          <RoleOnly needs="editor" site={site}>
            {(isPermitted) => (
              <MuteMenu
                name={`${site}/${connection}`}
                isMuting={isMuting}
                isPermitted={isPermitted}
                onMute={(hours) => onMute({ site, connection, ...(hours !== undefined && { hours }) })}
              />
            )}
          </RoleOnly>
        )}
      </Group>
    </Group>
  );
}
