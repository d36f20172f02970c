import { Box, Group, Loader, Paper, Text } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import type { ApiResponse } from '../../../../api/client.ts';
import { Icon } from '../../../components/display/Icon.tsx';
import { Timestamp } from '../../../components/display/Timestamp.tsx';
import { RouterAnchor } from '../../../components/layout/router-links.tsx';

const green = 'light-dark(var(--mantine-color-green-9), var(--mantine-color-green-3))';
const greenGround = 'light-dark(var(--mantine-color-green-0), color-mix(in srgb, var(--mantine-color-green-9) 25%, transparent))';

/** Waits for the first browser event and confirms it. */
export function FirstEvent({
  site,
  checklist,
}: {
  readonly site: string;
  readonly checklist: UseQueryResult<ApiResponse<'GET /api/sites/:site/checklist'>, Error>;
}) {
  const at = checklist.data?.firstEventAt;
  return (
    <Paper withBorder p="md" role="status" {...(at !== undefined && { bg: greenGround, style: { borderColor: green } })}>
      {at === undefined ? (
        <Group gap="md" wrap="nowrap">
          <Loader size="sm" type="dots" aria-hidden />
          <Box>
            <Text fw={600}>Waiting for your first event…</Text>
            <Text size="sm" c="dimmed">
              Paste the snippet, open a page of the shop and answer its consent banner. The event will show up here.
            </Text>
          </Box>
        </Group>
      ) : (
        <Group gap="md" wrap="nowrap">
          <Box c={green}>
            <Icon name="check" size={24} />
          </Box>
          <Box>
            <Text fw={600}>Receiving browser events</Text>
            <Text size="sm">
              Oldest stored event: <Timestamp at={at} as="ago" />.{' '}
              <RouterAnchor to="/sites/$site/events" params={{ site }} inherit underline="always">
                View events
              </RouterAnchor>
            </Text>
          </Box>
        </Group>
      )}
    </Paper>
  );
}
