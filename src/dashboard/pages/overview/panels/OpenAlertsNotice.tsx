import { Alert, Group, Stack, Text } from '@mantine/core';
import { pluralize } from '../../../components/display/format.ts';
import { Icon } from '../../../components/display/Icon.tsx';
import { Timestamp } from '../../../components/display/Timestamp.tsx';
import { RouterAnchor } from '../../../components/layout/router-links.tsx';
import { useApiQuery } from '../../../data/queries.ts';
import { refreshMs } from '../summary/use-overview.ts';

const shownAlerts = 3;

/** Shows the open alerts of a site and of the gateway, or of all sites, with a link to their page. Shows nothing if there are none. */
export function OpenAlertsNotice({ site }: { readonly site?: string }) {
  const { data } = useApiQuery('GET /api/alerts', {}, { everyMs: refreshMs });
  const open = (data?.open ?? []).filter((alert) => site === undefined || alert.site === undefined || alert.site === site);
  if (open.length === 0) return null;
  const isUrgent = open.some((alert) => alert.isUrgent);
  const urgentFirst = open.toSorted((a, b) => Number(b.isUrgent) - Number(a.isUrgent) || a.since - b.since);
  return (
    <Alert
      component="section"
      aria-label="Open alerts"
      role="region"
      color={isUrgent ? 'red' : 'orange'}
      variant="light"
      icon={<Icon name="warn" />}
      title={pluralize(open.length, 'open alert')}
    >
      <Stack gap="xs">
        <Stack component="ul" gap={4} m={0} p={0} style={{ listStyle: 'none' }}>
          {urgentFirst.slice(0, shownAlerts).map(({ key, title, since }) => (
            <Group key={key} component="li" gap="xs" justify="space-between">
              <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
                {title}
              </Text>
              <Text size="xs" c="dimmed">
                since <Timestamp at={since} as="ago" />
              </Text>
            </Group>
          ))}
        </Stack>
        <RouterAnchor size="sm" to="/alerts">
          {open.length > shownAlerts ? `View all ${open.length} alerts` : 'View alerts'}
        </RouterAnchor>
      </Stack>
    </Alert>
  );
}
