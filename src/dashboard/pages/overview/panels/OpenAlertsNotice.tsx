import { Alert, Group, Stack, Text } from '@mantine/core';
import type { OpenAlertView } from '../../../../api/client.ts';
import { pluralize } from '../../../components/display/format.ts';
import { Icon } from '../../../components/display/Icon.tsx';
import { Timestamp } from '../../../components/display/Timestamp.tsx';
import { RouterAnchor } from '../../../components/layout/router-links.tsx';

const shownAlerts = 3;

/** Shows the open alerts with a link to their page. Shows nothing if there are none. */
export function OpenAlertsNotice({ alerts }: { readonly alerts: readonly OpenAlertView[] }) {
  if (alerts.length === 0) return null;
  return (
    <Alert
      role="region"
      color={alerts.some(({ isUrgent }) => isUrgent) ? 'red' : 'orange'}
      variant="light"
      icon={<Icon name="warn" />}
      title={pluralize(alerts.length, 'open alert')}
    >
      <Stack gap="xs">
        <Stack component="ul" gap={4} m={0} p={0} style={{ listStyle: 'none' }}>
          {alerts.slice(0, shownAlerts).map(({ key, title, since }) => (
            <Group key={key} component="li" gap="xs" justify="space-between">
              <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
                {title}
              </Text>
              <Text size="xs" c="dimmed">
                began <Timestamp at={since} as="ago" />
              </Text>
            </Group>
          ))}
        </Stack>
        <RouterAnchor size="sm" to="/alerts" c="inherit">
          {alerts.length > shownAlerts ? 'View all alerts' : 'View alerts'}
        </RouterAnchor>
      </Stack>
    </Alert>
  );
}
