import { Box, Group, Paper, Stack, Text, ThemeIcon, Title } from '@mantine/core';
import { Icon, type IconName } from '../../../components/display/Icon.tsx';
import { InlineCode } from '../../../components/display/InlineCode.tsx';
import { Timestamp } from '../../../components/display/Timestamp.tsx';
import { useOutageStart } from '../../../data/reachability.ts';
import type { SiteStatus } from '../summary/site-status.ts';
import { ActionItemList, type ListedActionItem } from './ActionItemList.tsx';

const levelStyles = {
  working: { color: 'jade', icon: 'check' },
  warning: { color: 'yellow', icon: 'warn' },
  problem: { color: 'orange', icon: 'warn' },
  quiet: { color: 'gray', icon: 'clock' },
} as const satisfies Record<SiteStatus['level'], { readonly color: string; readonly icon: IconName }>;

interface StatusHeadlineProps {
  readonly status: SiteStatus;
  readonly items: readonly ListedActionItem[];
  readonly fetchedAt: number;
}

/** Shows whether everything works, and what to do if not. */
export function StatusHeadline({ status, items, fetchedAt }: StatusHeadlineProps) {
  const isUnknown = useOutageStart() !== undefined;
  const { color, icon } = levelStyles[isUnknown ? 'quiet' : status.level];
  return (
    <Paper
      component="section"
      aria-label="Status"
      withBorder
      p={{ base: 'md', md: 'lg' }}
      style={{ borderInlineStart: `4px solid var(--mantine-color-${color}-filled)` }}
    >
      <Group wrap="nowrap" align="flex-start" gap="md">
        <ThemeIcon color={color} variant="light" size={40} radius="xl">
          <Icon name={icon} size={22} />
        </ThemeIcon>
        <Stack gap="md" miw={0} flex={1}>
          <Box role="status">
            <Title order={2} fz="lg">
              {isUnknown ? 'Status unknown' : status.title}
            </Title>
            <Text size="sm" c="dimmed">
              {isUnknown ? (
                <>
                  The gateway does not answer. The last update was at <Timestamp at={fetchedAt} as="clock" />.
                </>
              ) : (
                status.detail !== undefined && <InlineCode text={status.detail} />
              )}
            </Text>
          </Box>
          <ActionItemList items={items} />
        </Stack>
      </Group>
    </Paper>
  );
}
